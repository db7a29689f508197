"""Golden values of GRIDE: dadapy's `return_id_scaling_gride`, checked against the likelihood written out.

Run by `make golden`; writes gride.json beside this file. dadapy 0.3.4 is built for numpy 1: where it cannot be
imported, its values stay as they are in the file and only the likelihood is computed again.
"""

import json
import pathlib

import numpy as np
import scipy.optimize

path = pathlib.Path(__file__).with_name("gride.json")
random = np.random.default_rng(20260718)
n, width, most = 600, 6, 64
angles = random.uniform(0, 2, size=(n, 2))
points = np.column_stack([np.sin(angles[:, 0]), np.cos(angles[:, 0]), angles[:, 1]])
points = points @ random.normal(size=(3, width)) + 0.03 * random.normal(size=(n, width))
points = np.round(points, 3).astype(np.float32).astype(np.float64)

squares = ((points[:, None] - points[None]) ** 2).sum(-1)
distances = np.sort(np.sqrt(squares), axis=1)  # column 0 is the point itself
assert distances[:, 1].min() > 0


def fit(k):
    mu = distances[:, 2 * k] / distances[:, k]

    def minus(d):
        return np.log(d) - np.sum(
            np.log(d) + (k - 1) * np.log(mu**d - 1) - ((2 * k - 1) * d + 1) * np.log(mu)
        )

    def score(d):
        return (n - 1) / d + np.sum((k - 1) * np.log(mu) * mu**d / (mu**d - 1) - (2 * k - 1) * np.log(mu))

    d = scipy.optimize.brentq(score, 0.01, 50, xtol=1e-12)
    assert all(minus(d) < minus(d * near) for near in (0.99, 1.01))
    step = 1e-4 * d
    information = -(score(d + step) - score(d - step)) / (2 * step) + 1 / d**2
    each = 1 / d + (k - 1) * np.log(mu) * mu**d / (mu**d - 1) - (2 * k - 1) * np.log(mu)
    return d, information**-0.5, np.sqrt(np.sum(each**2)) / information


scales = [1 << i for i in range(int(np.log2(most)))]
fits = [fit(k) for k in scales]
try:
    import dadapy

    found = dadapy.Data(coordinates=points, verbose=False).return_id_scaling_gride(range_max=most)
    reference = [[float(x) for x in column] for column in found]
except ImportError:
    reference = json.loads(path.read_text())["dadapy"]
for column, own in ((0, 0), (1, 1)):
    worst = max(abs(r / f[own] - 1) for r, f in zip(reference[column], fits))
    assert worst < 1e-6, (column, worst)

golden = {
    "points": points.ravel().round(3).tolist(),
    "n": n,
    "width": width,
    "neighbours": scales,
    "dimensions": [f[0] for f in fits],
    "errors": [f[1] for f in fits],
    "robustErrors": [f[2] for f in fits],
    "radii": [float(distances[:, [k, 2 * k]].mean()) for k in scales],
    "dadapy": reference,
}
path.write_text(json.dumps(golden) + "\n")
print(path.stat().st_size, [f[:2] for f in fits], reference)
