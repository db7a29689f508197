import Files
import Foundation
import Tokenizers

/// Reads `tokenizer.json` with what `tokenizer_config.json` adds: byte-level BPE, and the BPE form in which
/// Hugging Face keeps SentencePiece models.
///
/// Merges of SentencePiece models become scores: a token's score is minus the rank of the first merge that
/// makes it. The merge lists are made from the scores in that order, so both pick the same pairs.
struct HuggingFaceTokenizerReader {
  let folder: HuggingFaceFolder

  var path: String { HuggingFaceFolder.join(folder.path, "tokenizer.json") }
  var configPath: String { HuggingFaceFolder.join(folder.path, "tokenizer_config.json") }

  func malformed(_ what: String, expected: String, actual: String) -> CheckpointError {
    .malformed(path: path, offset: 0, what: what, expected: expected, actual: actual)
  }

  func definition() throws(CheckpointError) -> TokenizerDefinition {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missing(path: path, what: "the file", hint: "it carries the vocabulary")
    }
    let root = try JSONReader.checkpoint(path)
    guard let model = root["model"], model["type"]?.string ?? "BPE" == "BPE" else {
      throw .unsupported(
        path: path, what: "tokenizer model", actual: root["model"]?["type"]?.string ?? "(none)",
        supported: "BPE (byte-level, or with byte fallback)")
    }
    let config =
      FileManager.default.fileExists(atPath: configPath) ? try JSONReader.checkpoint(configPath) : .null
    var vocabulary = try vocabulary(root: root, model: model)
    let pipeline = TokenizerPipeline(root: root, path: path)
    let algorithm: TokenizerDefinition.Algorithm
    if let rule = try pipeline.byteLevelRule() {
      algorithm = .byteLevelBPE(
        merges: try merges(model).map { $0.joined(separator: " ") }, preTokenizer: rule)
    } else {
      vocabulary.markBytes()
      algorithm = .sentencePiece(
        scores: scores(of: vocabulary, merges: try merges(model)),
        addSpacePrefix: try pipeline.sentencePiecePrefix())
    }
    let isByteLevel = if case .byteLevelBPE = algorithm { true } else { false }
    // The flags of tokenizer_config.json, where they are, replace the template of tokenizer.json, as in transformers.
    let template = pipeline.template()
    let (addsBegin, addsEnd) = (config["add_bos_token"]?.bool, config["add_eos_token"]?.bool)
    let begin = vocabulary.id((addsBegin == nil ? template?.begin : nil) ?? special("bos_token", in: config))
    let end = vocabulary.id((addsEnd == nil ? template?.end : nil) ?? special("eos_token", in: config))
    if let unknown = vocabulary.id(model["unk_token"]?.string) { vocabulary.types[unknown] = .unknown }
    return TokenizerDefinition(
      algorithm: algorithm, forms: vocabulary.forms, types: vocabulary.types, beginOfSequence: begin,
      endOfSequence: end, endOfTurn: EndOfTurn.find(in: vocabulary.forms),
      unknown: vocabulary.id(model["unk_token"]?.string),
      addsBeginOfSequence: addsBegin ?? template.map { $0.begin != nil } ?? (isByteLevel ? false : nil),
      addsEndOfSequence: addsEnd ?? (template?.end != nil),
      chatTemplate: try chatTemplate(config))
  }

  /// `bos_token` and its like: a text, or an object with the text as `content`.
  private func special(_ key: String, in config: JSON) -> String? {
    config[key]?.string ?? config[key]?["content"]?.string
  }

  private func chatTemplate(_ config: JSON) throws(CheckpointError) -> String? {
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

  /// Pairs in order of rank; files hold them as "left right" or as arrays of two.
  private func merges(_ model: JSON) throws(CheckpointError) -> [[String]] {
    var pairs: [[String]] = []
    for (rank, merge) in (model["merges"]?.array ?? []).enumerated() {
      let parts: [String]
      if let text = merge.string {
        parts = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      } else {
        parts = merge.array?.compactMap(\.string) ?? []
      }
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw malformed("model.merges[\(rank)]", expected: "two tokens", actual: merge.string ?? merge.kind)
      }
      pairs.append(parts)
    }
    return pairs
  }

  private func scores(of vocabulary: TokenizerVocabulary, merges: [[String]]) -> [Float] {
    var ranks: [[UInt8]: Int] = [:]
    for (rank, pair) in merges.enumerated() {
      let union = Array(pair[0].utf8) + Array(pair[1].utf8)
      if ranks[union] == nil { ranks[union] = rank }
    }
    return vocabulary.forms.map { form in -Float(ranks[Array(form.utf8)] ?? merges.count) }
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
