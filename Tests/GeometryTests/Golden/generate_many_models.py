"""Golden values for sets of models: average linkage and classical scaling, from scipy and numpy.

Writes many_models.json beside this file.
"""

import json
import pathlib

import numpy as np
from scipy.cluster.hierarchy import cophenet, fcluster, leaves_list, linkage
from scipy.spatial.distance import pdist, squareform

random = np.random.default_rng(20)


def classical_scaling(distances, axes):
    n = len(distances)
    j = np.eye(n) - np.ones((n, n)) / n
    values, vectors = np.linalg.eigh(-0.5 * j @ distances**2 @ j)
    order = np.argsort(values)[::-1]
    values, vectors = values[order], vectors[:, order]
    coordinates = vectors[:, :axes] * np.sqrt(np.maximum(values[:axes], 0))
    drawn = pdist(coordinates)
    measured = squareform(distances)
    return {
        "eigenvalues": values.tolist(),
        "drawn": drawn.tolist(),
        "stress": float(np.sqrt(np.sum((measured - drawn) ** 2) / np.sum(measured**2))),
        "negativeShare": float(-values[values < -1e-12].sum() / np.abs(values).sum()),
        "shownShare": float(values[:axes].sum() / values[values > 0].sum()),
    }


def case(distances):
    condensed = squareform(distances)
    tree = linkage(condensed, method="average")
    cut = float(np.median(tree[:, 2]))
    labels = fcluster(tree, cut, criterion="distance")
    return {
        "distances": distances.tolist(),
        "linkage": tree.tolist(),
        "leaves": leaves_list(tree).tolist(),
        "cophenetic": float(cophenet(tree, condensed)[0]) if len(distances) > 2 else None,
        "cut": cut,
        "together": (labels[:, None] == labels[None, :]).astype(int).tolist(),
        "scaling": classical_scaling(distances, 2),
    }


def symmetric(n):
    """Angles that no points have exactly: some eigenvalues are negative."""
    x = random.uniform(0.4, 1.5, (n, n))
    x = np.triu(x, 1)
    return x + x.T


points = random.normal(size=(7, 3))
random.uniform(size=20)  # Passed over, so that the cases stay those that were committed.
result = {
    "cases": [case(squareform(pdist(points))), case(symmetric(4)), case(symmetric(20)), case(symmetric(2))],
}
(pathlib.Path(__file__).parent / "many_models.json").write_text(json.dumps(result) + "\n")
