/// Phi-3, 3.5 and 4-mini (Abdin et al. 2024, arXiv 2404.14219): Llama's block with queries, keys and values in one matrix, gate and
/// up in another; windows; for long contexts a stretch of every frequency by its own factor.
extension ModelFamily {
  static let phi3 = ModelFamily(
    name: "phi3", huggingFaceTypes: ["phi3"],
    blockTensors: [
      "post_attention_layernorm": "ffn_norm", "self_attn.qkv_proj": "attn_qkv", "mlp.gate_up_proj": "ffn_up",
    ],
    fusesGate: true, rotatesPartly: true,
    ggufKeys: ["rope.scaling.attn_factor": .read, "rope.scaling.original_context_length": .read],
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      try reader.addLongFactors(to: &configuration)
      try reader.addWindow(to: &configuration, period: 0, standard: nil)
    },
    configKeys: ["original_max_position_embeddings", "partial_rotary_factor"],
    configValues: ["full_attn_mod": [1], "interpolate_factor": [1], "lm_head_bias": [0]],
    ownCode: ["Phi3Config", "Phi3ForCausalLM"])
}
