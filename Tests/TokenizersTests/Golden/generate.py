"""Writes the golden files of TokenizersTests.

    SEXTANT_MODELS=... SEXTANT_VECTORS=... python3 generate.py

The first folder holds the GGUF files of models/catalog.yaml, the second llama.cpp's vocabularies (ggml-vocab-*.gguf
with .inp and .out, from its folder models). Needs gguf, tokenizers, transformers, sentencepiece and protobuf.

A vocabulary is stored cut down to the entries that can occur in the test texts (those whose bytes are part of one of
them, and single bytes); with these, encoding the texts takes the same steps as with the whole vocabulary.
"""

import json
import os
import pathlib
import sys
import unicodedata

import hard_strings
import references
from tokenizers.pre_tokenizers import ByteLevel

HERE = pathlib.Path(__file__).parent
if not {"SEXTANT_MODELS", "SEXTANT_VECTORS"} <= os.environ.keys():
    sys.exit("set SEXTANT_MODELS and SEXTANT_VECTORS to the folders described in generate.py")
MODELS, VECTORS = pathlib.Path(os.environ["SEXTANT_MODELS"]), pathlib.Path(os.environ["SEXTANT_VECTORS"])
FILES = {
    "smollm2": (MODELS / "SmolLM2-135M-Instruct.Q4_1.gguf", "smollm"),
    "qwen2.5": (MODELS / "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf", "qwen2"),
    "gemma3": (MODELS / "gemma-3-270m-q4_k_m.gguf", None),
    "gpt-2": (VECTORS / "ggml-vocab-gpt-2.gguf", "gpt-2"),
    "llama-spm": (VECTORS / "ggml-vocab-llama-spm.gguf", None),
}


def write(name, value):
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    (HERE / name).write_text(text + "\n")
    print(name, len(text))


def vectors(name):
    """llama.cpp's vectors: texts and ids."""
    texts = (VECTORS / f"ggml-vocab-{name}.gguf.inp").read_bytes().decode().split("\n__ggml_vocab_test__\n")
    ids = [[int(i) for i in line.split()] for line in (VECTORS / f"ggml-vocab-{name}.gguf.out").read_text().splitlines()]
    return texts[: len(ids)], ids


def cut_down(vocabulary, texts):
    spelt = lambda text: text.replace(" ", "\u2581")
    if vocabulary["merges"]:
        spelt = lambda text: "".join(p for p, _ in ByteLevel(add_prefix_space=False, use_regex=False).pre_tokenize_str(text))
    texts = texts + [unicodedata.normalize("NFC", text) for text in texts]
    longest = max(map(len, vocabulary["forms"]))
    texts = [spelt(t) for t in texts] + ["\u2581" + spelt(t) for t in texts]
    parts = {t[i:j] for t in texts for i in range(len(t)) for j in range(i + 1, min(len(t), i + longest) + 1)}
    letters = {form for form in vocabulary["forms"] if len(form) == 1} if vocabulary["merges"] else set()
    kept = [
        i for i, (form, kind) in enumerate(zip(vocabulary["forms"], vocabulary["types"]))
        if form in parts or form in letters or kind in (2, 3, 4, 6)]
    result = dict(
        count=len(vocabulary["forms"]), ids=kept, forms=[vocabulary["forms"][i] for i in kept],
        types=[vocabulary["types"][i] for i in kept], bos=vocabulary["bos"], eos=vocabulary["eos"],
        unknown=vocabulary["unknown"])
    if vocabulary["merges"]:
        names = set(result["forms"])
        result["merges"] = [m for m in vocabulary["merges"] if m.replace(" ", "") in names and set(m.split(" ")) <= names]
    else:
        result["scores"] = [round(vocabulary["scores"][i], 3) for i in kept]
    return result


def encode_all(vocabulary, rule, texts, special):
    if rule:
        tokenizer = references.byte_level(vocabulary, rule, special)
        return [tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    tokenizer = references.sentence_piece(vocabulary, special)
    return [tokenizer.EncodeAsIds(t) for t in texts]


def decode_all(vocabulary, rule, ids):
    if rule:
        tokenizer = references.byte_level(vocabulary, rule, False)
        return [tokenizer.decode(i, skip_special_tokens=False) for i in ids]
    tokenizer = references.sentence_piece(vocabulary, False)
    return [tokenizer.DecodeIds(i) for i in ids]


def changes(texts, decoded):
    """What decoding does not give back as it was: composed, or spaces for U+2581, or bytes without a token."""
    return {str(i): d for i, (t, d) in enumerate(zip(texts, decoded)) if t != d}


def with_transformers(path, texts, special):
    """Gemma as transformers builds it from the GGUF file."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    return [tokenizer(t, add_special_tokens=False, split_special_tokens=not special).input_ids for t in texts]


def main():
    texts = hard_strings.STRINGS
    write("hard-strings.json", texts)
    for name in ("smollm2", "qwen2.5", "gemma3"):
        path, rule = FILES[name]
        vocabulary = references.read(path)
        plain = encode_all(vocabulary, rule, texts, False)
        if rule:
            special = encode_all(vocabulary, rule, texts, True)
            write(f"{name}.vocabulary.json", cut_down(vocabulary, texts + (vectors(rule)[0] if rule == "qwen2" else [])))
        else:
            assert plain == with_transformers(path, texts, False), "sentencepiece and transformers disagree"
            special = with_transformers(path, texts, True)
        write(f"{name}.ids.json", dict(plain=plain, special=special, changed=changes(texts, decode_all(vocabulary, rule, plain))))

    path, _ = FILES["gpt-2"]
    vocabulary = references.read(path)
    inputs, outputs = vectors("gpt-2")
    write("gpt-2.vocabulary.json", cut_down(vocabulary, texts + inputs))
    write("gpt-2.vectors.json", dict(texts=inputs, ids=outputs))
    rules = ("gpt-2", "smollm", "qwen2", "llama-bpe", "default")
    write("rules.json", {rule: encode_all(vocabulary, rule, texts, False) for rule in rules})

    path, _ = FILES["llama-spm"]
    vocabulary = references.read(path)
    inputs, outputs = vectors("llama-spm")
    write("llama-spm.vocabulary.json", cut_down(vocabulary, texts + inputs))
    write("llama-spm.vectors.json", dict(texts=inputs, ids=outputs))
    plain = encode_all(vocabulary, None, texts, False)
    write("llama-spm.ids.json", dict(plain=plain, special=plain, changed=changes(texts, decode_all(vocabulary, None, plain))))
    inputs, outputs = vectors("qwen2")
    write("qwen2.5.vectors.json", dict(texts=inputs, ids=outputs))


if __name__ == "__main__":
    main()
