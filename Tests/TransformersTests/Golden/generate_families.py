"""Writes families/ and families.json from Hugging Face transformers in f32: tiny random-weight models of every family
but those of generate.py, as Hugging Face folders and, where llama.cpp has the architecture, as GGUF.

    python generate_families.py

Needs torch, transformers (5.24), gguf (0.19), safetensors and numpy. GGUF files are written as llama.cpp's converter lays them out:
fused matrices one part after another, `Conv1D` turned, halves of rotated heads interleaved where the architecture has adjacent pairs.
"""

import base64
import json
import pathlib
import re
import shutil

import gguf
import numpy as np
import torch
import transformers as t

here = pathlib.Path(__file__).parent
vocabulary = 96
width = 16
tokens = ["<|end|>"] + [chr(33 + i) for i in range(93)] + ["Ġ", "th"]

common = dict(
    vocab_size=vocabulary, hidden_size=width, intermediate_size=24, num_attention_heads=4, num_key_value_heads=2,
    num_hidden_layers=4, max_position_embeddings=80, bos_token_id=None, eos_token_id=0, pad_token_id=None,
    attn_implementation="eager",
)  # fmt: skip
full = {key: value for key, value in common.items() if key != "num_key_value_heads"}


def rope(**options):
    return {"rope_theta": 10000.0, "rope_type": "default"} | options


yarn = rope(rope_type="yarn", factor=4.0, original_max_position_embeddings=16)
long = rope(rope_type="longrope", short_factor=[1.1, 1.3, 1.7], long_factor=[2.0, 3.0, 5.0],
            partial_rotary_factor=0.75)  # fmt: skip
llama3 = rope(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
              original_max_position_embeddings=16)  # fmt: skip


