import Files
import Foundation
import Tokenizers

/// The stages of a `tokenizer.json`. A kind of step that this library does not have is an error that names it.
struct TokenizerPipeline {
  let root: JSON
  let path: String

  /// The steps of a stage: those of a `Sequence` one after the other, within each other too.
  private func steps(_ stage: String, list: String) -> [JSON] {
    func flat(_ value: JSON) -> [JSON] {
      guard value["type"]?.string == "Sequence" else { return [value] }
      return (value[list]?.array ?? []).flatMap(flat)
    }
    return root[stage]?.present.map(flat) ?? []
  }

  private func unsupported(_ what: String, _ actual: String?, _ supported: String) -> CheckpointError {
    .unsupported(path: path, what: what, actual: actual ?? "(none)", supported: supported)
  }

  private func missing(_ key: String, of step: JSON) -> CheckpointError {
    .missing(
      path: path, what: "\"\(key)\" of \(step["type"]?.string ?? "a step")", hint: "fetch the file again")
  }

  private func text(_ key: String, of step: JSON) throws(CheckpointError) -> [UInt8] {
    guard let text = step[key]?.string else { throw missing(key, of: step) }
    return Array(text.utf8)
  }

  private func flag(_ key: String, of step: JSON) throws(CheckpointError) -> Bool {
    guard let flag = step[key]?.bool else { throw missing(key, of: step) }
    return flag
  }

  private func pattern(of step: JSON) throws(CheckpointError) -> TextPattern {
    if let text = step["pattern"]?["String"]?.string { return .literal(Array(text.utf8)) }
    guard let expression = step["pattern"]?["Regex"]?.string else { throw missing("pattern", of: step) }
    return try tokenizerErrors(path) { () throws(TokenizerError) in try TextPattern(expression: expression) }
  }

  // MARK: - Normalizers

  func normalizers() throws(CheckpointError) -> [TextNormalizer] {
    var result: [TextNormalizer] = []
    for step in steps("normalizer", list: "normalizers") { result.append(try normalizer(step)) }
    return result
  }

  private func normalizer(_ step: JSON) throws(CheckpointError) -> TextNormalizer {
    switch step["type"]?.string {
    case "NFC": return .nfc
    case "NFD": return .nfd
    case "NFKC": return .nfkc
    case "NFKD": return .nfkd
    case "Lowercase": return .lowercase
    case "StripAccents": return .stripAccents
    case "Nmt": return .nmt
    case "ByteLevel": return .byteLevel
    case "Strip":
      return .strip(left: try flag("strip_left", of: step), right: try flag("strip_right", of: step))
    case "Replace": return .replace(try pattern(of: step), with: try text("content", of: step))
    case "Prepend": return .prepend(try text("prepend", of: step))
    case "BertNormalizer":
      let lowercases = try flag("lowercase", of: step)
      return .bert(
        cleansText: try flag("clean_text", of: step),
        spacesIdeographs: try flag("handle_chinese_chars", of: step),
        stripsAccents: step["strip_accents"]?.bool ?? lowercases, lowercases: lowercases)
    case "Precompiled":
      guard let text = step["precompiled_charsmap"]?.string, let bytes = Data(base64Encoded: text) else {
        throw missing("precompiled_charsmap", of: step)
      }
      return .characterMap(
        try tokenizerErrors(path) { () throws(TokenizerError) in
          try CharacterMap(Array(bytes), reading: .clusters)
        })
    case let other:
      throw unsupported(
        "normalizer", other,
        "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Nmt, ByteLevel, Strip, Replace, Prepend, BertNormalizer, "
          + "Precompiled, Sequence")
    }
  }

  // MARK: - Pre-tokenizers

  func cutters() throws(CheckpointError) -> [TextCutter] {
    var result: [TextCutter] = []
    for step in steps("pre_tokenizer", list: "pretokenizers") { result.append(try cutter(step)) }
    return result
  }

  private func cutter(_ step: JSON) throws(CheckpointError) -> TextCutter {
    switch step["type"]?.string {
    case "ByteLevel":
      return .byteLevel(
        addsSpace: try flag("add_prefix_space", of: step), cuts: step["use_regex"]?.bool ?? true)
    case "Split":
      return .split(
        try pattern(of: step), try behavior(step["behavior"], of: step),
        inverted: step["invert"]?.bool ?? false)
    case "Whitespace": return .whitespace
    case "WhitespaceSplit": return .whitespaceSplit
    case "BertPreTokenizer": return .bert
    case "Punctuation": return .punctuation(try behavior(step["behavior"] ?? .string("Isolated"), of: step))
    case "Digits": return .digits(individual: try flag("individual_digits", of: step))
    case "CharDelimiterSplit":
      guard let scalar = step["delimiter"]?.string?.unicodeScalars.only else {
        throw missing("delimiter", of: step)
      }
      return .delimiter(scalar.value)
    case "Metaspace":
      return .metaspace(
        mark: try text("replacement", of: step), try prefixScheme(step), splits: step["split"]?.bool ?? true)
    case "FixedLength":
      guard let length = step["length"]?.integer, length > 0 else { throw missing("length", of: step) }
      return .fixedLength(length)
    case let other:
      throw unsupported(
        "pre-tokenizer", other,
        "ByteLevel, Split, Whitespace, WhitespaceSplit, BertPreTokenizer, Punctuation, Digits, CharDelimiterSplit, "
          + "Metaspace, FixedLength, Sequence")
    }
  }

