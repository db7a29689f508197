import Files
import Foundation

// How `config.json` asks for frequencies to be stretched: `rope_parameters`, or `rope_scaling` in older files.
extension HuggingFaceConfigurationReader {
  private var scaling: JSON? { ropeParameters ?? config["rope_scaling"]?.present }

  /// Keys that each kind of scaling reads, beside those of all.
  private static let known: [String: Set<String>] = [
    "default": [], "linear": ["factor"],
    "llama3": ["factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"],
    "yarn": [
      "factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "attention_factor", "mscale",
      "mscale_all_dim", "truncate",
    ],
    "longrope": [
      "factor", "original_max_position_embeddings", "short_factor", "long_factor", "attention_factor",
    ],
  ]

  private func required(_ key: String) throws(CheckpointError) -> Float {
    guard let value = try number(key, in: scaling) else {
      throw .missing(path: path, what: "\"\(key)\"", hint: "the scaling of rotary frequencies needs it")
    }
    return value
  }

  /// Tokens before the stretch; as transformers, a file's own key before the one of the scaling.
  private func originalLength(_ configuration: ModelConfiguration) throws(CheckpointError) -> Float {
    let own = try number("original_max_position_embeddings")
    let grouped = try number("original_max_position_embeddings", in: scaling)
    return own ?? grouped ?? Float(configuration.contextLength)
  }

  func addScaling(to configuration: inout ModelConfiguration) throws(CheckpointError) {
    guard let scaling else { return }
    var kind = (scaling["rope_type"] ?? scaling["type"])?.string ?? "default"
    if kind == "su" { kind = "longrope" }
    guard let known = Self.known[kind] else {
      configuration.ropeScaling = .other(kind)
      return
    }
    try checkKeys(of: scaling, kind, known)
    switch kind {
    case "linear": configuration.ropeScaling = .linear(factor: try number("factor", in: scaling) ?? 1)
    case "llama3":
      configuration.ropeScaling = .llama3(
        factor: try required("factor"), low: try required("low_freq_factor"),
        high: try required("high_freq_factor"), original: try required("original_max_position_embeddings"))
    case "yarn": configuration.ropeScaling = .yarn(try yarn(configuration))
    case "longrope": try addLongContext(to: &configuration)
    default: break
    }
  }

  private func checkKeys(of scaling: JSON, _ kind: String, _ known: Set<String>) throws(CheckpointError) {
    let shared: Set = ["rope_type", "type", "rope_theta", "partial_rotary_factor"]
    for member in scaling.object ?? [] where member.value.present != nil {
      guard !shared.contains(member.key), !known.contains(member.key) else { continue }
      if kind == "default", member.key == "factor" {
        throw wrong("factor", expected: "a rope_type that says how it is meant", actual: member.value)
      }
      throw .unsupported(
        path: path, what: "\"\(member.key)\" of rotary scaling", actual: kind,
        supported: known.isEmpty ? "none" : known.sorted().joined(separator: ", "))
    }
  }

  private func yarn(_ configuration: ModelConfiguration) throws(CheckpointError) -> YaRNScaling {
    let original = try originalLength(configuration)
    let factor = try number("factor", in: scaling) ?? Float(configuration.contextLength) / original
    var yarn = YaRNScaling(
      factor: factor, original: original, attention: YaRNScaling.attention(factor: factor))
    yarn.fast = try number("beta_fast", in: scaling) ?? yarn.fast
    yarn.slow = try number("beta_slow", in: scaling) ?? yarn.slow
    yarn.truncates = scaling?["truncate"]?.bool ?? true
    func multiplier(_ key: String) throws(CheckpointError) -> Float? {
      scaling?[key]?.double == 0 ? nil : try number(key, in: scaling)
    }
    if let attention = try number("attention_factor", in: scaling) {
      yarn.attention = attention
    } else if let own = try multiplier("mscale"), let all = try multiplier("mscale_all_dim") {
      yarn.attention =
        YaRNScaling.attention(factor: factor, multiplier: own)
        / YaRNScaling.attention(factor: factor, multiplier: all)
    }
    return yarn
  }

  /// Only the short factors are computed with: the context ends where transformers changes to the long ones, which would turn
  /// what a cache holds otherwise than what follows.
  private func addLongContext(to configuration: inout ModelConfiguration) throws(CheckpointError) {
    let original = try originalLength(configuration)
    let factor = try number("factor", in: scaling) ?? Float(configuration.contextLength) / original
    guard let short = try numbers("short_factor", in: scaling), short.allSatisfy({ $0 > 0 }) else {
      throw .missing(
        path: path, what: "\"short_factor\" above 0", hint: "the scaling of rotary frequencies needs it")
    }
    try check("short_factor", short, count: configuration.ropeDimension / 2)
    let standard =
      factor <= 1 ? 1 : Float((1 + log(Double(factor)) / log(Double(original))).squareRoot())
    configuration.ropeScaling = .longContext(
      short: short, attention: try number("attention_factor", in: scaling) ?? standard)
    configuration.contextLength = min(configuration.contextLength, Int(original))
  }
}