def models():
    """Name of the case, GGUF architecture (None: a folder only), and the model."""
    yield "mistral", None, t.MistralForCausalLM(t.MistralConfig(**common, sliding_window=5))
    yield "llama-linear", None, t.LlamaForCausalLM(
        t.LlamaConfig(**common, rope_parameters=rope(rope_type="linear", factor=3.0)))  # fmt: skip
    yield "llama-yarn", "llama", t.LlamaForCausalLM(
        t.LlamaConfig(**(common | dict(head_dim=8)), rope_parameters=yarn))  # fmt: skip
    yield "qwen2-window", None, t.Qwen2ForCausalLM(
        t.Qwen2Config(**common, use_sliding_window=True, sliding_window=5, max_window_layers=2, rope_parameters=yarn))
    yield "qwen3", "qwen3", t.Qwen3ForCausalLM(t.Qwen3Config(**common, head_dim=8, tie_word_embeddings=True))
    yield "gemma", "gemma", t.GemmaForCausalLM(
        t.GemmaConfig(**(common | dict(num_key_value_heads=1)), head_dim=8))  # fmt: skip
    yield "gemma2", "gemma2", t.Gemma2ForCausalLM(
        t.Gemma2Config(**common, head_dim=8, query_pre_attn_scalar=8, sliding_window=5, attn_logit_softcapping=2.0,
                       final_logit_softcapping=3.0))  # fmt: skip
    yield "phi3", "phi3", t.Phi3ForCausalLM(t.Phi3Config(**common, sliding_window=5, rope_parameters=rope()))
    yield "phi3-long", "phi3", t.Phi3ForCausalLM(
        t.Phi3Config(**(common | dict(num_attention_heads=2, num_key_value_heads=1)), rope_parameters=long,
                     original_max_position_embeddings=32))  # fmt: skip
    yield "olmo2", "olmo2", t.Olmo2ForCausalLM(t.Olmo2Config(**common))
    yield "olmo", "olmo", t.OlmoForCausalLM(t.OlmoConfig(**common))
    yield "granite", "granite", t.GraniteForCausalLM(
        t.GraniteConfig(**common, embedding_multiplier=3.0, attention_multiplier=0.4, residual_multiplier=0.7,
                        logits_scaling=2.5))  # fmt: skip
    yield "smollm3", "smollm3", t.SmolLM3ForCausalLM(
        t.SmolLM3Config(**(common | dict(num_hidden_layers=5)), tie_word_embeddings=True))  # fmt: skip
    yield "stablelm", "stablelm", t.StableLmForCausalLM(
        t.StableLmConfig(**(common | dict(num_attention_heads=2)), use_qkv_bias=True,
                         rope_parameters=rope(partial_rotary_factor=0.5)))  # fmt: skip
    yield "gpt2", "gpt2", t.GPT2LMHeadModel(
        t.GPT2Config(vocab_size=vocabulary, n_embd=width, n_layer=3, n_head=4, n_positions=80, bos_token_id=None,
                     eos_token_id=0, attn_implementation="eager"))  # fmt: skip
    yield "gpt-neo", None, t.GPTNeoForCausalLM(
        t.GPTNeoConfig(vocab_size=vocabulary, hidden_size=width, num_layers=3, num_heads=4, window_size=5,
                       attention_types=[[["global", "local"], 1], [["local"], 1]], max_position_embeddings=80,
                       bos_token_id=None, eos_token_id=0, attn_implementation="eager"))  # fmt: skip
    yield "gpt-j", None, t.GPTJForCausalLM(
        t.GPTJConfig(vocab_size=vocabulary, n_embd=width, n_layer=3, n_head=2, rotary_dim=4, n_positions=80,
                     bos_token_id=None, eos_token_id=0, attn_implementation="eager"))  # fmt: skip
    pythia = full | dict(num_attention_heads=2)
    yield "gptneox", "gptneox", t.GPTNeoXForCausalLM(
        t.GPTNeoXConfig(**pythia, rope_parameters=rope(partial_rotary_factor=0.25)))  # fmt: skip
    yield "gptneox-sequential", "gptneox", t.GPTNeoXForCausalLM(
        t.GPTNeoXConfig(**pythia, use_parallel_residual=False, rope_parameters=rope(partial_rotary_factor=0.5)))
    yield "opt", None, t.OPTForCausalLM(
        t.OPTConfig(vocab_size=vocabulary, hidden_size=width, ffn_dim=24, num_hidden_layers=3, num_attention_heads=4,
                    max_position_embeddings=80, word_embed_proj_dim=width, bos_token_id=None, eos_token_id=0,
                    pad_token_id=None, attn_implementation="eager"))  # fmt: skip
    # Six heads: no power of two.
    yield "bloom", "bloom", t.BloomForCausalLM(
        t.BloomConfig(vocab_size=vocabulary, hidden_size=24, n_layer=3, n_head=6, bos_token_id=None, eos_token_id=0,
                      pad_token_id=None, attn_implementation="eager"))  # fmt: skip
    yield "falcon", "falcon", t.FalconForCausalLM(
        t.FalconConfig(vocab_size=vocabulary, hidden_size=width, num_hidden_layers=3, num_attention_heads=2,
                       max_position_embeddings=80, bos_token_id=None, eos_token_id=0, attn_implementation="eager",
                       rope_parameters=rope()))  # fmt: skip
    yield "phi2", "phi2", t.PhiForCausalLM(
        t.PhiConfig(**(full | dict(num_attention_heads=2)), rope_parameters=rope(partial_rotary_factor=0.5)))
    three = common | dict(num_hidden_layers=3)
    small = dict(vocab_size=vocabulary, bos_token_id=None, eos_token_id=0, attn_implementation="eager")
    yield "mixtral", "llama", t.MixtralForCausalLM(
        t.MixtralConfig(**(three | dict(intermediate_size=8)), num_local_experts=4, num_experts_per_tok=2))
    # A dense block between the others; GGUF has no key for it.
    yield "qwen2-moe-dense", None, t.Qwen2MoeForCausalLM(
        t.Qwen2MoeConfig(**three, moe_intermediate_size=8, shared_expert_intermediate_size=12, num_experts=3,
                         num_experts_per_tok=2, norm_topk_prob=True, mlp_only_layers=[1]))  # fmt: skip
    yield "qwen2-moe", "qwen2moe", t.Qwen2MoeForCausalLM(
        t.Qwen2MoeConfig(**three, moe_intermediate_size=8, shared_expert_intermediate_size=12, num_experts=3,
                         num_experts_per_tok=2))  # fmt: skip
    yield "qwen3-moe", "qwen3moe", t.Qwen3MoeForCausalLM(
        t.Qwen3MoeConfig(**three, head_dim=4, moe_intermediate_size=8, num_experts=4, num_experts_per_tok=2,
                         norm_topk_prob=True, tie_word_embeddings=True))  # fmt: skip
    # Three heads: no power of two; a clip that many numbers reach.
    yield "mpt", "mpt", t.MptForCausalLM(
        t.MptConfig(**small, d_model=12, n_heads=3, n_layers=3, max_seq_len=80,
                    attn_config=dict(clip_qkv=0.7)))  # fmt: skip
    yield "falcon-40b", "falcon", t.FalconForCausalLM(
        t.FalconConfig(**small, hidden_size=width, ffn_hidden_size=24, num_hidden_layers=3, num_attention_heads=4,
                       num_kv_heads=2, new_decoder_architecture=True, max_position_embeddings=80,
                       rope_parameters=rope()))  # fmt: skip
    yield "stablelm-12b", "stablelm", t.StableLmForCausalLM(
        t.StableLmConfig(**(three | dict(intermediate_size=8)), qk_layernorm=True, use_parallel_residual=True,
                         tie_word_embeddings=True, rope_parameters=rope(partial_rotary_factor=0.5)))  # fmt: skip
    yield "olmo-clip", "olmo", t.OlmoForCausalLM(
        t.OlmoConfig(**(three | dict(intermediate_size=8)), clip_qkv=0.7, tie_word_embeddings=True))  # fmt: skip


