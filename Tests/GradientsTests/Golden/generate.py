"""Writes llama.json, qwen2.json and gemma3.json: gradients by torch's autograd in f32 of the tiny models that
Tests/TransformersTests/Golden/generate.py writes, built anew and held against its tiny.json.

    python generate.py

Needs what that script needs. `pulled` are cotangents of the stream entering some blocks, for the cotangent
w[t, i] = sin(0.7 t + 1.3 i) of the stream before the final norm; `loss` is the mean cross-entropy of the next tokens, `gradients` its
gradients in GGUF's names and layout.
"""

import importlib.util
import json
import pathlib

import torch

here = pathlib.Path(__file__).parent
path = here.parent.parent / "TransformersTests" / "Golden" / "generate.py"
spec = importlib.util.spec_from_file_location("models", path)
models = importlib.util.module_from_spec(spec)
spec.loader.exec_module(models)


def numbers(tensor):
    return [float(f"{x:.7g}") for x in tensor.detach().flatten().tolist()]


def gradients(name, model, loss):
    found = {}
    kept = ["token_embd", "output", "output_norm"] + [
        f"blk.1.{part}" for part in ("attn_q", "attn_k", "attn_output", "ffn_down", "attn_norm", "attn_q_norm",
                                     "attn_k_norm", "ffn_norm", "post_attention_norm", "post_ffw_norm")
    ]  # fmt: skip
    parameters = {models.gguf_name(key, name): p for key, p in model.named_parameters()}
    for key, gradient in zip(parameters, torch.autograd.grad(loss, list(parameters.values()))):
        if key.rsplit(".", 1)[0] not in kept or (key == "output.weight" and model.config.tie_word_embeddings):
            continue
        for part, heads in (("attn_q.", model.config.num_attention_heads), ("attn_k.", model.config.num_key_value_heads)):
            if name == "llama" and part in key:
                gradient = models.interleaved(gradient.reshape(gradient.shape[0], -1), heads)
        found[key] = numbers(gradient)
    return found


def main():
    tiny = json.loads((path.parent / "tiny.json").read_text())
    for name, model, ids in models.tiny_models():
        final = []
        hook = model.model.norm.register_forward_pre_hook(lambda _, inputs: final.append(inputs[0]))
        out = model(ids, output_hidden_states=True)
        hook.remove()
        assert ids[0].tolist() == tiny[name]["tokens"]
        assert (out.logits[0] - torch.tensor(tiny[name]["logits"])).abs().max() < 1e-4, "other models than tiny.json's"
        t, i = torch.meshgrid(torch.arange(24.0), torch.arange(32.0), indexing="ij")
        w = torch.sin(0.7 * t + 1.3 * i)
        blocks = [0, model.config.num_hidden_layers - 1]
        streams = [out.hidden_states[block] for block in blocks]
        pulled = torch.autograd.grad((final[0][0] * w).sum(), streams, retain_graph=True)
        loss = torch.nn.functional.cross_entropy(out.logits[0, :-1], ids[0, 1:])
        golden = {
            "tokens": ids[0].tolist(),
            "pulled": {str(block): numbers(x) for block, x in zip(blocks, pulled)},
            "loss": loss.item(),
            "gradients": gradients(name, model, loss),
        }
        (here / f"{name}.json").write_text(json.dumps(golden))


if __name__ == "__main__":
    main()
