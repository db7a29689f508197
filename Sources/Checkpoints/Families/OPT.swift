import Tensors

/// OPT (Zhang et al. 2022, arXiv 2205.01068): GPT-2's block with ReLU; the table of positions begins at its third row. The 350M
/// model, which has norms behind its layers and narrower embeddings, is refused by the keys that say so. No GGUF has it.
extension ModelFamily {
  static let opt = ModelFamily(
    name: "opt", huggingFaceTypes: ["opt"], norm: .layer, positions: .learned, isGated: false, gate: .relu,
    blockTensors: [
      "self_attn_layer_norm": "attn_norm", "self_attn.out_proj": "attn_output",
      "final_layer_norm": "ffn_norm",
      "fc1": "ffn_up", "fc2": "ffn_down",
    ],
    outerTensors: [
      "embed_positions.weight": "position_embd.weight", "final_layer_norm.weight": "output_norm.weight",
      "final_layer_norm.bias": "output_norm.bias",
    ],
    tensorPrefixes: ["model.decoder.", "decoder."],
    configKeys: ["word_embed_proj_dim"], configNames: ["intermediate_size": ["ffn_dim"]],
    configValues: [
      "do_layer_norm_before": [1], "enable_bias": [1], "layer_norm_elementwise_affine": [1],
      "_remove_final_layer_norm": [0],
    ],
    normEpsilon: 1e-5, activations: ["activation_function": ["relu"]],
    biases: [BiasRule(nil, "attn_q.bias", standard: true), BiasRule(nil, "ffn_up.bias", standard: true)],
    adjustHuggingFace: { (configuration, reader) throws(CheckpointError) in
      configuration.positionOffset = 2
      if let inner = try reader.optionalCount("word_embed_proj_dim") {
        try reader.check("word_embed_proj_dim", inner, equals: configuration.width)
      }
    })
}
