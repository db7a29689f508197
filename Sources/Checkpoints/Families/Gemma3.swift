import Files
import Tensors

/// Gemma 3 (Gemma Team 2025): Gemma 2's block with norms on every head in place of soft caps in attention; five local
/// blocks, with a window and a RoPE base of their own, to one global block.
extension ModelFamily {
  static let gemma3 = ModelFamily(
    name: "gemma3", huggingFaceTypes: ["gemma3", "gemma3_text"],
    headNorms: .each, hasOutputNorms: true, gate: .geluTanh, blockTensors: gemmaNorms,
    ggufKeys: [
      "rope.freq_base_swa": .read, "attention.sliding_window_pattern": .read,
      "final_logit_softcapping": .read,
    ],
    adjustGGUF: readGemma3,
    configKeys: [
      "query_pre_attn_scalar", "final_logit_softcapping", "rope_local_base_freq", "sliding_window_pattern",
      "_sliding_window_pattern",
    ],
    activations: ["hidden_activation": ["gelu_pytorch_tanh"]],
    headDimension: 256, ropeBase: 1_000_000, windows: .allButEvery(globalPeriod),
    adjustHuggingFace: readGemma3)

  private static let globalPeriod = 6
  private static let localRopeBase: Float = 10_000

  /// GGUF files hold whole norm weights, and a window of 0 for none.
  private static func readGemma3(
    _ configuration: inout ModelConfiguration, _ reader: GGUFConfigurationReader
  ) throws(CheckpointError) {
    configuration.embeddingScale = Float(configuration.width).squareRoot()
    configuration.ropeLocalBase = try reader.optionalNumber("rope.freq_base_swa") ?? localRopeBase
    configuration.finalLogitCap = try reader.cap("final_logit_softcapping", standard: nil)
    // No key says so: llama.cpp, too, knows the 27B model by its depth.
    if configuration.blockCount == 62 {
      configuration.attentionScale = 1 / Float(configuration.width / configuration.headCount).squareRoot()
    }
    try reader.addWindow(to: &configuration, period: globalPeriod, standard: nil)
  }

  private static func readGemma3(
    _ configuration: inout ModelConfiguration, _ reader: HuggingFaceConfigurationReader
  ) throws(CheckpointError) {
    try readGemma(&configuration, reader)
    let grouped = try reader.number(
      "rope_theta", in: reader.config["rope_parameters"]?["sliding_attention"])
    configuration.ropeLocalBase = try reader.number("rope_local_base_freq") ?? grouped ?? localRopeBase
  }
}
