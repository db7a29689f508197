import Files

// What some families read from `config.json` beside the keys that all of them have.
extension HuggingFaceConfigurationReader {
  /// `true` or `false`, or `nil` when the key is absent.
  func flag(_ key: String) throws(CheckpointError) -> Bool? {
    guard let value = config[key]?.present else { return nil }
    guard let flag = value.bool else { throw wrong(key, expected: "true or false", actual: value) }
    return flag
  }

  /// A list of finite numbers, or `nil` when the key is absent.
  func numbers(_ key: String, in object: JSON? = nil) throws(CheckpointError) -> [Float]? {
    guard let value = (object ?? config)[key]?.present else { return nil }
    let found = value.array?.compactMap { $0.double.map { Float($0) } }.filter(\.isFinite)
    guard let found, found.count == value.array?.count else {
      throw wrong(key, expected: "a list of finite numbers", actual: value)
    }
    return found
  }

  /// Experts, in all blocks but those that `mlp_only_layers` lists and those that `decoder_sparse_step` steps over.
  ///
  /// - Parameter key: of the number of experts.
  func addExperts(
    to configuration: inout ModelConfiguration, count key: String, width: Int, normalises: Bool,
    sharedWidth: Int? = nil
  ) throws(CheckpointError) {
    let (count, chosen) = (try count(key), try count("num_experts_per_tok"))
    guard chosen <= count else {
      throw wrong("num_experts_per_tok", expected: "at most the \(count) experts", actual: .integer(chosen))
    }
    let step = try optionalCount("decoder_sparse_step") ?? 1
    let dense = Set(try numbers("mlp_only_layers") ?? [])
    configuration.experts = ExpertConfiguration(
      count: count, chosen: chosen, width: width, normalises: normalises, sharedWidth: sharedWidth,
      blocks: (0..<configuration.blockCount).map { ($0 + 1) % step == 0 && !dense.contains(Float($0)) })
  }

  /// GPT-Neo's "global" or "local" of every block: a list, or lists to be repeated, as `[[["global", "local"], 12]]`.
  func attentionKinds(count: Int) throws(CheckpointError) -> [String] {
    var kinds = config["attention_layers"]?.array?.compactMap(\.string)
    if kinds == nil, let groups = config["attention_types"]?.array {
      kinds = groups.flatMap { group -> [String] in
        let names = (group.array?.first?.array ?? []).compactMap(\.string)
        let times = group.array?.last?.integer ?? 0
        return times > 0 && times <= count ? (0..<times).flatMap { _ in names } : []
      }
    }
    guard let kinds, kinds.count == count, kinds.allSatisfy({ ["global", "local"].contains($0) }) else {
      throw wrong(
        "attention_layers", expected: "global or local for each of \(count) blocks",
        actual: config["attention_layers"] ?? config["attention_types"] ?? .null)
    }
    return kinds
  }

  func check(_ key: String, _ list: [Float], count: Int) throws(CheckpointError) {
    guard list.count != count else { return }
    throw wrong(key, expected: "\(count) entries", actual: .integer(list.count))
  }

  func check(_ key: String, _ found: Int, equals expected: Int) throws(CheckpointError) {
    guard found != expected else { return }
    throw wrong(key, expected: "\(expected), the only value that is computed here", actual: .integer(found))
  }
}
