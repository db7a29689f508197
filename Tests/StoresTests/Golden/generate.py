"""Stores written by h5py: one in order, and one for each thing that a reader must refuse.

Run in this folder: python3 generate.py (needs h5py and numpy).
"""

import hashlib
import pathlib

import h5py
import numpy

HERE = pathlib.Path(__file__).parent
TEXT = h5py.string_dtype("utf-8")
V110 = ("v110", "v110")
FORMS = ["<s>", "▁the", "é"]
BYTES = [b"", b" the", b"\xc3"]
KINDS = [1, 0, 2]
INPUT = numpy.arange(12, dtype="<f4").reshape(3, 4) / 8


def mark(element, encoding, version, digest=None):
    element.attrs["encoding-type"] = encoding
    element.attrs["encoding-version"] = version
    if digest is not None:
        element.attrs["sha256"] = hashlib.sha256(digest).hexdigest()


def array(group, name, values, **options):
    dataset = group.create_dataset(name, data=values, **options)
    mark(dataset, "array", "0.2.0", numpy.ascontiguousarray(values).tobytes())


def store(name, version="1.0.0", input=INPUT, tokens=3, matrix=array):
    """A tied embedding store; `matrix` writes the embedding."""
    file = h5py.File(HERE / name, "w", libver=V110)
    mark(file, "sextant-embeddings", version)
    file.attrs["written-by"] = "h5py"
    for group in ["embedding", "tokens", "provenance"]:
        mark(file.create_group(group), "dict", "0.1.0")
    file["embedding"].attrs["tied"] = 1
    if matrix is not None:
        matrix(file["embedding"], "input", input)
    forms = file["tokens"].create_dataset("form", data=FORMS[:tokens], dtype=TEXT)
    mark(forms, "string-array", "0.2.0", b"".join(f.encode() + b"\0" for f in FORMS[:tokens]))
    ragged = file["tokens"].create_group("bytes")
    mark(ragged, "sextant-ragged-bytes", "1.0.0")
    array(ragged, "data", numpy.frombuffer(b"".join(BYTES[:tokens]), "u1"))
    array(ragged, "offset", numpy.cumsum([0] + [len(b) for b in BYTES[:tokens]]).astype("<i8"))
    array(file["tokens"], "kind", numpy.array(KINDS[:tokens], "u1"))
    for field in ["source-file", "source-sha256", "architecture", "quantisation", "model-name",
                  "tokenizer-sha256", "tool-version", "date"]:
        file["provenance"].attrs[field] = "h5py's " + field
    return file


def virtual(group, name, values):
    layout = h5py.VirtualLayout(shape=values.shape, dtype="<f4")
    layout[:] = h5py.VirtualSource("elsewhere.h5", "secret", shape=values.shape)
    mark(group.create_virtual_dataset(name, layout), "array", "0.2.0", b"")


def huge(group, name, values):
    dataset = group.create_dataset(name, shape=(2**40, 2**20), chunks=(1024, 1024), dtype="<f4")
    mark(dataset, "array", "0.2.0", b"")


def elsewhere(group, name, values):
    dataset = group.create_dataset(name, values.shape, "<f4", external=[("elsewhere.bin", 0, 48)])
    mark(dataset, "array", "0.2.0", b"")


def compound(group, name, values):
    dataset = group.create_dataset(name, data=numpy.zeros(3, [("a", "<f4"), ("b", "<i4")]))
    mark(dataset, "array", "0.2.0", b"")


def seal(name):
    """Appends the seal of version 1 over the whole file: what anyone can do."""
    path = HERE / name
    content = path.read_bytes()
    text = f"sextant-seal 1\nsha256 {hashlib.sha256(content).hexdigest()}\nskip\n"
    path.write_bytes(content + text.ljust(1023).encode() + b"\n")


def sealed(name, change=None, **options):
    """A store of version 1 with whatever `change` does to it, its digests right, and a seal."""
    with store(name, **options) as file:
        if change:
            change(file)
        for element in (file["embedding/input"], file["tokens/kind"], file["tokens/bytes/offset"]):
            element.attrs["sha256"] = hashlib.sha256(element[()].tobytes()).hexdigest()
    seal(name)


def rank_2(rows, columns):
    def change(file):
        del file["tokens/form"]
        forms = [["a" * 24] * columns] * rows
        dataset = file["tokens"].create_dataset("form", data=forms, dtype=TEXT)
        mark(dataset, "string-array", "0.2.0", b"".join(f.encode() + b"\0" for f in forms[0]))
    return change


def set_value(element, index, value):
    def change(file):
        file[element][index] = value
    return change


def without_data(file):
    del file["tokens/bytes/data"]


def main():
    store("good.h5").close()
    store("future-version.h5", version="9.0.0").close()
    store("no-input.h5", matrix=None).close()
    store("too-few-tokens.h5", tokens=2).close()
    store("virtual.h5", matrix=virtual).close()
    store("huge.h5", matrix=huge).close()
    store("elsewhere.h5", matrix=elsewhere).close()
    store("compound.h5", matrix=compound).close()
    store("gzip.h5", matrix=lambda *a: array(*a, compression="gzip")).close()
    store("wrong-type.h5", matrix=lambda *a: array(*a[:2], a[2].astype("<i4"))).close()
    nan = INPUT.copy()
    nan[1, 2] = numpy.nan
    store("nan.h5", input=nan).close()

    sealed("version-1.h5")
    sealed("text-rank-2.h5", rank_2(3, 20))
    sealed("text-rank-2-wide.h5", rank_2(1, 50))
    sealed("sealed-nan.h5", input=nan)
    sealed("sealed-wrong-kind.h5", set_value("tokens/kind", 1, 77))
    sealed("sealed-wrong-offset.h5", set_value("tokens/bytes/offset", 1, 1 << 40))
    sealed("sealed-no-data.h5", without_data)

    with store("external-link.h5", matrix=None) as file:
        file["embedding/input"] = h5py.ExternalLink("elsewhere.h5", "/secret")
    with store("soft-link.h5") as file:
        file["embedding/output"] = h5py.SoftLink("/embedding/input")
    with store("cycle.h5") as file:
        file["embedding/again"] = file["/"]
    with store("unknown-encoding.h5") as file:
        mark(file.create_group("extra"), "dataframe", "0.2.0")
    with store("no-digest.h5") as file:
        del file["embedding/input"].attrs["sha256"]
    with store("wrong-kind.h5") as file:
        file["tokens/kind"][1] = 77
    with store("wrong-offset.h5") as file:
        file["tokens/bytes/offset"][1] = 1 << 40
    with store("deep.h5") as file:
        group = file
        for _ in range(20):
            group = group.create_group("g")
            mark(group, "dict", "0.1.0")
    with store("extra-dataset.h5") as file:
        array(file["embedding"], "extra", INPUT)
    with store("tied-output.h5") as file:
        array(file["embedding"], "output", INPUT)
    with store("group-digest.h5") as file:
        file["tokens"].attrs["sha256"] = "0" * 64


if __name__ == "__main__":
    main()
