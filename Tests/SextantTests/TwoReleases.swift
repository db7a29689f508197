import Foundation
import Testing

/// Two releases of a tiny model in `models/old.gguf` and `models/new.gguf`: the same but for noise in the embedding.
struct TwoReleases {
  let tool: Tool

  init() throws {
    tool = try Tool()
    try FileManager.default.createDirectory(atPath: tool.path("models"), withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: tool.path("checks"), withIntermediateDirectories: true)
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: tinyLlama)))
    try Data(bytes).write(to: URL(filePath: tool.path("models/old.gguf")))
    // The tensors are the last 117,632 bytes, the embedding's 96 rows of 32 floats the first of them.
    let start = bytes.count - 117_632
    var state: UInt32 = 1
    for float in stride(from: start, to: start + 96 * 32 * 4, by: 4) {
      state = state &* 1_103_515_245 &+ 12345
      // The upper bits of the mantissa: up to half of the number's size.
      bytes[float + 2] ^= UInt8(state >> 16 & 0x3F)
    }
    try Data(bytes).write(to: URL(filePath: tool.path("models/new.gguf")))
  }

  /// The options without which a study finds too few tokens in so small a vocabulary.
  static let options = """
    tokens: {letters_only: false, minimum_norm_quantile: 0}
    compare: {neighbours: 3, dimension_neighbours: 10, dimension_tokens: 20}

    """

  /// Writes `checks/release.yaml` with these hypotheses, a line each.
  func study(_ hypotheses: String...) throws {
    try write(
      "name: release\nmodels: {old: ../models/old.gguf, new: ../models/new.gguf}\n" + Self.options
        + "align: {methods: [ridge]}\nhypotheses:\n" + hypotheses.map { "  - {\($0)}\n" }.joined(),
      to: "checks/release.yaml")
  }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(filePath: tool.path(name)))
  }

  func read(_ name: String) throws -> String {
    try String(contentsOf: URL(filePath: tool.path(name)), encoding: .utf8)
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: tool.path(name)) }
}
