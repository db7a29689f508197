import Tensors

/// Reads a decoder's constants from GGUF metadata (`<architecture>.<key>`).
struct GGUFConfigurationReader {
  let file: GGUFFile
  let family: ModelFamily

  private var architecture: String { family.name }
  private var path: String { file.file.path }

  /// The value of `<architecture>.<key>`.
  subscript(key: String) -> MetadataValue? { file.metadata["\(architecture).\(key)"] }

  /// A file of another architecture lacks the keys of those that are read.
  func missing(_ key: String) -> CheckpointError {
    guard file.metadata["general.architecture"] != nil else {
      return .missing(
        path: path, what: "metadata key general.architecture", hint: "it names the architecture")
    }
    guard family.isRun else { return .unsupportedArchitecture(architecture, path: path) }
    return .missing(
      path: path, what: "metadata key \(architecture).\(key)",
      hint: "every model of the architecture \(architecture) has it: fetch or convert the file again")
  }

  func wrong(_ key: String, expected: String, actual: String) -> CheckpointError {
    .malformed(
      path: path, offset: 0, what: "metadata \(architecture).\(key)", expected: expected, actual: actual)
  }

  /// A positive integer below 2^31, or `nil` when the key is absent.
  func optionalCount(_ key: String) throws(CheckpointError) -> Int? {
    guard let value = self[key] else { return nil }
    guard let integer = value.integer, (1...Int(Int32.max)).contains(integer) else {
      throw wrong(key, expected: "one integer in 1 ... 2^31 - 1", actual: value.summary)
    }
    return integer
  }

  func count(_ key: String) throws(CheckpointError) -> Int {
    guard let value = try optionalCount(key) else { throw missing(key) }
    return value
  }

  /// A finite positive number, or `nil` when the key is absent.
  func optionalNumber(_ key: String) throws(CheckpointError) -> Float? {
    guard let value = self[key] else { return nil }
    guard let number = value.number.map({ Float($0) }), number.isFinite, number > 0 else {
      throw wrong(key, expected: "a finite positive number", actual: value.summary)
    }
    return number
  }

  /// - Throws: also for a key that asks for what this decoder does not compute, if the family is one that runs.
  func configuration() throws(CheckpointError) -> ModelConfiguration {
    let width = try count("embedding_length")
    let heads = try count("attention.head_count")
    let headDimension = try optionalCount("attention.key_length") ?? width / heads
    let epsilonKey =
      family.norm == .layer ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon"
    guard let epsilon = try optionalNumber(epsilonKey) else { throw missing(epsilonKey) }
    let blocks = try count("block_count")
    var configuration = ModelConfiguration(
      architecture: architecture, blockCount: blocks, width: width, headCount: heads,
      keyValueHeadCount: try optionalCount("attention.head_count_kv") ?? heads,
      headDimension: headDimension, feedForwardWidth: try count("feed_forward_length"),
      vocabularySize: try vocabularySize(), contextLength: try count("context_length"),
      normEpsilon: epsilon, ropeBase: try optionalNumber("rope.freq_base") ?? 10_000,
      ropeStyle: family.ropeStyle,
      ropeDimension: try optionalCount("rope.dimension_count") ?? headDimension,
      ropeScaling: try ropeScaling(), attentionScale: 1 / Float(headDimension).squareRoot())
    configuration.headNorms = family.headNorms
    configuration.sharesInputNorm = family.sharesInputNorm
    try check(configuration)
    try family.adjustGGUF(&configuration, self)
    if family.isRun { try checkKeys(configuration) }
    return configuration
  }

  private func vocabularySize() throws(CheckpointError) -> Int {
    guard let embedding = file.info("token_embd.weight"), embedding.dimensions.count == 2 else {
      throw .missing(path: path, what: "matrix token_embd.weight", hint: "the file does not hold a decoder")
    }
    return embedding.dimensions[1]
  }

