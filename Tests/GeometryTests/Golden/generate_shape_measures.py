"""Golden values of the linear similarity measures, by the definitions in row space, from numpy and scipy.

Reads the matrices of geometry.json (run generate.py first) and writes shape_measures.json beside this file.
Every value comes from n-row matrices (principal angles, least squares, orthonormal bases), while Sextant
works on Gram matrices.
"""

import json
import pathlib

import numpy as np
import scipy.linalg
import scipy.spatial
import scipy.stats
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

folder = pathlib.Path(__file__).parent
data = json.loads((folder / "geometry.json").read_text())
n = data["n"]
a = np.array(data["a"], dtype=np.float32).astype(np.float64).reshape(n, data["widthA"])
b = np.array(data["b"], dtype=np.float32).astype(np.float64).reshape(n, data["widthB"])


def centred(x):
    return x - x.mean(0)


def correlations(x, y):
    """Canonical correlations: cosines of the principal angles between the column spaces."""
    return np.cos(scipy.linalg.subspace_angles(centred(x), centred(y)))


def leading(x, share):
    u, s, _ = np.linalg.svd(centred(x), full_matrices=False)
    kept = int(np.searchsorted(np.cumsum(s**2) / np.sum(s**2), share)) + 1
    return u[:, :kept] * s[:kept]


def pwcca(x, y):
    """Weights from the columns of x, which has no more directions than y."""
    x, y = centred(x), centred(y)
    qx, qy = np.linalg.qr(x)[0], np.linalg.qr(y)[0]
    u, rho, _ = np.linalg.svd(qx.T @ qy, full_matrices=False)
    weights = np.abs((qx @ u).T @ x).sum(1)
    return float(weights @ rho / weights.sum())


def partly_whitened(x, alpha):
    """Williams et al. 2021, eq. 7, on rows scaled to a mean eigenvalue of 1."""
    x = centred(x)
    x = x * np.sqrt(x.shape[1] / np.sum(x**2))
    whitening = np.real(scipy.linalg.inv(scipy.linalg.sqrtm(x.T @ x)))
    return x @ (alpha * np.eye(x.shape[1]) + (1 - alpha) * whitening)


def shape_cosine(x, y, alpha):
    x, y = partly_whitened(x, alpha), partly_whitened(y, alpha)
    width = max(x.shape[1], y.shape[1])
    x = np.pad(x, ((0, 0), (0, width - x.shape[1])))
    y = np.pad(y, ((0, 0), (0, width - y.shape[1])))
    rotation, _ = scipy.linalg.orthogonal_procrustes(x, y)
    return float(np.sum((x @ rotation) * y) / (np.linalg.norm(x) * np.linalg.norm(y)))


def regression(x, y):
    """R² of the columns of x regressed on y."""
    fitted = LinearRegression().fit(y, x).predict(y)
    return float(r2_score(x, fitted, multioutput="variance_weighted"))


def overlap(x, y):
    u, v = scipy.linalg.orth(x), scipy.linalg.orth(y)
    return float(np.sum((u.T @ v) ** 2) / max(u.shape[1], v.shape[1]))


def hat(x, ridge):
    """The hat matrix of a ridge regression on rows of mean square norm 1."""
    x = centred(x)
    x = x / np.sqrt(np.mean(np.sum(x**2, 1)))
    return x @ np.linalg.solve(x.T @ x + n * ridge * np.eye(x.shape[1]), x.T)


def gulp(x, y, ridge):
    p, q = hat(x, ridge), hat(y, ridge)
    return [float(np.sum(p * q) / (np.linalg.norm(p) * np.linalg.norm(q))), float(np.linalg.norm(p - q))]


rho = correlations(a, b)
wide = np.pad(b, ((0, 0), (0, a.shape[1] - b.shape[1])))
_, _, disparity = scipy.spatial.procrustes(a, wide)
rows_a, rows_b = np.corrcoef(a), np.corrcoef(b)
pairs = np.triu_indices(n, 1)
golden = {
    "meanCCA": float(rho.mean()),
    "meanSquaredCCA": float((rho**2).mean()),
    "svcca99": float(correlations(leading(a, 0.99), leading(b, 0.99)).mean()),
    "svcca80": float(correlations(leading(a, 0.8), leading(b, 0.8)).mean()),
    "kept80": [leading(a, 0.8).shape[1], leading(b, 0.8).shape[1]],
    "pwcca": pwcca(b, a),
    "alphas": [0.0, 0.25, 0.5, 1.0],
    "shapeCosines": [shape_cosine(a, b, alpha) for alpha in (0.0, 0.25, 0.5, 1.0)],
    "procrustesDisparity": float(disparity),
    "regressionAFromB": regression(a, b),
    "regressionBFromA": regression(b, a),
    "eigenspaceOverlap": overlap(a, b),
    "lambdas": [0.0, 0.0001, 0.01, 1.0],
    "gulp": [gulp(a, b, ridge) for ridge in (0.0, 0.0001, 0.01, 1.0)],
    "rsaPearson": float(scipy.stats.pearsonr(rows_a[pairs], rows_b[pairs])[0]),
    "rsaSpearman": float(scipy.stats.spearmanr(rows_a[pairs], rows_b[pairs])[0]),
}
path = folder / "shape_measures.json"
path.write_text(json.dumps(golden, indent=1) + "\n")
print(path.read_text())
