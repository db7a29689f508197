"""Files that could lead the HDF5 library astray: in forms that ours never have, or with forged references, the checksums
around them made to fit. What anyone can do.

Run in this folder: python3 generate_forged.py (needs h5py and numpy).
"""

import re
import struct

import h5py
import numpy

from generate import HERE, TEXT, V110, mark, store, virtual

FILL_VALUE, LAYOUT, ATTRIBUTE, CONTINUATION, ATTRIBUTE_INFO = 0x05, 0x08, 0x0C, 0x10, 0x15
NO_OBJECT = struct.pack("<I", 0x7FFF)
FORMS = ["a" * 4000] + ["b"] * 29


def checksum(data):
    """lookup3 by Bob Jenkins (hashlittle), HDF5's checksum of metadata."""
    def turned(x, k):
        return (x << k | x >> 32 - k) & 0xFFFFFFFF

    def add(words):
        for i, word in enumerate(words):
            v[i] = v[i] + word & 0xFFFFFFFF

    v = [0xDEADBEEF + len(data)] * 3
    while len(data) > 12:
        add(struct.unpack_from("<III", data))
        data = data[12:]
        for i, k in enumerate([4, 6, 8, 16, 19, 4]):
            x, y, z = i % 3, (i + 2) % 3, (i + 1) % 3
            v[x] = (v[x] - v[y] & 0xFFFFFFFF) ^ turned(v[y], k)
            v[y] = v[y] + v[z] & 0xFFFFFFFF
    add(struct.unpack("<III", bytes(data).ljust(12, b"\0")))
    for i, k in enumerate([14, 11, 25, 16, 4, 14, 24]):
        x, y = (i + 2) % 3, (i + 1) % 3
        v[x] = (v[x] ^ v[y]) - turned(v[y], k) & 0xFFFFFFFF
    return v[2]


def messages(content, blocks=None):
    """(type, start, size) of every message in every object header; fills `blocks` with (start, end) of their blocks."""
    for match in re.finditer(b"OHDR\x02", content):
        start = match.start()
        flags = content[start + 5]
        size_at = start + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        at = size_at + (1 << (flags & 3))
        parts = [(start, at, at + int.from_bytes(content[size_at:at], "little"))]
        for start, at, end in parts:
            if blocks is not None:
                blocks.append((start, end))
            prefix = 6 if flags & 4 else 4
            while end - at >= prefix:
                kind, size = struct.unpack_from("<BH", content, at)
                at += prefix
                yield kind, at, size
                if kind == CONTINUATION:
                    address, count = struct.unpack_from("<QQ", content, at)
                    parts.append((address, address + 4, address + count - 4))
                at += size


def forge(name, change):
    """Lets `change` change the bytes of a file, and makes the checksums of its object headers fit."""
    content = bytearray((HERE / name).read_bytes())
    change(content)
    blocks = []
    for _ in messages(content, blocks):
        pass
    for start, end in blocks:
        content[end:end + 4] = struct.pack("<I", checksum(content[start:end]))
    (HERE / name).write_bytes(content)


