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
random = np.random.default_rng(20)
out = bytearray()
for type in types:
    values, width = GGML_QUANT_SIZES[type]
    blocks = 6 if values == 256 else 24 if values == 32 else 300
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
        places = {T.Q6_K: [208], T.Q4_1: [0, 2], T.Q5_1: [0, 2], T.Q4_K: [0, 2], T.Q5_K: [0, 2]}.get(type, [0])
        for place in places:
            halves = view[:, place : place + 2].copy().view(np.uint16)
            halves[~np.isfinite(halves.view(np.float16))] &= 0x83FF
            view[:, place : place + 2] = halves.view(np.uint8)
    decoded = dequantize(data, type).reshape(-1).astype("<f4")
    assert np.isfinite(decoded).all(), type
    out += struct.pack("<III", int(type), data.size, decoded.size) + data.tobytes() + decoded.tobytes()
pathlib.Path(__file__).with_name("blocks.bin").write_bytes(out)
