"""Writes a GGUF model anew with its matrices in another number format; metadata, tokenizer and norms are copied.

The same weights in all formats: what Q4_1 makes of them is what F32 holds exactly, BF16 to eight bits, and Q8_0 to eight bits a block of 32.
"""

import os
import sys

import gguf

FORMATS = {"Q8_0": gguf.LlamaFileType.MOSTLY_Q8_0, "BF16": gguf.LlamaFileType.MOSTLY_BF16, "F32": gguf.LlamaFileType.ALL_F32}


def write(source, number_format, path):
    reader = gguf.GGUFReader(source)
    kind = gguf.GGMLQuantizationType[number_format]
    partial = path + ".partial"
    writer = gguf.GGUFWriter(partial, reader.fields["general.architecture"].contents())
    for field in reader.fields.values():
        # The header's own counts and the architecture are the writer's.
        if field.name.startswith("GGUF.") or field.name == "general.architecture":
            continue
        value = int(FORMATS[number_format]) if field.name == "general.file_type" else field.contents()
        writer.add_key_value(field.name, value, field.types[0], field.types[-1] if len(field.types) > 1 else None)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        if len(tensor.shape) > 1:
            writer.add_tensor(tensor.name, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(tensor.name, values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    os.replace(partial, path)


if __name__ == "__main__":
    if len(sys.argv) != 4 or sys.argv[2] not in FORMATS:
        sys.exit(f"usage: number_formats.py SOURCE.gguf {'|'.join(FORMATS)} TARGET.gguf")
    write(*sys.argv[1:])