def attributes(content, name):
    """(start of the message, sizes of name, datatype and dataspace, start of the value) of attributes of this name."""
    for kind, at, size in messages(content):
        if kind != ATTRIBUTE:
            continue
        sizes = struct.unpack_from("<HHH", content, at + 2)
        padded = [(n + 7) // 8 * 8 if content[at] == 1 else n for n in sizes]
        first = at + (9 if content[at] == 3 else 8)
        if content[first:first + len(name) + 1] == name.encode() + b"\0":
            yield at, padded, first + sum(padded)


def misdirect(content, at):
    """Lets the reference at a position name an object that its heap does not have."""
    content[at + 12:at + 16] = NO_OBJECT


def flagged(content):
    """A dataspace with a flag that means nothing for a single value."""
    at, sizes, value = next(attributes(content, "encoding-type"))
    content[value - sizes[2] + 2] = 1
    misdirect(content, value)


def slack(content):
    """A shorter name, and bytes of no meaning behind the dataspace."""
    at, sizes, value = next(attributes(content, "encoding-type"))
    name, kind = b"encoding\0", content[at + 9 + sizes[0]:at + 9 + sizes[0] + sizes[1]]
    space = content[value - sizes[2]:value].ljust(sizes[0] + sizes[2] - len(name), b"\xff")
    content[at + 9:value] = name + kind + space
    struct.pack_into("<HHH", content, at + 2, len(name), len(kind), len(space))
    misdirect(content, value)


def old_message(content):
    """What a library writes that knows only the oldest form of attributes, padded to eight bytes."""
    at, _, value = next(attributes(content, "note"))
    assert content[at] == 1
    misdirect(content, value)


def fill_reference(content):
    """The fill value of text of variable length is a reference too."""
    for kind, at, _ in messages(content):
        if kind == FILL_VALUE and content[at + 1] & 0x20:
            misdirect(content, at + 6)
            return
    assert False


def virtual_reference(content):
    """The sources of a virtual dataset lie in a heap."""
    for kind, at, _ in messages(content):
        if kind == LAYOUT and content[at + 1] == 3:
            misdirect(content, at - 2)  # address and index alone, behind version and class
            return
    assert False


def one_text(content):
    """Every attribute's text is the longest one."""
    _, _, longest = next(attributes(content, "long"))
    for name in ["encoding-type", "encoding-version"]:
        for _, _, value in attributes(content, name):
            content[value:value + 16] = content[longest:longest + 16]


def many_groups(file):
    for index in range(20):
        file.create_group(f"g{index}").attrs["x"] = 1
    for index in range(9):
        file.attrs[f"a{index}"] = numpy.bytes_(b"x" * 600)


def one_heap(content):
    """Every group's attributes are those in the root's heap."""
    infos = [at for kind, at, _ in messages(content) if kind == ATTRIBUTE_INFO]
    addresses = next(content[at + 2:at + 18] for at in infos if content[at + 2:at + 10] != b"\xff" * 8)
    for at in infos:
        content[at + 2:at + 18] = addresses


def forms(file):
    """Tokens of `FORMS` in place of a store's own."""
    del file["tokens"]
    mark(file.create_group("tokens"), "dict", "0.1.0")
    dataset = file["tokens"].create_dataset("form", data=FORMS, dtype=TEXT)
    mark(dataset, "string-array", "0.2.0", len(FORMS) * (FORMS[0].encode() + b"\0"))


def one_form(content):
    """Every form is the first one."""
    heaps = [match.start() for match in re.finditer(b"GCOL", content)]
    start = max(content.find(struct.pack("<IQ", len(FORMS[0]), heap)) for heap in heaps)
    for index in range(1, len(FORMS)):
        at = start + 16 * index
        content[at:at + 16] = content[start:start + 16]


def bare(name, change, **options):
    """A file of a few elements, in a form that `options` ask for."""
    with h5py.File(HERE / name, "w", **{"libver": V110} | options) as file:
        change(file)


def numbers(file):
    file["x"] = numpy.arange(3, dtype="u1")


def reopened(name, change):
    """Lets a program change the file that knows only the oldest forms."""
    with h5py.File(HERE / name, "a", libver=("earliest", "v110")) as file:
        change(file)


def shared_type(file):
    file["t"] = numpy.dtype("u1")
    file.create_dataset("x", data=[1, 2], dtype=file["t"])
    del file["t"]


def many_attributes(file):
    for index in range(40):
        file.attrs[f"a{index}"] = "text"


def new_name(file):
    file["provenance"].attrs["model-name"] = "renamed"
    file["embedding"].attrs["note"] = "a note"


def with_fill_value(file):
    old = file["tokens/form"][()]
    digest = file["tokens/form"].attrs["sha256"]
    del file["tokens/form"]
    form = file["tokens"].create_dataset("form", data=old, dtype=TEXT, fillvalue="none")
    mark(form, "string-array", "0.2.0")
    form.attrs["sha256"] = digest


def main():
    bare("superblock-0.h5", numbers, libver="earliest")
    bare("superblock-extension.h5", numbers, fs_strategy="fsm", fs_persist=True)
    bare("header-1.h5", lambda file: None)
    reopened("header-1.h5", numbers)
    bare("shared-type.h5", shared_type)
    bare("many-attributes.h5", many_attributes)

    store("old-attributes.h5").close()
    reopened("old-attributes.h5", new_name)
    for name, change in [("reference-flags.h5", flagged), ("reference-slack.h5", slack)]:
        store(name).close()
        forge(name, change)
    store("reference-old-message.h5").close()
    reopened("reference-old-message.h5", new_name)
    forge("reference-old-message.h5", old_message)
    with store("reference-fill.h5") as file:
        with_fill_value(file)
    forge("reference-fill.h5", fill_reference)
    store("reference-virtual.h5", matrix=virtual).close()
    forge("reference-virtual.h5", virtual_reference)

    with store("one-attribute.h5") as file:
        file.attrs["long"] = "a" * 4000
    forge("one-attribute.h5", one_text)
    bare("one-heap.h5", many_groups)
    forge("one-heap.h5", one_heap)
    with store("one-form.h5") as file:
        forms(file)
    forge("one-form.h5", one_form)


if __name__ == "__main__":
    main()