  private func behavior(_ value: JSON?, of step: JSON) throws(CheckpointError) -> TextCutter.Behavior {
    guard let name = value?.string, let behavior = TextCutter.Behavior(rawValue: name) else {
      throw unsupported(
        "behavior", value?.string, TextCutter.Behavior.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return behavior
  }

  /// Files from before 2024 have a flag in its place.
  private func prefixScheme(_ step: JSON) throws(CheckpointError) -> TextCutter.PrefixScheme {
    guard let name = step["prepend_scheme"]?.string else {
      return step["add_prefix_space"]?.bool == false ? .never : .always
    }
    guard let scheme = TextCutter.PrefixScheme(rawValue: name) else {
      throw unsupported("prepend_scheme", name, "first, never, always")
    }
    return scheme
  }

  // MARK: - Decoders

  func decoders() throws(CheckpointError) -> [TokenDecoder] {
    var result: [TokenDecoder] = []
    for step in steps("decoder", list: "decoders") { result.append(try decoder(step)) }
    return result
  }

  private func decoder(_ step: JSON) throws(CheckpointError) -> TokenDecoder {
    switch step["type"]?.string {
    case "ByteLevel": return .byteLevel
    case "WordPiece":
      return .wordPiece(continuation: try text("prefix", of: step), tidies: try flag("cleanup", of: step))
    case "Metaspace":
      return .metaspace(mark: try text("replacement", of: step), dropsFirst: try prefixScheme(step) != .never)
    case "BPEDecoder": return .wordEnd(try text("suffix", of: step))
    case "ByteFallback": return .byteFallback
    case "Fuse": return .fuse
    case "Strip":
      guard let start = step["start"]?.integer, let end = step["stop"]?.integer, start >= 0, end >= 0,
        start <= 1 << 20, end <= 1 << 20
      else { throw missing("start", of: step) }
      return .strip(try text("content", of: step), start: start, end: end)
    case "Replace": return .replace(try pattern(of: step), with: try text("content", of: step))
    case let other:
      throw unsupported(
        "decoder", other,
        "ByteLevel, WordPiece, Metaspace, BPEDecoder, ByteFallback, Fuse, Strip, Replace, Sequence")
    }
  }

  // MARK: - Post-processors

  /// The ids that stand before and behind a text.
  func surroundings() throws(CheckpointError) -> (prefix: [Int], suffix: [Int]) {
    var (prefix, suffix): ([Int], [Int]) = ([], [])
    for step in steps("post_processor", list: "processors") {
      switch step["type"]?.string {
      case "ByteLevel": continue
      case "BertProcessing", "RobertaProcessing":
        prefix = [try id(step["cls"], "cls", of: step)] + prefix
        suffix += [try id(step["sep"], "sep", of: step)]
      case "TemplateProcessing":
        let around = try template(step)
        prefix = around.prefix + prefix
        suffix += around.suffix
      case let other:
        throw unsupported(
          "post-processor", other,
          "TemplateProcessing, BertProcessing, RobertaProcessing, ByteLevel, Sequence")
      }
    }
    return (prefix, suffix)
  }

  /// A pair of a form and its id.
  private func id(_ pair: JSON?, _ key: String, of step: JSON) throws(CheckpointError) -> Int {
    guard let pair = pair?.array, pair.count == 2, let id = pair[1].integer else {
      throw missing(key, of: step)
    }
    return id
  }

  private func template(_ step: JSON) throws(CheckpointError) -> (prefix: [Int], suffix: [Int]) {
    guard let parts = step["single"]?.array else { throw missing("single", of: step) }
    var (prefix, suffix): ([Int], [Int]) = ([], [])
    var texts = 0
    for part in parts {
      if let sequence = part["Sequence"] {
        guard sequence["id"]?.string == "A", texts == 0 else {
          throw unsupported("template of a single text", "the text twice, or a second one", "one text")
        }
        texts += 1
        continue
      }
      guard let name = part["SpecialToken"]?["id"]?.string,
        let list = step["special_tokens"]?[name]?["ids"]?.array
      else { throw missing("special_tokens", of: step) }
      for id in list {
        guard let id = id.integer else { throw missing("ids", of: step) }
        if texts == 0 { prefix.append(id) } else { suffix.append(id) }
      }
    }
    guard texts == 1 else { throw unsupported("template of a single text", "no text", "one text") }
    return (prefix, suffix)
  }

  // MARK: - The model

  /// - Parameter vocabulary: entries by id, with the padding of the embedding.
  func model(_ vocabulary: TokenizerVocabulary) throws(CheckpointError) -> TextModel {
    guard let model = root["model"]?.present else { throw unsupported("tokenizer model", nil, Self.models) }
    let unknown = vocabulary.id(model["unk_token"]?.string)
    func need(_ id: Int?, _ kind: String) throws(CheckpointError) -> Int {
      guard let id else {
        throw .tokenizer(path: path, .missingToken(model["unk_token"]?.string ?? "unk_token", of: kind))
      }
      return id
    }
    switch kind(of: model) {
    case "BPE":
      if let dropout = model["dropout"]?.double, dropout > 0 {
        throw unsupported("BPE dropout", "\(dropout)", "none: ids would be random")
      }
      return .bytePair(
        BytePairRules(
          merges: try merges(model), unknown: unknown,
          continuation: model["continuing_subword_prefix"]?.string ?? "",
          wordEnd: model["end_of_word_suffix"]?.string ?? "", fusesUnknown: model["fuse_unk"]?.bool ?? false,
          fallsBackToBytes: model["byte_fallback"]?.bool ?? false,
          takesWholePieces: model["ignore_merges"]?.bool ?? false))
    case "WordPiece":
      return .wordPiece(
        unknown: try need(unknown, "WordPiece"),
        continuation: model["continuing_subword_prefix"]?.string ?? "##",
        longest: model["max_input_chars_per_word"]?.integer ?? 100)
    case "WordLevel": return .wordLevel(unknown: try need(unknown, "WordLevel"))
    case "Unigram":
      return .unigram(
        scores: try scores(model, count: vocabulary.forms.count),
        unknown: try need(model["unk_id"]?.integer, "Unigram"),
        fallsBackToBytes: model["byte_fallback"]?.bool ?? false)
    case let other: throw unsupported("tokenizer model", other, Self.models)
    }
  }

  private static let models = "BPE, WordPiece, Unigram, WordLevel"

  /// Files from before 2020 leave the kind to be seen from what is there.
  private func kind(of model: JSON) -> String? {
    if let type = model["type"]?.string { return type }
    if model["merges"]?.array != nil { return "BPE" }
    if model["vocab"]?.array != nil { return "Unigram" }
    return model["continuing_subword_prefix"] != nil ? "WordPiece" : nil
  }

  /// Pairs in order of rank; files hold them as "left right" or as arrays of two.
  private func merges(_ model: JSON) throws(CheckpointError) -> [[String]] {
    var pairs: [[String]] = []
    for (rank, merge) in (model["merges"]?.array ?? []).enumerated() {
      let parts: [String]
      if let text = merge.string {
        // By scalars: a space and a mark behind it are one character.
        parts = text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      } else {
        parts = merge.array?.compactMap(\.string) ?? []
      }
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
        throw .malformed(
          path: path, offset: 0, what: "model.merges[\(rank)]", expected: "two tokens",
          actual: merge.string ?? merge.kind)
      }
      pairs.append(parts)
    }
    return pairs
  }

  private func scores(_ model: JSON, count: Int) throws(CheckpointError) -> [Double] {
    var scores = [Double](repeating: 0, count: count)
    for (id, piece) in (model["vocab"]?.array ?? []).enumerated() {
      guard let pair = piece.array, pair.count == 2, let score = pair[1].double else {
        throw .malformed(
          path: path, offset: 0, what: "model.vocab[\(id)]", expected: "a piece and its score",
          actual: piece.kind)
      }
      scores[id] = score
    }
    return scores
  }

  // MARK: - Added tokens

  func added() throws(CheckpointError) -> [AddedToken] {
    var result: [AddedToken] = []
    for token in root["added_tokens"]?.array ?? [] {
      guard let form = token["content"]?.string, let id = token["id"]?.integer else {
        throw .malformed(
          path: path, offset: 0, what: "added_tokens[\(result.count)]", expected: "content and id",
          actual: token.kind)
      }
      let isSpecial = token["special"]?.bool ?? false
      result.append(
        AddedToken(
          form: form, id: id, isSpecial: isSpecial, stripsLeft: token["lstrip"]?.bool ?? false,
          stripsRight: token["rstrip"]?.bool ?? false, isWholeWord: token["single_word"]?.bool ?? false,
          isNormalized: token["normalized"]?.bool ?? !isSpecial))
    }
    return result
  }
}
