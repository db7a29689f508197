"""Vectors with names as anndata and h5py write them by default. Imports anndata, h5py, numpy, pandas and scipy."""
import pathlib
import shutil

import anndata
import h5py
import numpy
import pandas
import scipy.sparse

here = pathlib.Path(__file__).parent
rows = (numpy.arange(4)[:, None] + numpy.arange(3)[None, :] / 4 + 1).astype("f4")
obs = pandas.DataFrame(index=pandas.Index(numpy.array(["red", "grün", "blau", "日本"], dtype=object)))
whole = anndata.AnnData(rows, obs=obs, obsm={"X_pca": rows[:, :2].astype("f8") * 2})
whole.write_h5ad(here / "words.h5ad")
whole.write_h5ad(here / "packed.h5ad", compression="gzip")
anndata.AnnData(scipy.sparse.csr_matrix(rows), obs=obs).write_h5ad(here / "sparse.h5ad")
# Text of which entries may be missing, as anndata 0.11 and later write pandas' own.
anndata.settings.allow_write_nullable_strings = True
nullable = pandas.DataFrame(index=pandas.Index(obs.index.astype("string")))
anndata.AnnData(rows, obs=nullable, obsm={"X_pca": rows[:, :2].astype("f8") * 2}).write_h5ad(here / "nullable.h5ad")
shutil.copy(here / "nullable.h5ad", here / "masked.h5ad")
with h5py.File(here / "masked.h5ad", "r+") as file:
    assert file["obs/_index"].attrs["encoding-type"] == "nullable-string-array"
    file["obs/_index/mask"][2] = True
numbers = numpy.arange(35, dtype="f4").reshape(7, 5) + 1
words = ["w%d" % i for i in range(7)]
with h5py.File(here / "classic.h5", "w") as file:
    group = file.create_group("emb")
    group.create_dataset("rows", data=numbers, chunks=(3, 2), compression="gzip", shuffle=True)
    group.create_dataset("words", data=words, dtype=h5py.string_dtype())
    group.create_dataset("fixed", data=numpy.array([w.encode() for w in words[:5]]))
    file.create_dataset("wide", data=numbers.T.astype("f8"))
    file.create_dataset("big", data=numbers.astype(">f4"))
    file.create_dataset("lzf", data=numbers, compression="lzf")
    for index in range(40):
        file.create_group("many").create_dataset("d", data=1.0) if index == 0 else file["many"].create_dataset(f"d{index}", data=1.0)
