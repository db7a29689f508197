import Tensors

/// GPT-NeoX (Black et al. 2022, arXiv 2204.06745) and Pythia: LayerNorm, attention and feed-forward layer side by side, a
/// quarter of every head turned.
extension ModelFamily {
  static let gptNeoX = ModelFamily(
    name: "gptneox", huggingFaceTypes: ["gpt_neox"], norm: .layer, isGated: false, gate: .gelu,
    blockTensors: [
      "post_attention_layernorm": "ffn_norm", "attention.query_key_value": "attn_qkv",
      "attention.dense": "attn_output", "mlp.dense_h_to_4h": "ffn_up", "mlp.dense_4h_to_h": "ffn_down",
    ],
    outerTensors: [
      "final_layer_norm.weight": "output_norm.weight", "final_layer_norm.bias": "output_norm.bias",
    ],
    ignoredTensors: [".attention.bias", ".attention.masked_bias"], rotatesPartly: true,
    ggufKeys: ["use_parallel_residual": .read],
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      configuration.isParallel = try reader.flag("use_parallel_residual") ?? true
    },
    configKeys: ["rotary_pct", "rotary_emb_base", "use_parallel_residual"],
    configNames: ["rms_norm_eps": ["layer_norm_eps"]], normEpsilon: 1e-5, rotatedShare: 0.25,
    activations: ["hidden_act": ["gelu"]],
    biases: [
      BiasRule("attention_bias", "attn_qkv.bias", standard: true),
      BiasRule(nil, "ffn_up.bias", standard: true),
    ],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.isParallel = try reader.flag("use_parallel_residual") ?? true
      configuration.layout.alternatesByGroup = true
    })
}
