import Files

/// Reads a decoder's constants from a Hugging Face `config.json`.
struct HuggingFaceConfigurationReader {
  let path: String
  /// The object that describes the text decoder.
  let config: JSON
  let family: ModelFamily
  /// As the file says it, such as `mistral`.
  let modelType: String

  /// - Throws: when `config.json` is no object with a `model_type`.
  init(_ root: JSON, path: String) throws(CheckpointError) {
    self.path = path
    config = root["text_config"]?.present ?? root
    guard let type = (config["model_type"] ?? root["model_type"])?.string else {
      throw .missing(path: path, what: "\"model_type\"", hint: "it names the architecture")
    }
    modelType = type
    family = .ofType(type)
  }

  /// The name that the file has for a shared key.
  private func name(_ key: String) -> String {
    let names = family.configNames[key] ?? [key]
    return names.first { config[$0]?.present != nil } ?? names[0]
  }

  /// The value under a key of all families, whatever the family calls it.
  private subscript(key: String) -> JSON? { config[name(key)]?.present }

  func wrong(_ key: String, expected: String, actual: JSON) -> CheckpointError {
    let shown = actual.double.map { "\($0)" } ?? actual.string ?? actual.kind
    return .malformed(path: path, offset: 0, what: "\"\(key)\"", expected: expected, actual: shown)
  }

  func optionalCount(_ key: String) throws(CheckpointError) -> Int? {
    guard let value = self[key] else { return nil }
    guard let integer = value.integer, (1...Int(Int32.max)).contains(integer) else {
      throw wrong(name(key), expected: "an integer in 1 ... 2^31 - 1", actual: value)
    }
    return integer
  }

  func count(_ key: String) throws(CheckpointError) -> Int {
    guard let value = try optionalCount(key) else { throw missing(key) }
    return value
  }

  /// A file of another model type lacks the keys of those that are read.
  private func missing(_ key: String) -> CheckpointError {
    family.isRun
      ? .missing(
        path: path, what: "\"\(name(key))\"",
        hint: "every model of the type \(modelType) has it: fetch the file again")
      : .unsupportedArchitecture(modelType, path: path)
  }

  /// A finite positive number, or `nil` when the key is absent.
  func number(_ key: String) throws(CheckpointError) -> Float? { try number(name(key), in: config) }

  func number(_ key: String, in object: JSON?) throws(CheckpointError) -> Float? {
    guard let value = object?[key]?.present else { return nil }
    guard let number = value.double.map({ Float($0) }), number.isFinite, number > 0 else {
      throw wrong(key, expected: "a finite positive number", actual: value)
    }
    return number
  }

  func configuration(tensorCount: Int) throws(CheckpointError) -> ModelConfiguration {
    let width = try count("hidden_size")
    let heads = try count("num_attention_heads")
    let headDimension = try optionalCount("head_dim") ?? family.headDimension ?? width / heads
    guard let epsilon = try number("rms_norm_eps") ?? family.normEpsilon else {
      throw missing("rms_norm_eps")
    }
    var configuration = ModelConfiguration(
      architecture: family.name, blockCount: try count("num_hidden_layers"), width: width, headCount: heads,
      keyValueHeadCount: try optionalCount("num_key_value_heads") ?? heads, headDimension: headDimension,
      feedForwardWidth: try feedForwardWidth(width), vocabularySize: try count("vocab_size"),
      contextLength: try contextLength(), normEpsilon: epsilon,
      ropeBase: try ropeBase(), ropeStyle: .half, ropeDimension: try rotatedDimensions(of: headDimension),
      attentionScale: 1 / Float(headDimension).squareRoot())
    configuration.headNorms = family.headNorms
    configuration.sharesInputNorm = family.sharesInputNorm
    if family.positions == .rotary { try addScaling(to: &configuration) }
    try configuration.check(path: path, tensorCount: tensorCount)
    try addSlidingWindow(to: &configuration)
    try family.adjustHuggingFace(&configuration, self)
    try checkKeys(configuration)
    return configuration
  }

  /// Where the rotary constants are: newer files group them, per kind of layer for Gemma 3.
  var ropeParameters: JSON? {
    let grouped = config["rope_parameters"]?.present
    return grouped?["full_attention"] ?? grouped
  }

  private func feedForwardWidth(_ width: Int) throws(CheckpointError) -> Int {
    if let found = try optionalCount("intermediate_size") { return found }
    guard let factor = family.feedForwardFactor else { throw missing("intermediate_size") }
    return factor * width
  }

  private func contextLength() throws(CheckpointError) -> Int {
    if let found = try optionalCount("max_position_embeddings") ?? family.contextLength { return found }
    throw missing("max_position_embeddings")
  }

  private func ropeBase() throws(CheckpointError) -> Float {
    let grouped = try number("rope_theta", in: ropeParameters)
    let old = try number("rotary_emb_base")
    return try number("rope_theta") ?? grouped ?? old ?? family.ropeBase
  }

  /// As transformers: the share of a head's coordinates, rounded down.
  private func rotatedDimensions(of head: Int) throws(CheckpointError) -> Int {
    let grouped = try number("partial_rotary_factor", in: ropeParameters)
    let old = try number("rotary_pct")
    let share = try number("partial_rotary_factor") ?? grouped ?? old ?? family.rotatedShare
    guard share == 1 || family.rotatesPartly && share < 1 else {
      throw wrong(
        "partial_rotary_factor", expected: family.rotatesPartly ? "at most 1" : "1",
        actual: .number(Double(share)))
    }
    // In Double, as Python has it: of a Float, 0.4 of 80 may be less than 32.
    let said = [
      config["partial_rotary_factor"], ropeParameters?["partial_rotary_factor"], config["rotary_pct"],
    ]
    let exact = said.compactMap { $0?.double }.first ?? Double(share)
    return Int(Double(head) * exact)
  }

  private func addSlidingWindow(to configuration: inout ModelConfiguration) throws(CheckpointError) {
    for type in config["layer_types"]?.array ?? []
    where !["sliding_attention", "full_attention"].contains(type.string) {
      throw wrong("layer_types", expected: "sliding_attention or full_attention", actual: type)
    }
    guard config["use_sliding_window"]?.bool ?? family.usesWindow,
      !family.windowlessTypes.contains(modelType),
      let window = try optionalCount("sliding_window")
    else { return }
    let blocks = configuration.blockCount
    if let types = config["layer_types"]?.array {
      guard types.count == blocks else {
        throw wrong("layer_types", expected: "\(blocks) entries", actual: .integer(types.count))
      }
      configuration.slidingBlocks = types.map { $0.string == "sliding_attention" }
    } else {
      configuration.slidingBlocks = try slidingBlocks(count: blocks)
    }
    configuration.slidingWindow = window
  }

  private func slidingBlocks(count: Int) throws(CheckpointError) -> [Bool] {
    switch family.windows {
    case .from(let block):
      let first = config["max_window_layers"]?.integer ?? block
      return (0..<count).map { $0 >= first }
    case .allButEvery(let period):
      let key = config["sliding_window_pattern"] == nil ? "_sliding_window_pattern" : "sliding_window_pattern"
      return ModelConfiguration.slidingBlocks(count: count, pattern: try optionalCount(key) ?? period)
    }
  }
}
