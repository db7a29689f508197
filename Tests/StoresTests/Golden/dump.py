"""Prints a store file as JSON: what h5py sees in it. Used by the tests, with any Python that has h5py."""

import json
import sys

import h5py


def plain(value):
    if isinstance(value, bytes):
        return value.decode()
    return value.tolist() if hasattr(value, "tolist") else value


def dump(path):
    elements = {}

    def visit(name, element):
        entry = {"attributes": {k: plain(v) for k, v in element.attrs.items()}}
        if isinstance(element, h5py.Dataset):
            entry["type"] = "text" if h5py.check_string_dtype(element.dtype) else element.dtype.str
            value = element.asstr()[()] if entry["type"] == "text" else element[()]
            entry["value"] = plain(value)
            entry["chunks"] = element.chunks
        if entry["attributes"].get("encoding-type") == "sextant-ragged-text":
            data, offset = element["data"][()].tobytes(), element["offset"][()]
            entry["type"] = "text"
            entry["value"] = [data[i:j].decode() for i, j in zip(offset, offset[1:])]
        elements["/" + name] = entry

    with h5py.File(path, "r") as file:
        visit("", file)
        file.visititems(visit)
    return elements


print(json.dumps(dump(sys.argv[1]), ensure_ascii=False))
