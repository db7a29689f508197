import Files
import Foundation
import Tokenizers

/// The vocabulary of a folder without its text rules.
extension HuggingFaceTokenizerReader {
  func vocabulary() throws(CheckpointError) -> CheckpointVocabulary {
    guard FileManager.default.fileExists(atPath: path) else { return try companionVocabulary() }
    let root = try JSONReader.checkpoint(path)
    guard let model = root["model"] else {
      throw malformed("model", expected: "an object with a vocabulary", actual: "nothing")
    }
    var vocabulary = try vocabulary(root: root, model: model)
    let known = spelling(root, model)
    let spelling = known ?? TokenSpelling(of: vocabulary.forms)
    if spelling == .sentencePiece { vocabulary.markBytes() }
    if let unknown = unknownToken(model, vocabulary) { vocabulary.types[unknown] = .unknown }
    if let suffix = model["end_of_word_suffix"]?.string, !suffix.isEmpty {
      vocabulary.drop(suffix: suffix)
    }
    return try checkpointVocabulary(
      path, forms: vocabulary.forms, types: vocabulary.types, spelling: (spelling, known == nil)
    ) { () throws(CheckpointError) in try textRules(root, model) }
  }

  /// Throws for rules that ``definition()`` would refuse.
  private func textRules(_ root: JSON, _ model: JSON) throws(CheckpointError) {
    let stages = TokenizerPipeline(root: root, path: path)
    _ = try stages.model(try vocabulary(root: root, model: model))
    _ = (try stages.normalizers(), try stages.cutters(), try stages.surroundings(), try stages.decoders())
  }

  /// The entries and their ids; unigram models list pieces with scores in the order of the ids.
  func members(of model: JSON) throws(CheckpointError) -> [(form: String?, id: JSON?)] {
    if let members = model["vocab"]?.object, !members.isEmpty { return members.map { ($0.key, $0.value) } }
    if let pieces = model["vocab"]?.array, !pieces.isEmpty {
      return pieces.enumerated().map { ($1.array?.first?.string, .integer($0)) }
    }
    throw malformed(
      "model.vocab", expected: "an object of ids, or a list of pieces",
      actual: model["vocab"]?.kind ?? "nothing")
  }

  func unknownToken(_ model: JSON, _ vocabulary: TokenizerVocabulary) -> Int? {
    if let id = model["unk_id"]?.integer { return vocabulary.forms.indices.contains(id) ? id : nil }
    return vocabulary.id(model["unk_token"]?.string)
  }

  /// What the file says of the spelling; `nil` where it says nothing.
  func spelling(_ root: JSON, _ model: JSON) -> TokenSpelling? {
    let stages = ["pre_tokenizer", "decoder", "normalizer"].compactMap { root[$0]?.present }
    let steps = stages.flatMap { stage in
      [stage] + ["pretokenizers", "decoders", "normalizers"].flatMap { stage[$0]?.array ?? [] }
    }
    func has(_ type: String) -> Bool { steps.contains { $0["type"]?.string == type } }
    if has("ByteLevel") { return .byteLevel }
    switch model["type"]?.string {
    case "WordPiece": return model["continuing_subword_prefix"]?.string ?? "##" == "##" ? .wordPiece : nil
    case "Unigram": return .sentencePiece
    default:
      let replaces = steps.contains { $0["content"]?.string == "▁" || $0["prepend"]?.string == "▁" }
      return model["byte_fallback"]?.bool == true || has("Metaspace") || replaces ? .sentencePiece : nil
    }
  }

  /// From the files that tokenizers had before `tokenizer.json`.
  private func companionVocabulary() throws(CheckpointError) -> CheckpointVocabulary {
    let readers: [(name: String, read: (String) throws(CheckpointError) -> TokenizerVocabulary)] = [
      ("tokenizer.model", pieceVocabulary), ("spiece.model", pieceVocabulary),
      (folder.vocabularyFile, jsonVocabulary), ("vocab.txt", lineVocabulary),
    ]
    guard let (name, read) = readers.first(where: { FileManager.default.fileExists(atPath: place($0.name)) })
    else {
      throw .missing(
        path: path, what: "the file",
        hint: "it carries the vocabulary, as " + readers.map(\.name).joined(separator: ", ") + " would")
    }
    var vocabulary = try read(place(name))
    try nameSpecialTokens(in: &vocabulary)
    return try checkpointVocabulary(
      place(name), forms: vocabulary.forms, types: vocabulary.types,
      spelling: (TokenSpelling(of: vocabulary.forms), guessed: true)
    ) { () throws(CheckpointError) in _ = try companionDefinition() }
  }

  /// SentencePiece's own file.
  private func pieceVocabulary(_ file: String) throws(CheckpointError) -> TokenizerVocabulary {
    vocabulary(of: try SentencePieceModel(path: file))
  }

  func vocabulary(of model: SentencePieceModel) -> TokenizerVocabulary {
    var vocabulary = TokenizerVocabulary(count: max(folder.embeddingRows, model.forms.count))
    vocabulary.forms.replaceSubrange(model.forms.indices, with: model.forms)
    vocabulary.types.replaceSubrange(model.types.indices, with: model.types)
    for (id, form) in sentinels(behind: model.forms.count) where vocabulary.forms.indices.contains(id) {
      vocabulary.forms[id] = form
      vocabulary.types[id] = .control
    }
    return vocabulary
  }

  func place(_ name: String) -> String { HuggingFaceFolder.join(folder.path, name) }

  /// An object of ids.
  func jsonVocabulary(_ file: String) throws(CheckpointError) -> TokenizerVocabulary {
    let ids = JSONMember(key: "vocab", value: try JSONReader.checkpoint(file))
    return try vocabulary(root: .null, model: .object([ids]))
  }

  /// A token a line; those in brackets are special.
  func lineVocabulary(_ file: String) throws(CheckpointError) -> TokenizerVocabulary {
    let text = try TextInput.checkpoint(file, kind: "a list of tokens", limit: 64 << 20)
    var forms = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.map(String.init)
    if forms.last?.isEmpty == true { forms.removeLast() }
    var vocabulary = TokenizerVocabulary(count: max(folder.embeddingRows, forms.count))
    for (id, form) in forms.enumerated() {
      vocabulary.forms[id] = form
      vocabulary.types[id] = form.hasPrefix("[") && form.hasSuffix("]") ? .control : .normal
    }
    return vocabulary
  }
}

extension TokenizerVocabulary {
  /// Entries that end a word carry a mark of it in some BPE models (`the</w>`); words are not marked at their start
  /// there, so the mark is left out of the text.
  mutating func drop(suffix: String) {
    for id in forms.indices where types[id] == .normal && forms[id].hasSuffix(suffix) && forms[id] != suffix {
      forms[id].removeLast(suffix.count)
    }
  }
}
