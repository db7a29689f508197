import Tensors

/// Gemma 2 (Gemma Team 2024, arXiv 2408.00118): embeddings scaled by √d_model, norms around every layer, GELU gates, soft caps
/// on the scores of attention and on logits, a window in every other block, the first one among them.
extension ModelFamily {
  static let gemma2 = ModelFamily(
    name: "gemma2", huggingFaceTypes: ["gemma2"],
    hasOutputNorms: true, gate: .geluTanh, blockTensors: gemmaNorms,
    ggufKeys: ["attn_logit_softcapping": .read, "final_logit_softcapping": .read],
    adjustGGUF: readGemma2,
    configKeys: [
      "query_pre_attn_scalar", "final_logit_softcapping", "attn_logit_softcapping", "sliding_window_pattern",
      "_sliding_window_pattern",
    ],
    activations: ["hidden_activation": geluTanhNames],
    headDimension: 256, windows: .allButEvery(2), adjustHuggingFace: readGemma2)

  /// Norms before and after both parts of a block.
  static let gemmaNorms = [
    "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
  ]

  /// GGUF files hold whole norm weights; caps that they do not state are llama.cpp's.
  private static func readGemma2(
    _ configuration: inout ModelConfiguration, _ reader: GGUFConfigurationReader
  ) throws(CheckpointError) {
    configuration.embeddingScale = Float(configuration.width).squareRoot()
    configuration.attentionLogitCap = try reader.cap("attn_logit_softcapping", standard: 50)
    configuration.finalLogitCap = try reader.cap("final_logit_softcapping", standard: 30)
    // No key says so: llama.cpp, too, knows the 27B model by its depth.
    if configuration.blockCount == 46 {
      configuration.attentionScale = 1 / Float(configuration.width / configuration.headCount).squareRoot()
    }
    try reader.addWindow(to: &configuration, period: 2, standard: 4096)
  }

  private static func readGemma2(
    _ configuration: inout ModelConfiguration, _ reader: HuggingFaceConfigurationReader
  ) throws(CheckpointError) {
    try readGemma(&configuration, reader)
    configuration.attentionLogitCap = try reader.number("attn_logit_softcapping")
  }

  /// Safetensors files hold norm weights less 1; queries are scaled by a number of their own.
  static func readGemma(
    _ configuration: inout ModelConfiguration, _ reader: HuggingFaceConfigurationReader
  ) throws(CheckpointError) {
    let scalar = try reader.number("query_pre_attn_scalar") ?? 256
    configuration.attentionScale = 1 / scalar.squareRoot()
    configuration.embeddingScale = Float(configuration.width).squareRoot()
    configuration.normWeightOffset = 1
    configuration.finalLogitCap = try reader.number("final_logit_softcapping")
  }
}
