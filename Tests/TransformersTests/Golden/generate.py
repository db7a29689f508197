"""Writes this folder's golden files from Hugging Face transformers in f32.

    python generate.py tiny             llama.gguf, qwen2.gguf, gemma3.gguf (random weights) and tiny.json
    python generate.py real FOLDER      real.json from the GGUF files in FOLDER

Needs torch, transformers, accelerate, gguf and numpy. `tiny` also sets transformers' own query and key layout
against GGUF's: the `llama` architecture interleaves the two halves of each head.
"""

import json
import pathlib
import sys

import gguf
import numpy as np
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    LlamaConfig,
    LlamaForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

here = pathlib.Path(__file__).parent
vocabulary = 96
real_files = [
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "gemma-3-270m-q4_k_m.gguf",
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
]
prompts = [
    "The capital of France is",
    "Once upon a time, there was a little",
    "def fibonacci(n):\n    ",
    "The film was boring and far too long, but the music",
    "2, 4, 8, 16,",
    "Die Hauptstadt von Deutschland heißt",
]


def interleaved(weight, heads):
    """Rows of a query or key matrix from halves (transformers) to adjacent pairs (GGUF's llama)."""
    return weight.reshape(heads, 2, -1, weight.shape[-1]).swapaxes(1, 2).reshape(weight.shape)


names = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm",
}


def gguf_name(name, architecture):
    fixed = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
    stem, kind = name.rsplit(".", 1)
    if stem in fixed:
        return f"{fixed[stem]}.{kind}"
    block, inner = stem.removeprefix("model.layers.").split(".", 1)
    norms = {
        "post_attention_layernorm": "post_attention_norm" if architecture == "gemma3" else "ffn_norm",
        "pre_feedforward_layernorm": "ffn_norm",
        "post_feedforward_layernorm": "post_ffw_norm",
    }
    return f"blk.{block}.{(names | norms)[inner]}.{kind}"


def write_gguf(path, architecture, model):
    c = model.config
    w = gguf.GGUFWriter(path, architecture)
    w.add_name(f"random {architecture}")
    w.add_block_count(c.num_hidden_layers)
    w.add_context_length(c.max_position_embeddings)
    w.add_embedding_length(c.hidden_size)
    w.add_feed_forward_length(c.intermediate_size)
    w.add_head_count(c.num_attention_heads)
    w.add_head_count_kv(c.num_key_value_heads)
    w.add_layer_norm_rms_eps(c.rms_norm_eps)
    head = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    w.add_key_length(head)
    w.add_value_length(head)
    rope = c.rope_parameters
    w.add_rope_freq_base(rope["full_attention"]["rope_theta"] if architecture == "gemma3" else rope["rope_theta"])
    if architecture == "gemma3":
        w.add_sliding_window(c.sliding_window)
    # A byte-level vocabulary: printable ASCII, the space, one merged pair, and an end token.
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("default")
    tokens = ["<|end|>"] + [chr(33 + i) for i in range(93)] + ["Ġ", "th"]
    assert len(tokens) == vocabulary
    w.add_token_list(tokens)
    w.add_token_types([3] + [1] * (vocabulary - 1))
    w.add_token_merges(["t h"])
    w.add_eos_token_id(0)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and c.tie_word_embeddings:
            continue
        data = tensor.numpy().astype(np.float32)
        if architecture == "gemma3" and "norm" in name:
            data = data + 1
        if architecture == "llama" and "q_proj" in name:
            data = interleaved(data, c.num_attention_heads)
        if architecture == "llama" and "k_proj" in name:
            data = interleaved(data, c.num_key_value_heads)
        w.add_tensor(gguf_name(name, architecture), np.ascontiguousarray(data))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def tiny():
    common = dict(
        vocab_size=vocabulary, hidden_size=32, intermediate_size=48, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, bos_token_id=None, eos_token_id=0,
        attn_implementation="eager",
    )  # fmt: skip
    layers = [["sliding_attention", "full_attention"][(i + 1) % 6 == 0] for i in range(7)]
    models = {
        "llama": LlamaForCausalLM(LlamaConfig(**common, num_hidden_layers=3, tie_word_embeddings=False)),
        "qwen2": Qwen2ForCausalLM(Qwen2Config(**common, num_hidden_layers=3, tie_word_embeddings=True)),
        "gemma3": Gemma3ForCausalLM(
            Gemma3TextConfig(
                **common, num_hidden_layers=7, head_dim=12, query_pre_attn_scalar=12, sliding_window=5,
                layer_types=layers, tie_word_embeddings=True,
            )
        ),
    }  # fmt: skip
    golden = {}
    generator = torch.Generator().manual_seed(7)
    for name, model in models.items():
        model.eval()
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                noise = torch.randn(parameter.shape, generator=generator)
                if "norm" in key:
                    parameter.copy_((0 if name == "gemma3" else 1) + 0.2 * noise)
                else:
                    parameter.copy_(0.25 * noise)
        write_gguf(here / f"{name}.gguf", name, model)
        ids = torch.randint(0, vocabulary, (1, 24), generator=generator)
        with torch.no_grad():
            out = model(ids, output_hidden_states=True)
        golden[name] = {
            "tokens": ids[0].tolist(),
            "logits": [[round(x, 6) for x in row] for row in out.logits[0].tolist()],
            "middle": [round(x, 6) for x in out.hidden_states[2][0, -1].tolist()],
        }
    (here / "tiny.json").write_text(json.dumps(golden))


def real(folder):
    golden = {}
    for file in real_files:
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
        model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
        golden[file] = []
        for prompt in prompts:
            ids = tokenizer(prompt)["input_ids"]
            if "gemma" in file and ids[0] != 2:
                ids = [2] + ids
            greedy, cache, step = [], None, torch.tensor([ids])
            with torch.no_grad():
                for index in range(48):
                    out = model(step, past_key_values=cache, use_cache=True)
                    cache = out.past_key_values
                    if index == 0:
                        best = out.logits[0, -1].double().log_softmax(-1).topk(50)
                    step = out.logits[:, -1].argmax(-1, keepdim=True)
                    greedy.append(int(step))
            golden[file].append({
                "text": prompt, "tokens": ids, "top": best.indices.tolist(),
                "logProbabilities": [round(x, 5) for x in best.values.tolist()], "greedy": greedy,
            })  # fmt: skip
            print(file, prompt, "->", tokenizer.decode(greedy[:12]), flush=True)
    (here / "real.json").write_text(json.dumps(golden))


if __name__ == "__main__":
    tiny() if sys.argv[1] == "tiny" else real(sys.argv[2])
