import Tensors

/// GPT-Neo (Black et al. 2021): GPT-2's block with scores that are not scaled and a window in the blocks that a list calls local. No
/// GGUF has it.
extension ModelFamily {
  static let gptNeo = ModelFamily(
    name: "gptneo", huggingFaceTypes: ["gpt_neo"], norm: .layer, positions: .learned, isGated: false,
    gate: .geluTanh,
    blockTensors: [
      "ln_1": "attn_norm", "ln_2": "ffn_norm", "attn.attention.q_proj": "attn_q",
      "attn.attention.k_proj": "attn_k", "attn.attention.v_proj": "attn_v",
      "attn.attention.out_proj": "attn_output", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
    ],
    outerTensors: [
      "wpe.weight": "position_embd.weight", "ln_f.weight": "output_norm.weight",
      "ln_f.bias": "output_norm.bias",
    ],
    ignoredTensors: [".attention.bias", ".attention.masked_bias"],
    configKeys: ["window_size"],
    configNames: [
      "num_hidden_layers": ["num_layers"], "num_attention_heads": ["num_heads"],
      "rms_norm_eps": ["layer_norm_epsilon"],
    ],
    configValues: ["summary_use_proj": [0, 1], "summary_proj_to_labels": [0, 1]],
    normEpsilon: 1e-5, feedForwardFactor: 4, activations: ["activation_function": geluTanhNames],
    biases: [
      BiasRule(nil, "attn_q.bias"), BiasRule(nil, "attn_output.bias", standard: true),
      BiasRule(nil, "ffn_up.bias", standard: true),
    ],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.attentionScale = 1
      let kinds = try reader.attentionKinds(count: configuration.blockCount)
      configuration.slidingBlocks = kinds.map { $0 == "local" }
      configuration.slidingWindow = try reader.optionalCount("window_size") ?? 256
    })
}