def randomise(model, generator):
    """Norms around what stands for 1, everything else small; biases, too, which transformers begins with 0."""
    model.eval()
    gemma = model.config.model_type.startswith("gemma")
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            noise = torch.randn(parameter.shape, generator=generator)
            norm = "norm" in key or "ln_" in key
            if norm and key.endswith("weight"):
                parameter.copy_((0 if gemma else 1) + 0.2 * noise)
            else:
                parameter.copy_(0.3 * noise)


outer = {
    "model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output",
    "transformer.wte": "token_embd", "transformer.wpe": "position_embd", "transformer.ln_f": "output_norm",
    "transformer.word_embeddings": "token_embd", "transformer.word_embeddings_layernorm": "token_embd_norm",
    "gpt_neox.embed_in": "token_embd", "gpt_neox.final_layer_norm": "output_norm", "embed_out": "output",
    "model.final_layernorm": "output_norm", "transformer.norm_f": "output_norm",
}  # fmt: skip
inner = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "self_attn.dense": "attn_output", "self_attn.qkv_proj": "attn_qkv",
    "self_attn.q_norm": "attn_q_norm", "self_attn.k_norm": "attn_k_norm",
    "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "attention.query_key_value": "attn_qkv",
    "attention.dense": "attn_output", "self_attention.query_key_value": "attn_qkv",
    "self_attention.dense": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down", "mlp.gate_up_proj": "ffn_up",
    "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down", "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
    "mlp.fc1": "ffn_up", "mlp.fc2": "ffn_down",
    "input_layernorm": "attn_norm", "ln_1": "attn_norm", "ln_2": "ffn_norm", "post_attention_layernorm": "ffn_norm",
    "mlp.gate": "ffn_gate_inp", "mlp.shared_expert.gate_proj": "ffn_gate_shexp",
    "mlp.shared_expert.up_proj": "ffn_up_shexp", "mlp.shared_expert.down_proj": "ffn_down_shexp",
    "mlp.shared_expert_gate": "ffn_gate_inp_shexp",
    "norm_1": "attn_norm", "norm_2": "ffn_norm", "attn.Wqkv": "attn_qkv", "attn.out_proj": "attn_output",
    "ffn.up_proj": "ffn_up", "ffn.down_proj": "ffn_down", "ln_attn": "attn_norm_2", "ln_mlp": "attn_norm",
    "pre_feedforward_layernorm": "ffn_norm", "post_feedforward_layernorm": "post_ffw_norm",
}  # fmt: skip


def gguf_name(name, architecture):
    stem, kind = name.rsplit(".", 1)
    if stem in outer:
        return f"{outer[stem]}.{kind}"
    block, part = re.split(r"\.(?:layers|h|blocks)\.", stem)[1].split(".", 1)
    own = {"post_attention_layernorm": "post_attention_norm"} if architecture in ("gemma2", "olmo2") else {}
    return f"blk.{block}.{(inner | own)[part]}.{kind}"


