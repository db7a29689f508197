"""Small files of vectors and names as numpy 2 and pyarrow write them. Imports numpy and pyarrow."""
import pathlib

import numpy
import pyarrow
import pyarrow.parquet

here = pathlib.Path(__file__).parent
rows = (numpy.arange(4)[:, None] + numpy.arange(3)[None, :] / 4 + 1).astype("f4")
names = numpy.array(["red", "grün", "blau", "日本"])
numpy.save(here / "fortran.npy", numpy.asfortranarray(rows))
numpy.save(here / "names.npy", names)
numpy.savez(here / "stored.npz", vectors=rows, names=names)
numpy.savez_compressed(here / "deflated.npz", vectors=numpy.tile(rows, (1, 100)), names=names)

# Many words, so that the dictionary overflows and plain pages follow; a few that come again.
words = [f"word{i % 500}" if i % 3 else f"once{i}" for i in range(3000)]
table = pyarrow.table({"index": words})
for codec in ["snappy", "gzip", "none"]:
    pyarrow.parquet.write_table(
        table, here / f"{codec}.parquet", compression=codec, dictionary_pagesize_limit=8192, data_page_size=4096)
pyarrow.parquet.write_table(table, here / "zstd.parquet", compression="zstd")
