import Files

/// How one vector is made of the last hidden states of a text's tokens.
public struct SentencePooling: Sendable, Equatable {
  /// What is taken of the tokens.
  public enum Mode: String, Sendable, CaseIterable, Codable {
    /// The mean over all tokens, special ones included.
    case mean
    /// The first token's.
    case cls
    /// The largest of each coordinate.
    case max
  }

  public var mode: Mode
  /// Divides by the Euclidean norm.
  public var normalises: Bool
  /// Tokens that the model's makers cut texts to, special ones included; `nil`: all that it has positions for.
  public var maximumTokens: Int?

  public init(mode: Mode = .mean, normalises: Bool = false, maximumTokens: Int? = nil) {
    (self.mode, self.normalises, self.maximumTokens) = (mode, normalises, maximumTokens)
  }

  /// Its name in files: `mean`, `mean-normalised`.
  public var name: String { mode.rawValue + (normalises ? "-normalised" : "") }
}

/// Reads what sentence-transformers writes beside a model: `modules.json`, the pooling's `config.json`, `sentence_bert_config.json`.
struct SentencePoolingReader {
  let folder: HuggingFaceFolder

  private static let modes: [String: SentencePooling.Mode] = [
    "pooling_mode_mean_tokens": .mean, "pooling_mode_cls_token": .cls, "pooling_mode_max_tokens": .max,
  ]

  /// - Returns: nil where there is no `modules.json`.
  /// - Throws: for modules and poolings that are not computed, naming them.
  func pooling() throws(CheckpointError) -> SentencePooling? {
    let path = HuggingFaceFolder.join(folder.path, "modules.json")
    guard folder.hasFile("modules.json") else { return nil }
    let modules = try JSONReader.checkpoint(path).array ?? []
    let kinds = modules.map { $0["type"]?.string?.split(separator: ".").last.map(String.init) ?? "?" }
    guard kinds.first == "Transformer", kinds.dropFirst().first == "Pooling",
      kinds.count == 2 || kinds.count == 3 && kinds[2] == "Normalize"
    else {
      throw .unsupported(
        path: path, what: "modules", actual: kinds.joined(separator: ", "),
        supported: "Transformer, Pooling and, if vectors are to have length 1, Normalize")
    }
    for (module, kind) in zip(modules, kinds) {
      guard let place = module["path"]?.string, place.isEmpty || isPlainFileName(place) else {
        throw .malformed(
          path: path, offset: 0, what: "path of \(kind)", expected: "the name of a folder in the same folder",
          actual: module["path"]?.string?.debugDescription ?? "nothing")
      }
      guard kind == "Transformer", !place.isEmpty else { continue }
      throw .unsupported(
        path: path, what: "a Transformer in", actual: place, supported: "the folder itself: give \(place)")
    }
    var pooling = SentencePooling(
      mode: try mode(modules[1]["path"]?.string ?? ""), normalises: kinds.count == 3)
    pooling.maximumTokens = try maximumTokens()
    try checkPrompt()
    return pooling
  }

  private func mode(_ place: String) throws(CheckpointError) -> SentencePooling.Mode {
    let path = HuggingFaceFolder.join(HuggingFaceFolder.join(folder.path, place), "config.json")
    let config = try JSONReader.checkpoint(path)
    var asked = (config.object ?? []).filter { $0.key.hasPrefix("pooling_mode_") && $0.value.bool == true }
      .map(\.key)
    if let name = config["pooling_mode"]?.string { asked.append("pooling_mode_\(name)_tokens") }
    if asked == ["pooling_mode_cls_tokens"] { asked = ["pooling_mode_cls_token"] }
    guard asked.count == 1, let mode = Self.modes[asked[0]] else {
      throw .unsupported(
        path: path, what: "pooling", actual: asked.isEmpty ? "of no mode" : asked.joined(separator: " and "),
        supported: "one of \(Self.modes.keys.sorted().joined(separator: ", "))")
    }
    return mode
  }

  private func maximumTokens() throws(CheckpointError) -> Int? {
    let name = "sentence_bert_config.json"
    guard folder.hasFile(name) else { return nil }
    let path = HuggingFaceFolder.join(folder.path, name)
    let config = try JSONReader.checkpoint(path)
    if config["do_lower_case"]?.bool == true {
      throw .unsupported(
        path: path, what: "\"do_lower_case\"", actual: "true",
        supported: "false: the tokenizer's own rules lower the case")
    }
    guard let value = config["max_seq_length"]?.present else { return nil }
    guard let most = value.integer, most >= 2 else {
      throw .malformed(
        path: path, offset: 0, what: "\"max_seq_length\"", expected: "an integer of 2 or more",
        actual: value.double.map { "\($0)" } ?? value.kind)
    }
    return most
  }

  /// A prompt that sentence-transformers puts before every text would change every vector.
  private func checkPrompt() throws(CheckpointError) {
    let name = "config_sentence_transformers.json"
    guard folder.hasFile(name) else { return }
    let path = HuggingFaceFolder.join(folder.path, name)
    guard let prompt = try JSONReader.checkpoint(path)["default_prompt_name"]?.present else { return }
    throw .unsupported(
      path: path, what: "\"default_prompt_name\"", actual: prompt.string ?? prompt.kind,
      supported: "none: write the prompt before each text yourself")
  }
}
