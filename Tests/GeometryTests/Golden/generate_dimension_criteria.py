"""Golden values of the dimension criteria: scikit-dimension's `lPCA` on neighbourhoods, each criterion by its name there.

Run by `make golden`; writes dimension_criteria.json beside this file. Three kinds of neighbourhoods: more rows than
columns; fewer rows than columns, where the estimator is given the k - 1 eigenvalues that can differ from zero (left to
itself it takes the rounding error of the k-th for one more); and a low-rank cloud in noise.
"""

import json
import pathlib

import numpy as np
import skdim
import skdim.id

assert skdim.__version__ >= "0.5", "before, broken_stick counted the first component that fails"
random = np.random.default_rng(20261121)
CRITERIA = {
    "variance95": {"ver": "ratio", "alphaRatio": 0.95},
    "variance50": {"ver": "ratio", "alphaRatio": 0.5},
    "participationRatio": {"ver": "participation_ratio"},
    "fukunagaOlsen": {"ver": "FO", "alphaFO": 0.05},
    "kaiser": {"ver": "Kaiser"},
    "largestGap": {"ver": "maxgap"},
    "brokenStick": {"ver": "broken_stick"},
}


def cloud(rows, columns, rank, noise):
    latent = random.normal(size=(rows, rank)) * np.linspace(2, 0.5, rank)
    points = latent @ random.normal(size=(rank, columns)) + noise * random.normal(size=(rows, columns)) + 1
    return np.round(points, 2).astype(np.float32)


def eigenvalues(x):
    x = x.astype(np.float64)
    x = x - x.mean(0)
    values = np.linalg.svd(x, compute_uv=False)[: min(len(x) - 1, x.shape[1])] ** 2
    return values / (len(x) - 1)


def is_clear(x):
    """Whether no share, mean or ratio is so near its threshold that the rounding of a Float could change a count."""
    values = eigenvalues(x)
    shares = np.cumsum(values) / values.sum()
    gaps = np.sort(values[:-1] / values[1:])
    return (
        all(np.abs(shares - share).min() > 1e-5 for share in (0.95, 0.5))
        and np.abs(values / values[0] - 0.05).min() > 1e-4
        and np.abs(values / values.mean() - 1).min() > 1e-4
        and gaps[-1] > 1.05 * gaps[-2]
        and values[-1] > 1e-4 * values[0]
    )


def case(*shape):
    x = cloud(*shape)
    while not is_clear(x):
        x = cloud(*shape)

    wide = len(x) <= x.shape[1]
    found = {}
    for name, options in CRITERIA.items():
        if wide:
            fit = skdim.id.lPCA(fit_explained_variance=True, **options).fit(eigenvalues(x))
        else:
            fit = skdim.id.lPCA(**options).fit(x.astype(np.float64))
        found[name] = float(fit.dimension_)
    return {"points": [round(float(v), 2) for v in x.ravel()], "rows": len(x), "columns": x.shape[1], **found}


shapes = [(60, 12, 4, 0.3), (41, 20, 6, 1.0), (150, 9, 2, 0.1), (30, 8, 8, 0.0), (15, 24, 5, 0.4), (20, 20, 3, 0.2), (9, 40, 6, 0.5)]
golden = {"cases": [case(*shape) for shape in shapes]}
path = pathlib.Path(__file__).with_name("dimension_criteria.json")
path.write_text(json.dumps(golden) + "\n")
print(path.stat().st_size)
for found in golden["cases"]:
    print({key: value for key, value in found.items() if key != "points"})