def laid_out(name, data, architecture, c):
    """A tensor as llama.cpp's converter writes it."""
    heads = c.num_attention_heads
    if architecture.startswith("gemma") and "norm" in name:
        return data + 1
    if architecture == "gpt2" and ("attn.c_" in name or "mlp.c_" in name) and data.ndim == 2:
        return data.T
    if "query_key_value" in name and architecture == "falcon":
        if not c.new_decoder_architecture:
            return data
        groups = data.reshape(c.num_kv_heads, heads // c.num_kv_heads + 2, -1, data.shape[-1])
        parts = groups[:, :-2], groups[:, -2], groups[:, -1]
        return np.concatenate([part.reshape(-1, data.shape[-1]) for part in parts])
    if "query_key_value" in name:
        return data.reshape(heads, 3, -1, *data.shape[1:]).swapaxes(0, 1).reshape(data.shape)
    if architecture in ("llama", "olmo", "granite", "smollm3") and ("q_proj" in name or "k_proj" in name):
        count = heads if "q_proj" in name else c.num_key_value_heads
        return data.reshape(count, 2, -1, data.shape[-1]).swapaxes(1, 2).reshape(data.shape)
    return data


def stacked(name, data, state):
    """All experts of a block, which transformers has as two tensors, the first of them gate and up; norms of all heads."""
    if "_layernorm.norms." in name:
        stem, number = name.split(".norms.")
        count = sum(key.startswith(stem) for key in state)
        norms = np.stack([state[f"{stem}.norms.{head}.weight"].numpy() for head in range(count)])
        block, kind = stem.split(".layers.")[1].split(".")[0], stem[-len("q_layernorm")]
        return [(f"blk.{block}.attn_{kind}_norm.weight", norms)] if number.startswith("0.") else []
    if ".experts." not in name:
        return []
    block = name.split(".layers.")[1].split(".")[0]
    if name.endswith("down_proj"):
        return [(f"blk.{block}.ffn_down_exps.weight", data)]
    gate, up = np.split(data, 2, axis=1)
    return [(f"blk.{block}.ffn_gate_exps.weight", gate), (f"blk.{block}.ffn_up_exps.weight", up)]


def write_gguf(path, architecture, model):
    c = model.config
    w = gguf.GGUFWriter(path, architecture)
    w.add_name(f"random {architecture}")
    w.add_block_count(c.num_hidden_layers)
    w.add_context_length(getattr(c, "max_position_embeddings", 80))
    w.add_embedding_length(c.hidden_size)
    w.add_feed_forward_length(getattr(c, "intermediate_size", None) or getattr(c, "n_inner", None) or getattr(c, "ffn_hidden_size", None) or getattr(c, "expansion_ratio", 4) * c.hidden_size)
    w.add_head_count(c.num_attention_heads)
    shared = c.num_kv_heads if getattr(c, "new_decoder_architecture", False) else 1
    w.add_head_count_kv(shared if architecture == "falcon" else getattr(c, "num_key_value_heads", c.num_attention_heads))
    epsilon = getattr(c, "layer_norm_eps", getattr(c, "layer_norm_epsilon", None))
    epsilon = 1e-5 if architecture == "olmo" else epsilon
    w.add_layer_norm_rms_eps(c.rms_norm_eps) if epsilon is None else w.add_layer_norm_eps(epsilon)
    head = getattr(c, "head_dim", None) or c.hidden_size // c.num_attention_heads
    if head * c.num_attention_heads != c.hidden_size:
        w.add_key_length(head)
        w.add_value_length(head)
    parameters = getattr(c, "rope_parameters", None) or {}
    if parameters:
        w.add_rope_freq_base(parameters["rope_theta"])
        w.add_rope_dimension_count(int(head * parameters.get("partial_rotary_factor", 1)))
    if parameters.get("rope_type") == "yarn":
        w.add_rope_scaling_type(gguf.RopeScalingType.YARN)
        w.add_rope_scaling_factor(parameters["factor"])
        w.add_rope_scaling_orig_ctx_len(parameters["original_max_position_embeddings"])
    if parameters.get("rope_type") == "longrope":
        original = c.original_max_position_embeddings
        scale = c.max_position_embeddings / original
        w.add_rope_scaling_orig_ctx_len(original)
        w.add_rope_scaling_attn_factors(float(np.sqrt(1 + np.log(scale) / np.log(original))))
        for kind in ("short", "long"):
            w.add_tensor(f"rope_factors_{kind}.weight", np.array(parameters[f"{kind}_factor"], dtype=np.float32))
    if architecture in ("gemma2", "phi3") and c.sliding_window:
        w.add_sliding_window(c.sliding_window)
    if architecture == "gemma2":
        w.add_attn_logit_softcapping(c.attn_logit_softcapping)
        w.add_final_logit_softcapping(c.final_logit_softcapping)
    if architecture == "granite":
        w.add_embedding_scale(c.embedding_multiplier)
        w.add_attention_scale(c.attention_multiplier)
        w.add_residual_scale(c.residual_multiplier)
        w.add_logit_scale(c.logits_scaling)
    experts = getattr(c, "num_local_experts", getattr(c, "num_experts", None))
    if experts:
        w.add_expert_count(experts)
        w.add_expert_used_count(c.num_experts_per_tok)
    if "moe" in architecture:
        w.add_expert_feed_forward_length(c.moe_intermediate_size)
    if architecture == "qwen2moe":
        w.add_expert_shared_feed_forward_length(c.shared_expert_intermediate_size)
    if architecture == "mpt":
        w.add_clamp_kqv(c.attn_config.clip_qkv)
        w.add_max_alibi_bias(c.attn_config.alibi_bias_max)
    if architecture == "olmo" and c.clip_qkv:
        w.add_clamp_kqv(c.clip_qkv)
    if architecture in ("gptneox", "stablelm"):
        w.add_parallel_residual(c.use_parallel_residual)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("default")
    w.add_token_list(tokens)
    w.add_token_types([3] + [1] * (vocabulary - 1))
    w.add_token_merges(["t h"])
    w.add_eos_token_id(0)
    for name, tensor in model.state_dict().items():
        if name == "lm_head.weight" and c.tie_word_embeddings:
            continue
        data = laid_out(name, tensor.numpy().astype(np.float32), architecture, c)
        for part, numbers in stacked(name, data, model.state_dict()):
            w.add_tensor(part, np.ascontiguousarray(numbers))
        if ".experts." not in name and ".norms." not in name:
            w.add_tensor(gguf_name(name, architecture), np.ascontiguousarray(data))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def write_folder(path, model):
    shutil.rmtree(path, ignore_errors=True)
    model.save_pretrained(path)
    (path / "generation_config.json").unlink(missing_ok=True)
    (path / "tokenizer.json").write_text(json.dumps({
        "added_tokens": [{"id": 0, "content": "<|end|>", "special": True}],
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True},
        "model": {"type": "BPE", "vocab": {t: i for i, t in enumerate(tokens)}, "merges": ["t h"]},
    }))  # fmt: skip


