"""Golden numbers of the alignment methods from numpy, scipy and scikit-learn.

Writes alignment.json beside this file. Inputs are rounded to multiples of 1/256, so that they are the same
Float numbers in JSON, in numpy and in Swift.
"""
import json
import pathlib

import numpy as np
from scipy.linalg import inv, lstsq, orthogonal_procrustes, sqrtm, subspace_angles
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, PredefinedSplit
from sklearn.neighbors import NearestNeighbors

MASK = (1 << 64) - 1
N, HELD, DS, DT, FOLDS, SEED = 120, 40, 12, 15, 5, 7


class SplitMix64:
    """Steele, Lea, Flood 2014; bounded numbers by Lemire's multiplication, as Swift draws them."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, bound):
        product = self.next() * bound
        if product & MASK < bound:
            while product & MASK < (1 << 64) % bound:
                product = self.next() * bound
        return product >> 64

    def permutation(self, count):
        order = list(range(count))
        for i in range(count - 1, 0, -1):
            j = self.below(i + 1)
            order[i], order[j] = order[j], order[i]
        return order


def rounded(a):
    return np.round(a * 256) / 256


rng = np.random.default_rng(0)
latent = rng.normal(size=(N + HELD, 8)) * np.linspace(3, 0.3, 8)
x = rounded(latent @ rng.normal(size=(8, DS)) + 0.4 * rng.normal(size=(N + HELD, DS)) + 1.5)
y = rounded(latent @ rng.normal(size=(8, DT)) + 4 * rng.normal(size=(N + HELD, DT)) - 0.7)
xt, yt, xh, yh = x[:N], y[:N], x[N:], y[N:]
mx, my = xt.mean(0), yt.mean(0)
xc, yc = xt - mx, yt - my

least_squares = lstsq(xc, yc)[0]
least_squares_raw = lstsq(xt, yt)[0]

fold_of = np.empty(N, int)
for position, row in enumerate(SplitMix64(SEED).permutation(N)):
    fold_of[row] = position % FOLDS
grid = [10.0 ** (-3 + 0.5 * i) for i in range(9)]
unit = np.trace(xc.T @ xc) / DS
search = GridSearchCV(
    Ridge(solver="cholesky"), {"alpha": [g * unit for g in grid]},
    scoring="neg_mean_squared_error", cv=PredefinedSplit(fold_of)).fit(xt, yt)
ridge = search.best_estimator_

rotation, nuclear = orthogonal_procrustes(
    np.hstack([xc, np.zeros((N, DT - DS))]), yc)
rotation = rotation[:DS]
scale = nuclear / np.sum((xc @ rotation) ** 2)

logits = lstsq(yc, xc)[0].T


def reduced_rank(a, b, rank):
    full = lstsq(a, b)[0]
    leading = np.linalg.svd(a @ full, full_matrices=False)[2][:rank]
    return full @ leading.T @ leading


def held_out_error(rank):
    total = 0.0
    for fold in range(FOLDS):
        inside, outside = fold_of != fold, fold_of == fold
        a, b = xt[inside].mean(0), yt[inside].mean(0)
        w = reduced_rank(xt[inside] - a, yt[inside] - b, rank)
        total += np.sum((yt[outside] - b - (xt[outside] - a) @ w) ** 2)
    return float(total / N)


def canonical(power):
    root_x, root_y = np.real(sqrtm(xc.T @ xc)), np.real(sqrtm(yc.T @ yc))
    u, rho, v = np.linalg.svd(inv(root_x) @ xc.T @ yc @ inv(root_y), full_matrices=False)
    return inv(root_x) @ (u * rho**power) @ v @ root_y


predicted = (xh - mx) @ least_squares + my


def unit_rows(a):
    return a / np.linalg.norm(a, axis=1, keepdims=True)


def ranks(scores):
    own = np.diag(scores)[:, None]
    return (scores > own).sum(1).tolist()


p, t = unit_rows(predicted - my), unit_rows(yh - my)
cosines = p @ t.T
k = 10
density_p = 1 - NearestNeighbors(n_neighbors=k, metric="cosine").fit(t).kneighbors(p)[0].mean(1)
density_t = 1 - NearestNeighbors(n_neighbors=k, metric="cosine").fit(p).kneighbors(t)[0].mean(1)
csls = 2 * cosines - density_p[:, None] - density_t[None, :]

golden = {
    "training": N, "heldOut": HELD, "sourceWidth": DS, "targetWidth": DT, "folds": FOLDS, "seed": SEED,
    "source": x.ravel().tolist(), "target": y.ravel().tolist(),
    "leastSquares": least_squares.ravel().tolist(),
    "leastSquaresRaw": least_squares_raw.ravel().tolist(),
    "conditionNumber": float(np.linalg.cond(xc)),
    "lambdaGrid": grid,
    "ridgeBest": int(search.best_index_),
    "ridgeErrors": (-search.cv_results_["mean_test_score"] * DT).tolist(),
    "ridge": ridge.coef_.T.ravel().tolist(),
    "rotation": rotation.ravel().tolist(), "scale": float(scale),
    "reducedRank3": reduced_rank(xc, yc, 3).ravel().tolist(),
    "rankErrors": [held_out_error(rank) for rank in range(DS + 1)],
    "correlations": sorted(np.cos(subspace_angles(xc, yc)).tolist(), reverse=True),
    "canonicalHalf": canonical(0.5).ravel().tolist(), "canonicalNone": canonical(0).ravel().tolist(),
    "logitMatching": logits.ravel().tolist(),
    "r2": float(r2_score(yh, predicted, multioutput="variance_weighted")),
    "r2AboutZero": float(1 - np.sum((yh - predicted) ** 2) / np.sum(yh ** 2)),
    "cosine": float(np.mean(np.sum(unit_rows(predicted) * unit_rows(yh), 1))),
    "centredCosine": float(np.mean(np.sum(p * t, 1))),
    "normRatio": float(np.linalg.norm(predicted, axis=1).sum() / np.linalg.norm(yh, axis=1).sum()),
    "centredNormRatio": float(
        np.linalg.norm(predicted - my, axis=1).sum() / np.linalg.norm(yh - my, axis=1).sum()),
    "nearestRanks": ranks(cosines), "cslsRanks": ranks(csls),
    "r2LogitMatching": float(
        r2_score(xh, (yh - my) @ logits.T + mx, multioutput="variance_weighted")),
}
pathlib.Path(__file__).with_name("alignment.json").write_text(json.dumps(golden, separators=(",", ":")) + "\n")
print("best", search.best_index_, "r2", golden["r2"], "P@1", np.mean(np.array(golden["nearestRanks"]) == 0),
      np.mean(np.array(golden["cslsRanks"]) == 0))
