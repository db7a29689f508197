/// StableLM 2 and StableLM 3B (Bellagente et al. 2024, arXiv 2402.17834): Llama's layers with LayerNorm, a quarter of every head
/// turned. The 12B model has a norm of its own for every head of queries and keys, and both layers side by side behind one norm.
extension ModelFamily {
  static let stableLM = ModelFamily(
    name: "stablelm", huggingFaceTypes: ["stablelm"], norm: .layer,
    blockTensors: [
      "post_attention_layernorm": "ffn_norm", "self_attn.q_layernorm.norms.*": "attn_q_norm.*",
      "self_attn.k_layernorm.norms.*": "attn_k_norm.*",
    ],
    rotatesPartly: true,
    ggufKeys: ["use_parallel_residual": .read],
    adjustGGUF: { (configuration, reader) throws(CheckpointError) in
      // As llama.cpp: what converters write under the key is true of some models whose layers follow one another.
      let isParallel = reader.file.info("blk.0.ffn_norm.weight") == nil
      let isSaid = try reader.flag("use_parallel_residual") ?? true
      guard isSaid || !isParallel else {
        throw reader.wrong(
          "use_parallel_residual", expected: "true in a file without ffn_norm", actual: "false")
      }
      configuration.isParallel = isParallel
      configuration.sharesInputNorm = isParallel
      if reader.file.info("blk.0.attn_q_norm.weight") != nil { configuration.headNorms = .separate }
    },
    configKeys: ["use_qkv_bias", "partial_rotary_factor", "qk_layernorm", "use_parallel_residual"],
    configNames: ["rms_norm_eps": ["layer_norm_eps"]],
    normEpsilon: 1e-5, rotatedShare: 0.25, biases: [BiasRule("use_qkv_bias", "attn_q.bias")],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.isParallel = try reader.flag("use_parallel_residual") ?? false
      configuration.sharesInputNorm = configuration.isParallel
      if try reader.flag("qk_layernorm") ?? false { configuration.headNorms = .separate }
    })
}
