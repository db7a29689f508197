"""Writes Sources/CKernels/codebooks.h, the code books of ggml's IQ formats, from the `gguf` package (0.19.0).

A code is a word of sixteen bits: eight numbers of two bits (IQ1, IQ2) or four of four bits (IQ3), the first one lowest. What a
number stands for is said by the format (decoded_formats.c). Run with numpy and gguf installed: python scripts/codebooks.py
"""

import pathlib

import numpy
from gguf import quants

BOOKS = [
    ("iq1", quants.IQ1_S, 2), ("iq2_xxs", quants.IQ2_XXS, 2), ("iq2_xs", quants.IQ2_XS, 2), ("iq2_s", quants.IQ2_S, 2),
    ("iq3_xxs", quants.IQ3_XXS, 4), ("iq3_s", quants.IQ3_S, 4),
]


def codes(book, bits):
    book.init_grid()
    values = book.grid.reshape(book.grid_shape).astype(int)
    numbers = numpy.vectorize(list(book.grid_map).index)(values)
    return (numbers << (bits * numpy.arange(values.shape[1]))).sum(axis=1)


out = ["#pragma once", "#include <stdint.h>", "", "// Written by scripts/codebooks.py: the code books of ggml's IQ formats."]
for name, book, bits in BOOKS:
    words = [f"0x{code:04x}," for code in codes(book, bits)]
    out += ["", f"static const uint16_t codes_{name}[{len(words)}] = {{"]
    out += ["  " + " ".join(words[first : first + 12]) for first in range(0, len(words), 12)]
    out += ["};"]
path = pathlib.Path(__file__).parent.parent / "Sources/CKernels/codebooks.h"
path.write_text("\n".join(out) + "\n")
