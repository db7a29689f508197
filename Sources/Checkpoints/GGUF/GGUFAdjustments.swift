import Tensors

// What some families read from GGUF files beside the keys that all of them have.
extension GGUFConfigurationReader {
  /// `true` or `false`, or `nil` when the key is absent.
  func flag(_ key: String) throws(CheckpointError) -> Bool? {
    guard let value = self[key] else { return nil }
    guard let flag = value.bool else { throw wrong(key, expected: "true or false", actual: value.summary) }
    return flag
  }

  /// A soft cap; 0 stands for none, an absent key for `standard`.
  func cap(_ key: String, standard: Float?) throws(CheckpointError) -> Float? {
    self[key]?.number == 0 ? nil : try optionalNumber(key) ?? standard
  }

  /// A window, and the blocks that have it: as a list says, or all but each `period`-th; 0 for all blocks.
  ///
  /// - Parameter standard: the window where the key is absent; a window of 0 is none.
  func addWindow(
    to configuration: inout ModelConfiguration, period: Int, standard: Int?
  ) throws(CheckpointError) {
    let key = "attention.sliding_window"
    guard self[key]?.number != 0, let window = try optionalCount(key) ?? standard else { return }
    configuration.slidingWindow = window
    let pattern = "attention.sliding_window_pattern"
    if case .boolArray(let blocks) = self[pattern] {
      guard blocks.count == configuration.blockCount else {
        throw wrong(
          pattern, expected: "\(configuration.blockCount) booleans", actual: "\(blocks.count)")
      }
      configuration.slidingBlocks = blocks
    } else {
      configuration.slidingBlocks = ModelConfiguration.slidingBlocks(
        count: configuration.blockCount, pattern: try optionalCount(pattern) ?? period)
    }
  }

  /// Experts of all blocks, as llama.cpp computes them: no key says whether shares of the chosen add up to 1. A count of 0 is none.
  ///
  /// - Parameter isShared: whether there is one for all tokens beside them; `nil` for an architecture whose experts are as wide as
  ///   its feed-forward layers.
  func addExperts(
    to configuration: inout ModelConfiguration, normalises: Bool, isShared: Bool? = nil
  ) throws(CheckpointError) {
    guard self["expert_count"]?.number != 0, let count = try optionalCount("expert_count") else {
      if isShared != nil { throw missing("expert_count") }
      guard self["expert_used_count"]?.number ?? 0 == 0 else { throw missing("expert_count") }
      return
    }
    let chosen = try self.count("expert_used_count")
    guard chosen <= count else {
      throw wrong("expert_used_count", expected: "at most the \(count) experts", actual: "\(chosen)")
    }
    configuration.experts = ExpertConfiguration(
      count: count, chosen: chosen,
      width: isShared == nil ? configuration.feedForwardWidth : try self.count("expert_feed_forward_length"),
      normalises: normalises,
      sharedWidth: isShared == true ? try self.count("expert_shared_feed_forward_length") : nil,
      blocks: Array(repeating: true, count: configuration.blockCount))
  }

  /// Phi-3's factors of frequencies. Only the short ones are computed with: the context ends where llama.cpp and transformers
  /// change to the long ones, which would turn what a cache holds otherwise than what follows.
  func addLongFactors(to configuration: inout ModelConfiguration) throws(CheckpointError) {
    let attention = try optionalNumber("rope.scaling.attn_factor") ?? 1
    let original = try optionalCount("rope.scaling.original_context_length")
    let names = ["rope_factors_short.weight", "rope_factors_long.weight"]
    guard names.contains(where: { file.info($0) != nil }) else {
      guard attention == 1 else {
        throw wrong("rope.scaling.attn_factor", expected: "1 without \(names[0])", actual: "\(attention)")
      }
      return
    }
    var factors: [[Float]] = []
    for name in names {
      let found = try file.tensor(name).dequantised().elements
      guard found.count == configuration.ropeDimension / 2, found.allSatisfy({ $0.isFinite && $0 > 0 }) else {
        throw .malformed(
          path: file.file.path, offset: 0, what: "tensor \(name)",
          expected: "\(configuration.ropeDimension / 2) finite numbers above 0",
          actual: "\(found.prefix(4)) …")
      }
      factors.append(found)
    }
    configuration.ropeScaling = .longContext(short: factors[0], attention: attention)
    configuration.contextLength = min(configuration.contextLength, original ?? configuration.contextLength)
  }
}
