"""Golden files of Checkpoints, made with the reference libraries. Run by `make golden`, in this folder."""
import hashlib
import json

import gguf
import numpy
import safetensors.torch
import torch

import tokenizers_golden

TYPES = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
TYPES += ["Q2_K", "Q3_K", "IQ1_S", "IQ1_M", "IQ2_XXS", "IQ2_XS", "IQ2_S", "IQ3_XXS", "IQ3_S", "IQ4_NL", "IQ4_XS"]
TYPES += ["TQ1_0", "TQ2_0", "MXFP4", "NVFP4"]


def types():
    """types.gguf: one tensor of each element type that we read, and metadata of several types."""
    random = numpy.random.default_rng(1)
    writer = gguf.GGUFWriter("types.gguf", "golden")
    writer.add_string("golden.text", "naïve ☃")
    writer.add_uint64("golden.u64", 1 << 63)
    writer.add_int8("golden.i8", -5)
    writer.add_array("golden.floats", [0.5, -2.0])
    writer.add_bool("golden.flag", True)
    expected = {}
    for index, name in enumerate(TYPES):
        kind = gguf.GGMLQuantizationType[name]
        block, size = gguf.GGML_QUANT_SIZES[kind]
        rows, columns = index + 1, max(64, block)
        if block == 256 or name in ("IQ4_NL", "NVFP4"):  # the package cannot quantise these: random blocks do as well
            raw = random.integers(0, 256, (rows, columns // block * size), dtype=numpy.uint8)
        else:
            raw = gguf.quants.quantize(random.standard_normal((rows, columns)).astype("float32"), kind)
        writer.add_tensor(f"tensor.{name}", raw, raw_dtype=kind)
        expected[f"tensor.{name}"] = {
            "rows": rows, "columns": columns, "type": name, "sha256": hashlib.sha256(raw.tobytes()).hexdigest()}
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    json.dump(expected, open("types.json", "w"), indent=1)


def safetensors_file():
    """tiny.safetensors: one tensor of each type that we read, of one, two and three dimensions."""
    random = torch.Generator().manual_seed(2)
    tensors = {
        "vector": torch.randn(7, generator=random),
        "matrix": torch.randn(3, 5, generator=random).half(),
        "cube": torch.randn(2, 3, 4, generator=random).bfloat16(),
    }
    safetensors.torch.save_file(tensors, "tiny.safetensors", {"format": "pt"})
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
    expected = {}
    for name, tensor in tensors.items():
        raw = tensor.contiguous().view(torch.uint8).numpy().tobytes()
        expected[name] = {
            "rows": tensor.numel() // tensor.shape[-1], "columns": tensor.shape[-1],
            "type": names[tensor.dtype], "sha256": hashlib.sha256(raw).hexdigest()}
    json.dump(expected, open("tiny.json", "w"), indent=1)


types()
safetensors_file()
tokenizers_golden.generate()
