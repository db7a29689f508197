"""Writes adapter.json: losses and gradients of adapters and low-rank updates by torch's autograd in f32, through the tiny
models that Tests/TransformersTests/Golden/generate.py writes, built anew and held against its tiny.json.

    python generate_adapter.py

Needs what that script needs; made with torch 2.15. Parameters, vectors and the norm are formulas of their places (`wave`),
which the test repeats. Of each model and adapter, with K = 1 or 3 pseudo-tokens: the sum of -ln p over the targets of
three prompts with none, one and two vectors, and its gradients; of LoRA on queries, keys and values (rank 2, alpha 3) in
GGUF's names and order of rows, of the first block.
"""

import importlib.util
import json
import math
import pathlib

import torch

here = pathlib.Path(__file__).parent
path = here.parent.parent / "TransformersTests" / "Golden" / "generate.py"
spec = importlib.util.spec_from_file_location("models", path)
models = importlib.util.module_from_spec(spec)
spec.loader.exec_module(models)

width, rank, alpha, norm, hidden = 5, 2, 3.0, 2.5, 6
layers = {"attn_q": "q_proj", "attn_k": "k_proj", "attn_v": "v_proj"}
# Tokens, or the number of a vector in a tuple; then what follows.
prompts = [
    ([[5, 9], (2,), [7, 11], (0,), [3]], [3, 8, 0]),
    ([[4, 6, 20]], [2, 2]),
    ([[13], (1,)], [1, 40, 41, 0]),
]


def wave(rows, columns, phase, scale):
    """scale · sin(0.37 i + phase) at place i, row by row."""
    numbers = [scale * math.sin(0.37 * i + phase) for i in range(rows * columns)]
    return torch.tensor(numbers, dtype=torch.float32).reshape(rows, columns)


def adapter_parameters(count, d_model, two):
    outputs = count * d_model
    if not two:
        return {"weight": wave(outputs, width, 0.1, 0.6), "bias": wave(1, outputs, 0.2, 0.3)}
    return {
        "weight.1": wave(hidden, width, 0.1, 0.6),
        "bias.1": wave(1, hidden, 0.2, 0.3),
        "weight.2": wave(outputs, hidden, 0.3, 0.5),
        "bias.2": wave(1, outputs, 0.4, 0.2),
    }


def pseudo_tokens(x, p, count, d_model):
    if "weight" in p:
        u = x @ p["weight"].T + p["bias"]
    else:
        u = torch.nn.functional.silu(x @ p["weight.1"].T + p["bias.1"]) @ p["weight.2"].T + p["bias.2"]
    u = u.reshape(len(x), count, d_model)
    return norm * u / u.norm(dim=-1, keepdim=True)


def factors(model):
    """A and B of every block and layer, in GGUF's names and order."""
    found = {}
    for name, module in layers.items():
        for block in range(model.config.num_hidden_layers):
            outputs, inputs = getattr(model.model.layers[block].self_attn, module).weight.shape
            found[f"blk.{block}.{name}.weight.lora_a"] = wave(rank, inputs, 0.5 + block, 0.2)
            found[f"blk.{block}.{name}.weight.lora_b"] = wave(outputs, rank, 0.7 + block, 0.2)
    return found


def adapted(family, model, lora):
    """The weights of queries, keys and values with their updates, by transformers' names."""
    weights = {}
    heads = {"attn_q": model.config.num_attention_heads, "attn_k": model.config.num_key_value_heads}
    for name, module in layers.items():
        for block in range(model.config.num_hidden_layers):
            key = f"model.layers.{block}.self_attn.{module}.weight"
            weight = model.get_parameter(key).detach()
            a, b = (lora[f"blk.{block}.{name}.weight.lora_{part}"] for part in "ab")
            update = alpha / rank * b @ a
            if family == "llama" and name in heads:
                rows = models.interleaved(torch.arange(len(weight)).reshape(-1, 1), heads[name]).flatten()
                update = torch.zeros_like(update).index_copy(0, rows, update)
            weights[key] = weight + update
    return weights


def loss(model, weights, tokens):
    total = 0
    for prompt, target in prompts:
        embed = model.get_input_embeddings()
        pieces = [tokens[p[0]] if isinstance(p, tuple) else embed(torch.tensor(p)) for p in prompt]
        pieces.append(embed(torch.tensor(target[:-1], dtype=torch.long)))
        rows = torch.cat(pieces)
        out = torch.func.functional_call(
            model, weights, args=(), kwargs={"inputs_embeds": rows[None], "use_cache": False})
        total = total + torch.nn.functional.cross_entropy(
            out.logits[0, -len(target):], torch.tensor(target), reduction="sum")
    return total


def main():
    torch.set_num_threads(1)
    tiny = json.loads((path.parent / "tiny.json").read_text())
    cases = []
    for family, model, ids in models.tiny_models():
        model.requires_grad_(False)
        with torch.no_grad():
            found = model(ids).logits[0]
        assert (found - torch.tensor(tiny[family]["logits"])).abs().max() < 1e-4, "other models than tiny.json's"
        d_model = model.config.hidden_size
        for count, two in [(1, True), (3, False), (3, True)]:
            parameters = adapter_parameters(count, d_model, two)
            lora = factors(model)
            for tensor in [*parameters.values(), *lora.values()]:
                tensor.requires_grad_()
            x = wave(3, width, 0.9, 1.3)
            total = loss(model, adapted(family, model, lora), pseudo_tokens(x, parameters, count, d_model))
            total.backward()
            kept = parameters | {name: tensor for name, tensor in lora.items() if name.startswith("blk.0.")}
            cases.append({
                "model": family,
                "tokens": count,
                "hidden": hidden if two else 0,
                "loss": total.item(),
                "gradients": {
                    name: [float(f"{x:.6g}") for x in tensor.grad.flatten().tolist()] for name, tensor in kept.items()
                },
            })
    (here / "adapter.json").write_text(json.dumps(cases))


if __name__ == "__main__":
    main()
