import Files
import Foundation
import Tokenizers

/// Reads `tokenizer.json` with what `tokenizer_config.json` adds, stage by stage as the format defines it. Truncation and padding,
/// which the file may ask for too, are the caller's.
struct HuggingFaceTokenizerReader {
  let folder: HuggingFaceFolder

  var path: String { HuggingFaceFolder.join(folder.path, "tokenizer.json") }
  var configPath: String { HuggingFaceFolder.join(folder.path, "tokenizer_config.json") }

  func malformed(_ what: String, expected: String, actual: String) -> CheckpointError {
    .malformed(path: path, offset: 0, what: what, expected: expected, actual: actual)
  }

  func definition() throws(CheckpointError) -> TokenizerDefinition {
    guard FileManager.default.fileExists(atPath: path) else { return try companionDefinition() }
    let root = try JSONReader.checkpoint(path)
    guard let model = root["model"]?.present else {
      throw .missing(path: path, what: "\"model\"", hint: "it holds the vocabulary")
    }
    let config =
      FileManager.default.fileExists(atPath: configPath) ? try JSONReader.checkpoint(configPath) : .null
    var vocabulary = try vocabulary(root: root, model: model)
    let pipeline = try pipeline(root, model, &vocabulary)
    return try definition(pipeline, vocabulary, config, unknown: unknownToken(model, vocabulary))
  }

  private func pipeline(
    _ root: JSON, _ model: JSON, _ vocabulary: inout TokenizerVocabulary
  ) throws(CheckpointError) -> TextPipeline {
    let stages = TokenizerPipeline(root: root, path: path)
    let textModel = try stages.model(vocabulary)
    let spelling = spelling(root, model) ?? TokenSpelling(of: vocabulary.forms)
    if spelling == .sentencePiece { vocabulary.markBytes() }
    if let unknown = unknownToken(model, vocabulary) { vocabulary.types[unknown] = .unknown }
    var isInModel = [Bool](repeating: false, count: vocabulary.forms.count)
    for member in try members(of: model) {
      if let id = member.id?.integer { isInModel[id] = true }
    }
    let around = try stages.surroundings()
    return TextPipeline(
      added: try stages.added(), normalizers: try stages.normalizers(), cutters: try stages.cutters(),
      model: textModel, isInModel: isInModel, prefix: around.prefix, suffix: around.suffix,
      decoders: try stages.decoders(), spelling: spelling)
  }

  /// A pipeline with what `tokenizer_config.json` says: its flags, where they are, replace the template of
  /// tokenizer.json, as in transformers.
  func definition(
    _ stages: TextPipeline, _ vocabulary: TokenizerVocabulary, _ config: JSON, unknown: Int?
  ) throws(CheckpointError) -> TokenizerDefinition {
    var pipeline = stages
    let (addsBegin, addsEnd) = (config["add_bos_token"]?.bool, config["add_eos_token"]?.bool)
    let begin =
      (addsBegin == nil ? pipeline.prefix.first : nil) ?? vocabulary.id(special("bos_token", in: config))
      ?? pipeline.prefix.first
    let end =
      (addsEnd == nil ? pipeline.suffix.last : nil) ?? vocabulary.id(special("eos_token", in: config))
      ?? pipeline.suffix.last
    if let addsBegin { pipeline.prefix = addsBegin ? begin.map { [$0] } ?? [] : [] }
    if let addsEnd { pipeline.suffix = addsEnd ? end.map { [$0] } ?? [] : [] }
    return TokenizerDefinition(
      algorithm: .pipeline(pipeline), forms: vocabulary.forms, types: vocabulary.types,
      beginOfSequence: begin,
      endOfSequence: end, endOfTurn: EndOfTurn.find(in: vocabulary.forms), unknown: unknown,
      addsBeginOfSequence: !pipeline.prefix.isEmpty, addsEndOfSequence: !pipeline.suffix.isEmpty,
      chatTemplate: try chatTemplate(config))
  }

  /// `bos_token` and its like: a text, or an object with the text as `content`.
  func special(_ key: String, in config: JSON) -> String? {
    config[key]?.string ?? config[key]?["content"]?.string
  }

  func chatTemplate(_ config: JSON) throws(CheckpointError) -> String? {
    let file = HuggingFaceFolder.join(folder.path, "chat_template.jinja")
    if FileManager.default.fileExists(atPath: file) {
      return try TextInput.checkpoint(file, kind: "a chat template", limit: 1 << 20)
    }
    if let text = config["chat_template"]?.string { return text }
    return config["chat_template"]?.array?.first { $0["name"]?.string == "default" }?["template"]?.string
  }

  /// The vocabulary, padded to the rows of the embedding.
  func vocabulary(root: JSON, model: JSON) throws(CheckpointError) -> TokenizerVocabulary {
    let members = try members(of: model)
    let added = root["added_tokens"]?.array ?? []
    let rows = folder.embeddingRows
    var entries: [(form: String, id: Int, type: TokenType)] = []
    let limit = max(rows, members.count + added.count)
    func entry(_ form: String?, _ id: JSON?, _ type: TokenType) throws(CheckpointError) {
      guard let form, let id = id?.integer, (0..<limit).contains(id) else {
        throw malformed(
          "id of token \(form?.debugDescription ?? "without content")", expected: "0 ..< \(limit)",
          actual: id?.integer.map { "\($0)" } ?? id?.kind ?? "nothing")
      }
      entries.append((form, id, type))
    }
    for member in members { try entry(member.form, member.id, .normal) }
    let ordinary = entries.count
    for token in added {
      try entry(
        token["content"]?.string, token["id"], token["special"]?.bool == true ? .control : .userDefined)
    }
    let count = max(rows, (entries.map(\.id).max() ?? 0) + 1)
    var vocabulary = TokenizerVocabulary(count: count)
    for (index, entry) in entries.enumerated() {
      let taken = vocabulary.types[entry.id] != .unused
      guard !taken || index >= ordinary && vocabulary.forms[entry.id].utf8.elementsEqual(entry.form.utf8)
      else {
        throw malformed(
          "id \(entry.id)", expected: "one token", actual: "\(vocabulary.forms[entry.id]) and \(entry.form)")
      }
      vocabulary.forms[entry.id] = entry.form
      vocabulary.types[entry.id] = entry.type
    }
    return vocabulary
  }
}

/// Forms and types by id; ids that no token has are unused.
struct TokenizerVocabulary {
  var forms: [String]
  var types: [TokenType]

  init(count: Int) {
    forms = (0..<count).map { "[PAD\($0)]" }
    types = Array(repeating: .unused, count: count)
  }

  func id(_ form: String?) -> Int? {
    guard let form else { return nil }
    return forms.firstIndex { $0.utf8.elementsEqual(form.utf8) }
  }

  /// `<0x00>` … `<0xFF>` are SentencePiece's bytes.
  mutating func markBytes() {
    let bytes = Set(
      (0...255).map { "<0x" + ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) + ">" })
    for id in forms.indices
    where types[id] == .normal && forms[id].utf8.count == 6 && bytes.contains(forms[id]) {
      types[id] = .byte
    }
  }
}
