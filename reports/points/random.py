"""Draws the random points of these studies: words that all four models know as one token, and rows that no model has.

    python random.py MODELS    the folder of the stores

Writes shared/*.tsv, midpoints/*.tsv, midpoints/gaussian.npy (as long as SmolLM2's rows are in the median) and midpoints/covariance.npy (mean
and covariance of its rows).
"""

import pathlib
import random
import re
import sys

import h5py
import numpy as np

here, models = pathlib.Path(__file__).parent, pathlib.Path(sys.argv[1])
names = ["smollm2-135m", "gemma-3-270m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b"]
related = (
    "king queen; man woman; hot cold; happy sad; good bad; day night; black white; up down; father mother; son daughter; "
    "brother sister; boy girl; summer winter; north south; east west; left right; dog cat; apple orange; bread milk; "
    "car train; city village; doctor nurse; teacher student; river lake; gold silver"
)


def tokens(name):
    with h5py.File(models / f"{name}.h5") as f:
        data, at = f["tokens/bytes/data"][:].tobytes(), f["tokens/bytes/offset"][:]
    return {data[i:j] for i, j in zip(at, at[1:])}


def token(word):
    return f'token:"{word}"'


def write(path, lines):
    (here / path).write_text("".join(f"{name}\t{point}\n" for name, point in lines))


def middle(a, b, way="lerp"):
    return f"{a.strip()}-{b.strip()}", f"{way}({token(a)}, {token(b)}, 0.5)"


shared = set.intersection(*map(tokens, names))
words = sorted(t.decode() for t in shared if re.fullmatch(rb" [a-z]{2,}", t))
pairs = [tuple(f" {word}" for word in pair.split()) for pair in related.split(";")]
drawn = random.Random(1).sample(words, 50)
others = list(zip(drawn[:25], drawn[25:]))
write("midpoints/related.tsv", [middle(*pair) for pair in pairs])
write("midpoints/random.tsv", [middle(*pair) for pair in others])
# As long as their ends are: what is left of the alarm is not about length.
write("midpoints/related-slerp.tsv", [middle(*pair, "slerp") for pair in pairs])
write("midpoints/random-slerp.tsv", [middle(*pair, "slerp") for pair in others])
write("midpoints/ends.tsv", [(pair[0].strip(), token(pair[0])) for pair in pairs + others])
drawn = random.Random(2).sample(words, 350)
kinds = {
    "tokens": [(word.strip(), token(word)) for word in drawn[:100]],
    "middles": [middle(*pair) for pair in zip(drawn[100:150], drawn[150:200])],
    "sums": [
        (f"{a.strip()}-{b.strip()}-{c.strip()}", f"{token(a)} - {token(b)} + {token(c)}")
        for a, b, c in zip(drawn[200:250], drawn[250:300], drawn[300:])
    ],
}
for kind, points in kinds.items():
    write(f"shared/{kind}.tsv", points)
    write(f"shared/first-{kind}.tsv", points[: 3 * len(points) // 10])

with h5py.File(models / f"{names[0]}.h5") as f:
    rows = f["embedding/input"][:].astype(np.float64)
generator = np.random.default_rng(1)
gaussian = generator.standard_normal((25, rows.shape[1]))
gaussian *= np.median(np.linalg.norm(rows, axis=1)) / np.linalg.norm(gaussian, axis=1, keepdims=True)
drawn = generator.multivariate_normal(rows.mean(0), np.cov(rows.T), size=25)
for name, points in (("gaussian", gaussian), ("covariance", drawn)):
    np.save(here / f"midpoints/{name}.npy", points.astype(np.float32))
    write(f"midpoints/{name}.tsv", [(f"{name}-{i + 1}", f"row:{name}.npy#{i}@input") for i in range(25)])
