/// OLMo 2 (OLMo Team 2024, arXiv 2501.00656): Llama's layers with norms of their outputs in place of their inputs, and of all
/// queries and all keys of a token.
extension ModelFamily {
  static let olmo2 = ModelFamily(
    name: "olmo2", huggingFaceTypes: ["olmo2"], headNorms: .whole, hasInputNorms: false, hasOutputNorms: true,
    blockTensors: [
      "post_attention_layernorm": "post_attention_norm", "post_feedforward_layernorm": "post_ffw_norm",
    ])
}
