"""Golden values of GeometryTests from numpy, scipy, scikit-learn and scikit-dimension.

Run by `make golden`; writes geometry.json beside this file. Inputs are 32-bit floats, printed exactly.
"""

import json
import pathlib

import numpy as np
import scipy.stats
import skdim.id
import sklearn.neighbors
from sklearn.manifold._locally_linear import barycenter_weights

random = np.random.default_rng(20260101)
n, da, db = 120, 12, 9
latent = random.normal(size=(n, 6))
a = (latent @ random.normal(size=(6, da)) + 0.5 * random.normal(size=(n, da)) + 1.0).astype(np.float32)
b = (latent @ random.normal(size=(6, db)) + 0.8 * random.normal(size=(n, db)) - 0.5).astype(np.float32)
a64, b64 = a.astype(np.float64), b.astype(np.float64)


def cosines(x):
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    return unit @ unit.T


def off_diagonal(m):
    return m[~np.eye(len(m), dtype=bool)]


def centred(k):
    h = np.eye(len(k)) - 1 / len(k)
    return h @ k @ h


def hsic_unbiased(k, l):
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    m = len(k)
    one = np.ones(m)
    return (
        np.trace(k @ l)
        + (one @ k @ one) * (one @ l @ one) / ((m - 1) * (m - 2))
        - 2 * (one @ k @ l @ one) / (m - 2)
    ) / (m * (m - 3))


ca, cb = cosines(a64), cosines(b64)
ka, kb = a64 @ a64.T, b64 @ b64.T
rows = [scipy.stats.pearsonr(np.delete(ca[i], i), np.delete(cb[i], i))[0] for i in range(n)]

neighbours = {}
for metric in ("cosine", "euclidean"):
    search = sklearn.neighbors.NearestNeighbors(n_neighbors=10, algorithm="brute", metric=metric).fit(a64)
    distances, indices = search.kneighbors()
    neighbours[metric] = {"indices": indices.tolist(), "distances": distances.tolist()}

euclid = np.array(neighbours["euclidean"]["indices"])
weights = barycenter_weights(a64, a64, euclid, reg=1e-3)

_, index20 = sklearn.neighbors.NearestNeighbors(n_neighbors=20).fit(a64).kneighbors()
pca = skdim.id.lPCA(ver="ratio", alphaRatio=0.95)
local = [int(pca.fit(a64[index20[i]]).dimension_) for i in range(n)]
wide = [int(skdim.id.lPCA(ver="ratio", alphaRatio=0.95).fit(a64[euclid[i]]).dimension_) for i in range(n)]

spectrum = np.linalg.eigvalsh(np.cov(a64.T))
mle = skdim.id.MLE().fit(a64, n_neighbors=20)

golden = {
    "a": [float(x) for x in a.ravel()],
    "b": [float(x) for x in b.ravel()],
    "n": n,
    "widthA": da,
    "widthB": db,
    "pearson": scipy.stats.pearsonr(off_diagonal(ca), off_diagonal(cb))[0],
    "rowPearson": rows,
    "spearmanAllPairs": scipy.stats.spearmanr(ca[np.triu_indices(n, 1)], cb[np.triu_indices(n, 1)])[0],
    "ckaBiased": np.sum(centred(ka) * centred(kb))
    / np.sqrt(np.sum(centred(ka) ** 2) * np.sum(centred(kb) ** 2)),
    "ckaUnbiased": hsic_unbiased(ka, kb) / np.sqrt(hsic_unbiased(ka, ka) * hsic_unbiased(kb, kb)),
    "cosineIndices": neighbours["cosine"]["indices"],
    "cosineDistances": neighbours["cosine"]["distances"],
    "euclideanIndices": neighbours["euclidean"]["indices"],
    "euclideanDistances": neighbours["euclidean"]["distances"],
    "weights": weights.tolist(),
    "localDimensions20": local,
    "localDimensions10": wide,
    "twoNN": skdim.id.TwoNN().fit(a64).dimension_,
    "levinaBickel": mle.dimension_,
    "levinaBickelRows": mle.dimension_pw_.tolist(),
    "meanCosine": off_diagonal(ca).mean(),
    "participationRatio": spectrum.sum() ** 2 / (spectrum**2).sum(),
    "spectrum": spectrum.tolist(),
    "standardised": ((a64 - a64.mean(0)) / a64.std(0)).ravel()[:60].tolist(),
    "normalQuantile975": scipy.stats.norm.ppf(0.975),
}
path = pathlib.Path(__file__).with_name("geometry.json")
path.write_text(json.dumps(golden) + "\n")
print(path.stat().st_size)
