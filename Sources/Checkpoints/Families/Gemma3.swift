import Files
import Tensors

/// Gemma 3 (Gemma Team 2025): Gemma 2's block with norms on every head in place of soft caps in attention; five local
/// blocks, with a window and a RoPE base of their own, to one global block.
extension ModelFamily {
  static let gemma3 = ModelFamily(
    name: "gemma3", huggingFaceTypes: ["gemma3", "gemma3_text"],
    hasHeadNorms: true, hasOutputNorms: true, gate: .geluTanh, blockTensors: gemmaNorms,
    ggufKeys: [
      "rope.freq_base_swa": .read, "attention.sliding_window_pattern": .read,
      "final_logit_softcapping": .read,
    ],
    adjustGGUF: readGemma3,
    configKeys: [
      "query_pre_attn_scalar", "final_logit_softcapping", "rope_local_base_freq", "sliding_window_pattern",
      "_sliding_window_pattern",
    ],
    activation: (key: "hidden_activation", value: "gelu_pytorch_tanh"),
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
    if reader["final_logit_softcapping"]?.number != 0 {
      configuration.finalLogitCap = try reader.optionalNumber("final_logit_softcapping")
    }
    // No key says so: llama.cpp, too, knows the 27B model by its depth.
    if configuration.blockCount == 62 {
      configuration.attentionScale = 1 / Float(configuration.width / configuration.headCount).squareRoot()
    }
    guard reader["attention.sliding_window"]?.number != 0,
      let window = try reader.optionalCount("attention.sliding_window")
    else { return }
    configuration.slidingWindow = window
    let pattern = "attention.sliding_window_pattern"
    if case .boolArray(let blocks) = reader[pattern] {
      guard blocks.count == configuration.blockCount else {
        throw reader.wrong(
          pattern, expected: "\(configuration.blockCount) booleans", actual: "\(blocks.count)")
      }
      configuration.slidingBlocks = blocks
    } else {
      configuration.slidingBlocks = ModelConfiguration.slidingBlocks(
        count: configuration.blockCount, pattern: try reader.optionalCount(pattern) ?? globalPeriod)
    }
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
