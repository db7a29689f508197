/// Mixtral (Jiang et al. 2024, arXiv 2401.04088): Mistral's block with experts, two of eight for a token. GGUF calls it `llama`.
extension ModelFamily {
  static let mixtral = ModelFamily(
    name: "mixtral", huggingFaceTypes: ["mixtral"],
    blockTensors: [
      "post_attention_layernorm": "ffn_norm", "block_sparse_moe.gate": "ffn_gate_inp",
      "block_sparse_moe.experts.*.w1": "ffn_gate.*", "block_sparse_moe.experts.*.w2": "ffn_down.*",
      "block_sparse_moe.experts.*.w3": "ffn_up.*",
    ],
    configKeys: [
      "num_local_experts", "num_experts_per_tok", "output_router_logits", "router_aux_loss_coef",
      "router_jitter_noise",
    ],
    normEpsilon: 1e-5, ropeBase: 1_000_000,
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      try reader.addExperts(
        to: &configuration, count: "num_local_experts", width: configuration.feedForwardWidth,
        normalises: true)
    })
}
