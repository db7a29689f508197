"""Golden values of StatisticsTests from numpy and scipy.

Run by `make golden`; writes statistics.json beside this file.
"""

import json
import pathlib

import numpy as np
import scipy.stats

random = np.random.default_rng(20260102)
x = random.normal(size=120)
y = 0.6 * x + random.normal(size=120)
rounded = np.round(2 * x), np.round(2 * y)
# Ties, and some below and above any level.
p = np.round(np.concatenate([random.uniform(size=30), 0.01 * random.uniform(size=10)]), 3)

values = {
    "x": x.tolist(),
    "y": y.tolist(),
    "pearson": scipy.stats.pearsonr(x, y)[0],
    "roundedX": rounded[0].tolist(),
    "roundedY": rounded[1].tolist(),
    "spearman": scipy.stats.spearmanr(*rounded)[0],
    "quantiles": np.quantile(x, [0.0, 0.05, 0.333, 0.5, 1.0]).tolist(),
    "pValues": p.tolist(),
    "benjaminiHochberg": scipy.stats.false_discovery_control(p, method="bh").tolist(),
    "benjaminiYekutieli": scipy.stats.false_discovery_control(p, method="by").tolist(),
}
pathlib.Path(__file__).with_name("statistics.json").write_text(json.dumps(values) + "\n")
