"""Writes blocks.bin: random bytes of every block type with the values that the `gguf` package decodes.

Layout, little endian, for every type: u32 ggml type, u32 bytes, u32 values, the bytes, the values as f32.
Run with numpy and gguf installed: python generate.py
"""

import pathlib
import struct

import numpy as np
from gguf.constants import GGML_QUANT_SIZES, GGMLQuantizationType as T
from gguf.quants import dequantize

types = [T.F32, T.F16, T.BF16, T.Q4_0, T.Q4_1, T.Q5_0, T.Q5_1, T.Q8_0, T.Q4_K, T.Q5_K, T.Q6_K]
types += [T.Q2_K, T.Q3_K, T.IQ1_S, T.IQ1_M, T.IQ2_XXS, T.IQ2_XS, T.IQ2_S, T.IQ3_XXS, T.IQ3_S, T.IQ4_NL, T.IQ4_XS]
types += [T.TQ1_0, T.TQ2_0, T.MXFP4, T.NVFP4]
# Where the f16 scales of a block lie, if not at its beginning.
SCALES = {
    T.Q6_K: [208], T.Q4_1: [0, 2], T.Q5_1: [0, 2], T.Q4_K: [0, 2], T.Q5_K: [0, 2], T.Q2_K: [80, 82], T.Q3_K: [108],
    T.TQ1_0: [52], T.TQ2_0: [64], T.IQ1_M: [], T.MXFP4: [], T.NVFP4: [],
}
# Scales of the last blocks: the largest numbers of both signs, the smallest and the largest subnormal one, zeros of both signs.
EXTREMES = np.array([0x7BFF, 0xFBFF, 0x0001, 0x83FF, 0, 0x8000], np.uint16)
# Blocks that hold every code of a format's book once, and two of zeros; a multiple of three.
CODES = {T.IQ1_S: 66, T.IQ2_XXS: 12, T.IQ2_XS: 18, T.IQ2_S: 36, T.IQ3_XXS: 6, T.IQ3_S: 12}


def put_every_code(type, view):
    """Codes 0, 1, 2 ... from the first block on: low bytes, then the bits above where a code has some."""
    for block, row in enumerate(view):
        count = 64 if type in (T.IQ3_XXS, T.IQ3_S) else 32
        codes = block * count + np.arange(count)
        if type == T.IQ2_XXS:
            row[2:66].reshape(8, 8)[:, :4] = codes.reshape(8, 4)
        elif type == T.IQ2_XS:
            words = row[2:66].view("<u2")
            words[:] = words & 0xFE00 | codes & 511
        else:
            row[2 : 2 + count] = codes & 255
        if type == T.IQ2_S:
            row[66:74] = (((codes >> 8) & 3).reshape(8, 4) << (2 * np.arange(4))).sum(axis=1)
        if type == T.IQ3_S:
            row[66:74] = (((codes >> 8) & 1).reshape(8, 8) << np.arange(8)).sum(axis=1)
        if type == T.IQ1_S:
            words = row[34:50].view("<u2")
            words[:] = words & 0xF000 | (((codes >> 8) & 7).reshape(8, 4) << (3 * np.arange(4))).sum(axis=1)


random = np.random.default_rng(20)
out = bytearray()
for type in types:
    values, width = GGML_QUANT_SIZES[type]
    blocks = CODES.get(type, 6 if values == 256 else 24 if values >= 32 else 300)
    data = random.integers(0, 256, (1, blocks * width), dtype=np.uint8)
    if type in (T.F32, T.BF16, T.F16):
        # Any finite number, subnormals included; NaN has no defined bits.
        integers = {4: np.uint32, 2: np.uint16}[width]
        view = data.view(integers)
        floats = dequantize(data, type)
        view[~np.isfinite(floats)] = 1
    else:
        # Scales are f16: keep them finite; some subnormal, some negative.
        view = data.reshape(blocks, width)
        for place in SCALES.get(type, [0]):
            halves = view[:, place : place + 2].copy().view(np.uint16)
            halves[~np.isfinite(halves.view(np.float16))] &= 0x83FF
            if types.index(type) >= types.index(T.Q2_K):
                halves[-6:, 0] = np.roll(EXTREMES, place // 2)
            view[:, place : place + 2] = halves.view(np.uint8)
        if type == T.IQ1_M:
            # The nibbles of one f16 are the high ones of four words.
            words = view[:, 48:56].copy().view("<u2")
            words[:, 3] &= 0xBFFF
            words[-6:] = words[-6:] & 0x0FFF | (EXTREMES[:, None] >> (4 * np.arange(4)) & 15) << 12
            view[:, 48:56] = words.view(np.uint8)
        if type == T.MXFP4:
            # A power of two; 12 times those above 252 is infinite, and sums of such numbers are before.
            view[:, 0] = np.minimum(view[:, 0], 140)
            view[-6:, 0] = [0, 1, 2, 3, 127, 252]
        if type == T.NVFP4:
            view[:2, :4] = [[0, 1, 7, 8], [0x7E, 0x7F, 0x80, 0xFF]]
        if type in CODES:
            put_every_code(type, view)
    decoded = dequantize(data, type).reshape(-1).astype("<f4")
    assert np.isfinite(decoded).all(), type
    out += struct.pack("<III", int(type), data.size, decoded.size) + data.tobytes() + decoded.tobytes()
pathlib.Path(__file__).with_name("blocks.bin").write_bytes(out)
