"""Golden values of isotropy measures and gauges, by their definitions, from numpy, scipy and scikit-learn.

Reads the matrices of geometry.json (run generate.py first) and writes isotropy.json beside this file. Every
value is taken the long way: from spectra, from all pairs, from explicit sums.
"""

import json
import pathlib

import numpy as np
import scipy.linalg
import scipy.special
import scipy.stats
from sklearn.decomposition import PCA

folder = pathlib.Path(__file__).parent
data = json.loads((folder / "geometry.json").read_text())
n = data["n"]
a = np.array(data["a"], dtype=np.float32).astype(np.float64).reshape(n, data["widthA"])
b = np.array(data["b"], dtype=np.float32).astype(np.float64).reshape(n, data["widthB"])


def isoscore(covariance):
    """Rudman et al. 2022, steps 3 to 7, on singular values."""
    spectrum = np.linalg.svd(covariance, compute_uv=False)
    d = len(spectrum)
    spectrum = np.sqrt(d) * spectrum / np.linalg.norm(spectrum)
    defect = np.linalg.norm(spectrum - 1) / np.sqrt(2 * (d - np.sqrt(d)))
    share = (d - defect**2 * (d - np.sqrt(d))) ** 2 / d**2
    return float((d * share - 1) / (d - 1))


def partition(x):
    _, directions = np.linalg.eigh(x.T @ x)
    both = np.concatenate([directions.T, -directions.T])
    logs = scipy.special.logsumexp(x @ both.T, axis=0)
    return float(logs.min() - logs.max())


def contributions(x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    total = np.zeros(x.shape[1])
    for i in range(len(x)):
        for j in range(len(x)):
            if i != j:
                total += unit[i] * unit[j]
    return total / (len(x) * (len(x) - 1))


def inverse_root(c):
    return np.real(scipy.linalg.inv(scipy.linalg.sqrtm(c)))


def rounded(x):
    return [float(f"{v:.12g}") for v in np.ravel(x)]


centred = a - a.mean(0)
covariance = np.cov(a.T)
other = np.cov((a[:60] * np.linspace(0.5, 2, a.shape[1])).T)
norms = np.linalg.norm(a, axis=1)
pca = PCA(n_components=2, svd_solver="full").fit(a)
top = pca.components_
ridge = covariance + 0.1 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
golden = {
    "isoScore": isoscore(covariance),
    "isoScoreStar": isoscore(0.7 * covariance + 0.3 * np.eye(len(covariance))),
    "isoScoreStarMean": isoscore(
        0.7 * covariance + 0.3 * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    ),
    "isoScoreStarTarget": isoscore(0.7 * covariance + 0.3 * other),
    "target": rounded(other),
    "partitionLog": partition(a),
    "partitionLogLong": partition(a * 300),
    "contributions": rounded(contributions(a)),
    "normMeans": rounded([part.mean() for part in np.split(norms, 10)]),
    "normSpearman": float(scipy.stats.spearmanr(norms, np.arange(n)).statistic),
    "allButTheTop": rounded((centred - centred @ top.T @ top)[:6]),
    "whitened": rounded((centred @ inverse_root(covariance))[:6]),
    "whitenedRidge": rounded((centred @ inverse_root(ridge))[:6]),
    "causal": rounded((a @ inverse_root(other))[:6]),
}
(folder / "isotropy.json").write_text(json.dumps(golden) + "\n")