  /// As llama.cpp: a factor without a type, also under its older key, is linear; a factor of 0 is none.
  private func ropeScaling() throws(CheckpointError) -> RopeScaling {
    var factor: Float = 1
    switch self["rope.scaling.type"]?.string {
    case nil, "linear":
      for key in ["rope.scaling.factor", "rope.scale_linear"] where self[key] != nil {
        guard self[key]?.number != 0 else { break }
        factor = try optionalNumber(key) ?? 1
        break
      }
    case "none", "longrope": break
    case "yarn": return .yarn(try yarn())
    case let other?:
      guard family.isRun else { return .other(other) }
      throw .unsupported(
        path: path, what: "metadata key \(architecture).rope.scaling.type with the value", actual: other,
        supported: "none, linear, yarn, longrope")
    }
    if family.hasRopeFactors, file.info("rope_freqs.weight") != nil { return .perFrequency(factor: factor) }
    return factor == 1 ? .none : .linear(factor: factor)
  }

  /// As llama.cpp: what a file multiplies angles' cosines and sines by is beside the factor's own.
  private func yarn() throws(CheckpointError) -> YaRNScaling {
    guard let factor = try optionalNumber("rope.scaling.factor") else { throw missing("rope.scaling.factor") }
    let original = try optionalCount("rope.scaling.original_context_length")
    let length = try count("context_length")
    var yarn = YaRNScaling(
      factor: factor, original: Float(original ?? length),
      attention: YaRNScaling.attention(factor: factor))
    yarn.fast = try optionalNumber("rope.scaling.yarn_beta_fast") ?? yarn.fast
    yarn.slow = try optionalNumber("rope.scaling.yarn_beta_slow") ?? yarn.slow
    return yarn
  }

  /// Every key of the architecture must be one that is understood, with a value that is computed.
  private func checkKeys(_ configuration: ModelConfiguration) throws(CheckpointError) {
    func refuse(_ key: String, _ value: MetadataValue, _ supported: String) -> CheckpointError {
      .unsupported(
        path: path, what: "metadata key \(architecture).\(key) with the value", actual: value.summary,
        supported: supported)
    }
    let prefix = architecture + "."
    for (name, value) in file.metadata.sorted(by: { $0.key < $1.key }) where name.hasPrefix(prefix) {
      let key = String(name.dropFirst(prefix.count))
      guard let use = GGUFDecoderKeys.use(of: key, in: family) else {
        throw refuse(key, value, "none; it is not known what it asks the decoder to compute")
      }
      guard use.allows(value) else { throw refuse(key, value, use.allowed) }
      if let expected = implied(key, configuration), let number = try optionalNumber(key),
        abs(number / expected - 1) > 1e-4
      {
        throw refuse(key, value, "\(expected), as this architecture computes")
      }
      if key == "attention.sliding_window", configuration.slidingWindow == nil, let number = value.number,
        number != 0, number < Double(configuration.contextLength)
      {
        throw refuse(key, value, "no window for this architecture")
      }
    }
  }

  /// The value that follows from other keys, where this decoder computes with that one only.
  private func implied(_ key: String, _ configuration: ModelConfiguration) -> Float? {
    switch key {
    case "rope.dimension_count": family.rotatesPartly ? nil : Float(configuration.headDimension)
    case "attention.value_length": Float(configuration.headDimension)
    case "attention.scale": configuration.attentionScale
    default: nil
    }
  }

  private func check(_ configuration: ModelConfiguration) throws(CheckpointError) {
    try configuration.check(path: path, tensorCount: file.tensors.count)
    let columns = file.info("token_embd.weight")?.dimensions.first ?? 0
    guard columns == configuration.width else {
      throw wrong(
        "embedding_length", expected: "\(columns), as token_embd.weight",
        actual: "\(configuration.width)")
    }
  }
}

extension ModelConfiguration {
  /// What must hold between the numbers of any decoder.
  func check(path: String, tensorCount: Int) throws(CheckpointError) {
    func demand(_ holds: Bool, _ what: String, _ expected: String, _ actual: Int) throws(CheckpointError) {
      guard !holds else { return }
      throw .malformed(path: path, offset: 0, what: what, expected: expected, actual: "\(actual)")
    }
    try demand(
      blockCount <= tensorCount, "block count", "at most the \(tensorCount) tensors of the file", blockCount)
    try demand(
      headCount % keyValueHeadCount == 0, "key-value heads", "a divisor of \(headCount)", keyValueHeadCount)
    try demand(headDimension > 0 && headDimension % 2 == 0, "head dimension", "an even number", headDimension)
    try demand(
      ropeDimension <= headDimension && ropeDimension % 2 == 0, "rotated dimensions",
      "an even number up to \(headDimension)", ropeDimension)
  }
}
