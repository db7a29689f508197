"""Files as numpy 2 and h5py 3 write them: three rows of 32 numbers, in all the types that points are read from, and in some that they are not.

Row i holds i + column / 4, which every type holds exactly.
"""
import pathlib

import h5py
import numpy

here = pathlib.Path(__file__).parent
rows = (numpy.arange(3)[:, None] + numpy.arange(32)[None, :] / 4).astype("f4")
for name in ["f2", "f4", "f8"]:
    numpy.save(here / f"{name}.npy", rows.astype(name))
numpy.save(here / "fortran.npy", numpy.asfortranarray(rows))
numpy.save(here / "three.npy", rows[:, None, :])
with h5py.File(here / "plain.h5", "w", libver="v110") as file:
    file["states"] = rows
    file["other/row"] = rows[1]
with h5py.File(here / "chunked.h5", "w", libver="v110") as file:
    file.create_dataset("states", data=rows, chunks=(1, 32))
with h5py.File(here / "compressed.h5", "w", libver="v110") as file:
    file.create_dataset("states", data=rows, chunks=(1, 32), compression="gzip")
with h5py.File(here / "old.h5", "w") as file:
    file["states"] = rows
