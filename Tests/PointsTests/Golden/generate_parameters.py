"""Writes parameters.json: relation scores, top tokens and top pairs of the tiny models, by numpy from their GGUF files.

    python generate_parameters.py

Needs gguf and numpy; reads the models of Tests/TransformersTests/Golden.
"""

import json
import pathlib

import gguf
import numpy as np

here = pathlib.Path(__file__).parent
models = here.parent.parent / "TransformersTests" / "Golden"


def load(path):
    reader = gguf.GGUFReader(path)
    tensors = {t.name: gguf.quants.dequantize(t.data, t.tensor_type).astype(np.float64) for t in reader.tensors}

    def key(name):
        field = reader.fields.get(f"{reader.fields['general.architecture'].contents()}.{name}")
        return None if field is None else field.contents()

    return tensors, key, reader


def top(values, k):
    return np.argsort(-values, kind="stable")[:k]


def model(name):
    t, key, reader = load(models / f"{name}.gguf")
    embedding, final = t["token_embd.weight"], t["output_norm.weight"]
    unembedding = t.get("output.weight", embedding)
    named = len(reader.fields["tokenizer.ggml.tokens"].contents())
    width, heads, blocks = embedding.shape[1], key("attention.head_count"), key("block_count")
    groups = key("attention.head_count_kv") or heads
    epsilon = key("attention.layer_norm_rms_epsilon")
    gemma = name.startswith("gemma")
    dimension = key("attention.key_length") or width // heads
    inputs = embedding * (np.float64(np.float32(np.sqrt(width))) if gemma else 1)

    def norm(x, weight):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight

    def first(x):
        h = norm(x, t["blk.0.ffn_norm.weight"])
        gate, up = h @ t["blk.0.ffn_gate.weight"].T, h @ t["blk.0.ffn_up.weight"].T
        if gemma:
            gate = 0.5 * gate * (1 + np.tanh(np.sqrt(2 / np.pi) * (gate + 0.044715 * gate**3)))
        else:
            gate = gate / (1 + np.exp(-gate))
        out = (gate * up) @ t["blk.0.ffn_down.weight"].T
        return norm(out, t["blk.0.post_ffw_norm.weight"]) if gemma else out

    def head(block, index):
        part = lambda i: slice(i * dimension, (i + 1) * dimension)
        group = index // (heads // groups)
        before = t[f"blk.{block}.attn_norm.weight"]
        q, k = t[f"blk.{block}.attn_q.weight"][part(index)] * before, t[f"blk.{block}.attn_k.weight"][part(group)] * before
        if gemma:
            q, k = q * t[f"blk.{block}.attn_q_norm.weight"][:, None], k * t[f"blk.{block}.attn_k_norm.weight"][:, None]
        v = t[f"blk.{block}.attn_v.weight"][part(group)] * before
        o = t[f"blk.{block}.attn_output.weight"][:, part(index)].T
        if gemma:
            o = o * t[f"blk.{block}.post_attention_norm.weight"]
        return q, k, v, o

    def says(rows):
        return (rows * final) @ unembedding.T

    def jaccard(a, b, k):
        a, b = set(top(np.abs(a[:named]), k)), set(top(np.abs(b[:named]), k))
        return len(a & b) / len(a | b)

    def pairs(product, k):
        return [list(map(int, divmod(i, product.shape[1]))) for i in top(product.ravel(), k)]

    draw = np.random.default_rng(0)
    relations = []
    for k, copying in ((10, False), (1, True)):
        sources = draw.permutation(named)[:20]
        targets = sources if copying else draw.permutation(named)[:20]
        found = []
        for block in range(blocks):
            rows = inputs[sources] if block == 0 else first(inputs[sources])
            counts = []
            for index in range(heads):
                _, _, v, o = head(block, index)
                products = says(rows @ v.T @ o)
                counts.append(int(sum(target in top(row, k) for row, target in zip(products, targets))))
            found.append(counts)
        relations.append({"sources": sources.tolist(), "targets": targets.tolist(), "k": k, "found": found})
    block, index, neuron = 1, heads - 1, 7
    q, k, v, o = head(block, index)
    after = t[f"blk.{block}.ffn_norm.weight"]
    gate = t[f"blk.{block}.ffn_gate.weight"][neuron] * after
    value = t[f"blk.{block}.ffn_down.weight"][:, neuron] * (t[f"blk.{block}.post_ffw_norm.weight"] if gemma else 1)
    read, written = unembedding @ gate, says(value)
    return {
        "relations": relations, "block": block, "head": index, "neuron": neuron,
        "writes": pairs(inputs[:named] @ v.T @ says(o)[:, :named], 5),
        "attends": pairs(inputs[:named] @ q.T @ k @ inputs[:named].T, 5),
        "gate": top(read[:named], 5).tolist(), "value": top(written[:named], 5).tolist(),
        "gateSimilarity": jaccard(read, written, 10),
        "valueSimilarity": float(np.mean([jaccard(a, b, 10) for a, b in zip(v @ unembedding.T, says(o))])),
    }


with open(here / "parameters.json", "w") as file:
    json.dump({name: model(name) for name in ("llama", "qwen2", "gemma3")}, file)
    file.write("\n")
