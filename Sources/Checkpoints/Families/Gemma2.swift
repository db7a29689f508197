import Tensors

/// Gemma 2 (Gemma Team 2024): embeddings scaled by √d_model, norms around every layer, GELU gates, soft caps. Not run: no
/// kernel bends attention logits.
extension ModelFamily {
  static let gemma2 = ModelFamily(
    name: "gemma2", huggingFaceTypes: ["gemma2"], isRun: false,
    hasOutputNorms: true, gate: .geluTanh, blockTensors: gemmaNorms,
    adjustHuggingFace: readGemma)

  /// Norms before and after both parts of a block.
  static let gemmaNorms = [
    "post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
    "post_feedforward_layernorm": "post_ffw_norm",
  ]

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
