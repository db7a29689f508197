import Tensors

/// GPT-2 (Radford et al. 2019): a table of positions, LayerNorm, biases, a feed-forward layer without gates.
extension ModelFamily {
  static let gpt2 = ModelFamily(
    name: "gpt2", huggingFaceTypes: ["gpt2"], norm: .layer, positions: .learned, isGated: false,
    gate: .geluTanh,
    blockTensors: [
      "ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output", "ln_2": "ffn_norm",
      "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
    ],
    outerTensors: [
      "wpe.weight": "position_embd.weight", "ln_f.weight": "output_norm.weight",
      "ln_f.bias": "output_norm.bias",
    ],
    ignoredTensors: [".attn.bias", ".attn.masked_bias"],
    configKeys: ["n_ctx"],
    configNames: [
      "hidden_size": ["n_embd"], "num_hidden_layers": ["n_layer"], "num_attention_heads": ["n_head"],
      "max_position_embeddings": ["n_positions"], "intermediate_size": ["n_inner"],
      "rms_norm_eps": ["layer_norm_epsilon"],
    ],
    configValues: [
      "scale_attn_weights": [1], "scale_attn_by_inverse_layer_idx": [0], "add_cross_attention": [0],
      "reorder_and_upcast_attn": [0, 1], "summary_use_proj": [0, 1], "summary_proj_to_labels": [0, 1],
    ],
    normEpsilon: 1e-5, feedForwardFactor: 4,
    activations: ["activation_function": geluTanhNames],
    biases: [BiasRule(nil, "attn_qkv.bias", standard: true), BiasRule(nil, "ffn_up.bias", standard: true)],
    adjustHuggingFace: { configuration, _ in configuration.layout.isTransposed = true })
}
