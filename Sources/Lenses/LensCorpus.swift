internal import Checkpoints
internal import Files
internal import Tokenizers
internal import Transformers

/// The texts that a lens is fitted on.
public struct LensCorpus: Sendable, Equatable {
  /// What reports call it: a file's name, or that of our own passages.
  public let name: String
  public let texts: [String]

  public init(name: String, texts: [String]) { (self.name, self.texts) = (name, texts) }

  /// 32 passages of plain English of many kinds, a good 128 tokens each.
  public static let passages = LensCorpus(name: "32 English passages", texts: Passages.all)

  /// Reads a file of texts: one a line; in JSON Lines each line a string or an object with a `text`.
  ///
  /// Empty lines are passed over.
  /// - Throws: `FileError` naming the line.
  public static func load(_ path: String) throws -> LensCorpus {
    let text = try TextInput.text(path, kind: "a file of texts", limit: 1 << 30)
    let isJSON = path.hasSuffix(".jsonl") || path.hasSuffix(".ndjson")
    var texts: [String] = []
    for (number, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    where !line.allSatisfy(\.isWhitespace) {
      texts.append(isJSON ? try string(String(line), path, line: number + 1) : String(line))
    }
    return LensCorpus(name: String(path.split(separator: "/").last ?? "texts"), texts: texts)
  }

  private static func string(_ line: String, _ path: String, line number: Int) throws -> String {
    let place = "line \(number)"
    var reader = JSONReader(Array(line.utf8), path: "\(path), \(place)")
    let value = try reader.document()
    guard let text = value.string ?? value["text"]?.string else {
      throw FileError.entry(
        path: path, place: place, expected: "a string, or an object with a string \"text\"",
        actual: value.kind)
    }
    return text
  }

  /// SHA-256 of the texts in their order, each closed by a zero byte.
  public var sha256: String {
    var hash = SHA256()
    for text in texts { hash.update((Array(text.utf8) + [0]).span) }
    return hexadecimal(hash.finalized())
  }

  /// The first texts as tokens, cut to a length.
  ///
  /// - Parameters:
  ///   - count: how many texts; nil takes all.
  ///   - needed: tokens that each must have, and what for.
  /// - Throws: ``LensError`` for too few texts or one that is too short.
  func sequences(
    for model: Model, count: Int?, tokens limit: Int, needed: (tokens: Int, what: String)
  ) throws(LensError) -> [[Int]] {
    let wanted = count ?? texts.count
    guard wanted >= 1, texts.count >= wanted else {
      throw .fewPrompts(corpus: name, count: texts.count, needed: max(wanted, 1))
    }
    var sequences: [[Int]] = []
    for (index, text) in texts.prefix(wanted).enumerated() {
      let tokens = Array(model.tokenizer.encode(text).prefix(limit))
      guard tokens.count >= needed.tokens else {
        throw .shortPrompt(
          corpus: name, prompt: index, tokens: tokens.count, needed: needed.tokens, what: needed.what)
      }
      sequences.append(tokens)
    }
    return sequences
  }
}
