"""Golden values of the measures on neighbour graphs and of Spearman over all pairs, from numpy and scipy.

Run by `make golden`; writes graphs.json beside this file. Every measure is written from its formula, dense.
"""

import json
import pathlib

import numpy as np
import scipy.stats

random = np.random.default_rng(20260203)
n, da, db, k = 300, 10, 7, 8
latent = random.normal(size=(n, 5)) + 1.5 * random.normal(size=(12, 5))[random.integers(12, size=n)]
a = np.round(latent @ random.normal(size=(5, da)) + 0.6 * random.normal(size=(n, da)), 3)
b = np.round(latent @ random.normal(size=(5, db)) + 0.6 * random.normal(size=(n, db)) + 0.5, 3)


def cosines(x):
    x = x.astype(np.float32).astype(np.float64)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    return unit @ unit.T


def neighbours(c):
    c = c.copy()
    np.fill_diagonal(c, -np.inf)
    order = np.argsort(-c, axis=1, kind="stable")[:, : k + 1]
    gaps = -np.diff(np.take_along_axis(c, order, axis=1), axis=1)
    assert gaps.min() > 1e-6, gaps.min()  # a Float must order them alike
    return order[:, :k]


def hsic(x, y):
    """Unbiased HSIC for zero diagonals; masks need not be symmetric."""
    one = np.ones(n)
    return (
        np.sum(x * y.T)
        + x.sum() * y.sum() / ((n - 1) * (n - 2))
        - 2 * (one @ x @ y @ one) / (n - 2)
    ) / (n * (n - 3))


ca, cb = cosines(a), cosines(b)
na, nb = neighbours(ca), neighbours(cb)
upper = np.triu_indices(n, 1)

jaccard, rank, second, cycle = [], [], [], []
for i in range(n):
    sa, sb = list(na[i]), list(nb[i])
    common = sorted(set(sa) & set(sb))
    union = sorted(set(sa) | set(sb))
    jaccard.append(len(common) / len(union))
    ranks = [(sa.index(j) + 1, sb.index(j) + 1) for j in common]
    harmonic = sum(1 / m for m in range(1, len(common) + 1))
    rank.append(sum(2 / ((1 + abs(r - s)) * (r + s)) for r, s in ranks) / harmonic if common else 0.0)
    x, y = ca[i, union], cb[i, union]
    second.append(x @ y / np.sqrt(x @ x * (y @ y)))
    cycle.append(int(any(i in na[j] for j in nb[i])))

mask_a, mask_b = np.zeros((n, n)), np.zeros((n, n))
np.put_along_axis(mask_a, na, 1, axis=1)
np.put_along_axis(mask_b, nb, 1, axis=1)
both = mask_a * mask_b
joint = (hsic(both * ca, both * cb) + hsic(both * cb, both * ca)) / 2
occurrences = mask_a.sum(0)

golden = {
    "a": a.ravel().tolist(),
    "b": b.ravel().tolist(),
    "n": n,
    "widthA": da,
    "widthB": db,
    "k": k,
    "spearman": scipy.stats.spearmanr(ca[upper], cb[upper])[0],
    "jaccard": jaccard,
    "rankSimilarity": rank,
    "secondOrder": second,
    "cycleOutBHomeA": cycle,
    "cknna": joint / np.sqrt(hsic(mask_a * ca, mask_a * ca) * hsic(mask_b * cb, mask_b * cb)),
    "occurrences": occurrences.astype(int).tolist(),
    "hubness": scipy.stats.skew(occurrences),
    "jaccardByChance": sum(
        scipy.stats.hypergeom(n - 1, k, k).pmf(s) * s / (2 * k - s) for s in range(k + 1)
    ),
}
path = pathlib.Path(__file__).with_name("graphs.json")
path.write_text(json.dumps(golden) + "\n")
print(path.stat().st_size, np.mean(jaccard), golden["cknna"], golden["spearman"], golden["hubness"])
