/// Qwen 1.5 and 2 with experts (Qwen Team 2024): Qwen 2's attention; beside the chosen experts one that all tokens pass, times a gate
/// of its own.
extension ModelFamily {
  static let qwen2MoE = ModelFamily(
    name: "qwen2moe", huggingFaceTypes: ["qwen2_moe"],
    blockTensors: qwenExperts.merging([
      "mlp.shared_expert.gate_proj": "ffn_gate_shexp", "mlp.shared_expert.up_proj": "ffn_up_shexp",
      "mlp.shared_expert.down_proj": "ffn_down_shexp", "mlp.shared_expert_gate": "ffn_gate_inp_shexp",
    ]) { own, _ in own },
    ggufKeys: expertKeys.merging(["expert_shared_feed_forward_length": .read]) { own, _ in own },
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      try reader.addExperts(to: &configuration, normalises: false, isShared: true)
    },
    configKeys: qwenExpertKeys.union(["qkv_bias", "shared_expert_intermediate_size"]),
    configValues: ["use_sliding_window": [0]],
    biases: [BiasRule("qkv_bias", "attn_q.bias", standard: true)], usesWindow: false,
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      let shared = try reader.count("shared_expert_intermediate_size")
      try reader.addExperts(
        to: &configuration, count: "num_experts", width: try reader.count("moe_intermediate_size"),
        normalises: try reader.flag("norm_topk_prob") ?? false, sharedWidth: shared)
    })

  /// Qwen 3 with experts (Yang et al. 2025, arXiv 2505.09388): Qwen 3's attention, no shared expert.
  static let qwen3MoE = ModelFamily(
    name: "qwen3moe", huggingFaceTypes: ["qwen3_moe"], headNorms: .each, blockTensors: qwenExperts,
    ggufKeys: expertKeys,
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      try reader.addExperts(to: &configuration, normalises: true, isShared: false)
    },
    configKeys: qwenExpertKeys, configNames: ["num_experts": ["num_experts", "num_local_experts"]],
    configValues: ["use_sliding_window": [0]], usesWindow: false,
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      try reader.addExperts(
        to: &configuration, count: "num_experts", width: try reader.count("moe_intermediate_size"),
        normalises: try reader.flag("norm_topk_prob") ?? false)
    })

  private static let qwenExperts = [
    "post_attention_layernorm": "ffn_norm", "mlp.gate": "ffn_gate_inp",
    "mlp.experts.*.gate_proj": "ffn_gate.*", "mlp.experts.*.up_proj": "ffn_up.*",
    "mlp.experts.*.down_proj": "ffn_down.*",
  ]

  private static let qwenExpertKeys: Set<String> = [
    "num_experts", "num_experts_per_tok", "moe_intermediate_size", "norm_topk_prob", "decoder_sparse_step",
    "mlp_only_layers", "output_router_logits", "router_aux_loss_coef",
  ]

  private static let expertKeys: [String: GGUFDecoderKeys.Use] = [
    "expert_count": .read, "expert_used_count": .read, "expert_feed_forward_length": .read,
  ]
}