def final_norm(model):
    base = model.base_model
    base = getattr(base, "decoder", base)
    for name in ("norm", "ln_f", "final_layer_norm", "final_layernorm", "norm_f"):
        if hasattr(base, name):
            return getattr(base, name)
    raise ValueError(type(model))


def numbers(tensor):
    return [round(x, 5) for x in tensor.flatten().tolist()]


def main():
    folder = here / "families"
    folder.mkdir(exist_ok=True)
    generator = torch.Generator().manual_seed(14)
    golden = {}
    for name, architecture, model in models():
        randomise(model, generator)
        ids = torch.randint(0, vocabulary, (1, 16), generator=generator)
        write_folder(folder / name, model)
        if architecture:
            write_gguf(folder / f"{name}.gguf", architecture, model)
        final = []
        hook = final_norm(model).register_forward_pre_hook(lambda _, inputs: final.append(inputs[0]))
        with torch.no_grad():
            out = model(ids, output_hidden_states=True)
        hook.remove()
        golden[name] = {
            "gguf": architecture is not None,
            "tokens": ids[0].tolist(),
            # The residual stream of the last position: entering block 0, entering block 2, before the final norm.
            "states": [numbers(x[0, -1]) for x in (out.hidden_states[0], out.hidden_states[2], final[0])],
            # [positions x vocabulary] as f32: half the size of digits.
            "logits": base64.b64encode(out.logits[0].numpy().astype("<f4").tobytes()).decode(),
        }
        print(name, float(out.logits.abs().mean()), flush=True)
    (here / "families.json").write_text(json.dumps(golden, separators=(",", ":")))


if __name__ == "__main__":
    main()
