"""Writes this folder's golden files from Hugging Face transformers in f32.

    python generate.py tiny             llama.gguf, qwen2.gguf, gemma3.gguf (random weights) and tiny.json
    python generate.py features         features/*.gguf, features/folder and features.json: what a file may ask for
                                        beyond the plain decoder of its family
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


def write_gguf(path, architecture, model, extend=None):
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
    if extend:
        extend(w)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and c.tie_word_embeddings:
            continue
        data = tensor.numpy().astype(np.float32)
        if architecture == "gemma3" and "norm" in name:
            data = data + 1
        if architecture == "llama" and "q_proj" in name:
            data = interleaved(data.reshape(data.shape[0], -1), c.num_attention_heads).reshape(data.shape)
        if architecture == "llama" and "k_proj" in name:
            data = interleaved(data.reshape(data.shape[0], -1), c.num_key_value_heads).reshape(data.shape)
        w.add_tensor(gguf_name(name, architecture), np.ascontiguousarray(data))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def tiny_models():
    """Name, model and token ids of each family; weights and ids come from one generator, so the order counts."""
    common = dict(
        vocab_size=vocabulary, hidden_size=32, intermediate_size=48, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=512, bos_token_id=None, eos_token_id=0,
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
        yield name, model, torch.randint(0, vocabulary, (1, 24), generator=generator)


def tiny():
    golden = {}
    for name, model, ids in tiny_models():
        write_gguf(here / f"{name}.gguf", name, model)
        with torch.no_grad():
            out = model(ids, output_hidden_states=True)
        golden[name] = {
            "tokens": ids[0].tolist(),
            "logits": [[round(x, 6) for x in row] for row in out.logits[0].tolist()],
            "middle": [round(x, 6) for x in out.hidden_states[2][0, -1].tolist()],
        }
    (here / "tiny.json").write_text(json.dumps(golden))


def randomise(model, generator, around=1):
    model.eval()
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.copy_(around + 0.2 * noise if "norm" in key else 0.3 * noise)


def logits(model, generator):
    ids = torch.randint(0, vocabulary, (1, 16), generator=generator)
    with torch.no_grad():
        out = model(ids).logits[0]
    return {"tokens": ids[0].tolist(), "logits": [[round(x, 6) for x in row] for row in out.tolist()]}


def features():
    folder = here / "features"
    folder.mkdir(exist_ok=True)
    golden = {}
    generator = torch.Generator().manual_seed(11)
    common = dict(
        vocab_size=vocabulary, hidden_size=16, intermediate_size=24, num_attention_heads=4,
        num_key_value_heads=2, num_hidden_layers=2, max_position_embeddings=64, bos_token_id=None, eos_token_id=0,
        attn_implementation="eager",
    )  # fmt: skip

    def llama(**options):
        model = LlamaForCausalLM(LlamaConfig(**(common | options), tie_word_embeddings=False))
        randomise(model, generator)
        return model

    def qwen2():
        model = Qwen2ForCausalLM(Qwen2Config(**common, tie_word_embeddings=False))
        randomise(model, generator)
        return model

    def gemma3(**options):
        model = Gemma3ForCausalLM(Gemma3TextConfig(**(common | options), sliding_window=5, tie_word_embeddings=True))
        randomise(model, generator, around=0)
        return model

    def keep(name, architecture, model, extend=None):
        write_gguf(folder / f"{name}.gguf", architecture, model, extend)
        golden[name] = logits(model, generator)

    keep("llama-biases", "llama", llama(attention_bias=True, mlp_bias=True))

    linear = {"rope_theta": 10000.0, "rope_type": "linear", "factor": 4.0}
    keep("llama-factor-without-type", "llama", llama(rope_parameters=linear),
         lambda w: w.add_float32("llama.rope.scaling.factor", 4.0))  # fmt: skip
    keep("llama-factor-of-old", "llama", llama(rope_parameters=linear),
         lambda w: w.add_float32("llama.rope.scale_linear", 4.0))  # fmt: skip

    # llama.cpp divides the frequencies by the tensor and by the factor.
    model = llama()
    factors = np.array([1.5, 3.0], dtype=np.float32)
    rotary = model.model.rotary_emb
    rotary.inv_freq = rotary.inv_freq / torch.tensor(factors) / 2

    def frequencies(w):
        w.add_float32("llama.rope.scaling.factor", 2.0)
        w.add_tensor("rope_freqs.weight", factors)

    keep("llama-frequencies-and-factor", "llama", model, frequencies)

    model = qwen2()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.zero_()
    for block in model.model.layers:
        for part in [block.self_attn.q_proj, block.self_attn.k_proj, block.self_attn.v_proj]:
            part.bias = None
    keep("qwen2-without-biases", "qwen2", model)

    model = qwen2()
    with torch.no_grad():
        model.lm_head.bias = torch.nn.Parameter(torch.randn(vocabulary, generator=generator))
        for block in model.model.layers:
            block.self_attn.o_proj.bias = torch.nn.Parameter(torch.randn(16, generator=generator))
    keep("qwen2-output-biases", "qwen2", model)

    keep("gemma3-soft-cap", "gemma3",
         gemma3(head_dim=4, query_pre_attn_scalar=4, final_logit_softcapping=1.5),
         lambda w: w.add_float32("gemma3.final_logit_softcapping", 1.5))  # fmt: skip

    # The 27B model: 62 blocks, attention scaled by the width over the heads. Half of the sizes, to keep the file small.
    keep("gemma3-of-62-blocks", "gemma3",
         gemma3(hidden_size=8, intermediate_size=8, num_attention_heads=2, num_key_value_heads=1,
                num_hidden_layers=62, head_dim=8, query_pre_attn_scalar=4))  # fmt: skip

    # A Hugging Face folder with Llama 3.1's frequencies.
    llama3 = {
        "rope_theta": 10000.0, "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
        "high_freq_factor": 4.0, "original_max_position_embeddings": 16,
    }  # fmt: skip
    model = llama(rope_parameters=llama3, attention_bias=True, head_dim=8)
    model.save_pretrained(folder / "folder")
    (folder / "folder" / "generation_config.json").unlink(missing_ok=True)
    tokens = ["<|end|>"] + [chr(33 + i) for i in range(93)] + ["Ġ", "th"]
    (folder / "folder" / "tokenizer.json").write_text(json.dumps({
        "added_tokens": [{"id": 0, "content": "<|end|>", "special": True}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        "model": {"type": "BPE", "vocab": {t: i for i, t in enumerate(tokens)}, "merges": ["t h"]},
    }))  # fmt: skip
    golden["folder"] = logits(model, generator)

    (here / "features.json").write_text(json.dumps(golden))


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
    match sys.argv[1]:
        case "tiny":
            tiny()
        case "features":
            features()
        case "real":
            real(sys.argv[2])
