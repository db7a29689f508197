/// A tokenizer as the stages of a `tokenizer.json`: added tokens, normalizers, cutters, a model, what stands around a text,
/// and decoders.
///
/// Source: the `tokenizers` library, whose ids every stage gives (`Tests/TokenizersTests/Golden/generate_pipelines.py`).
public struct TextPipeline: Sendable {
  public var added: [AddedToken]
  public var normalizers: [TextNormalizer]
  /// The pre-tokenizers: no token crosses their cuts.
  public var cutters: [TextCutter]
  public var model: TextModel
  /// By id: whether the model itself has the entry. Others are added tokens, or padding.
  public var isInModel: [Bool]
  /// Ids before and behind a text.
  public var prefix: [Int]
  public var suffix: [Int]
  /// The steps from tokens to text; empty: tokens with a space between, as the library has it.
  public var decoders: [TokenDecoder]
  /// How the entries spell bytes, for what looks at tokens one by one.
  public var spelling: TokenSpelling
  /// Whether SentencePiece's own rules hold: added tokens are not normalised, text spells no byte token and no unused one, and
  /// the score of the unknown is told from ordinary pieces alone.
  public var isSentencePiece = false

  public init(
    added: [AddedToken], normalizers: [TextNormalizer], cutters: [TextCutter], model: TextModel,
    isInModel: [Bool],
    prefix: [Int], suffix: [Int], decoders: [TokenDecoder], spelling: TokenSpelling
  ) {
    (self.added, self.normalizers, self.cutters, self.model) = (added, normalizers, cutters, model)
    (self.isInModel, self.prefix, self.suffix) = (isInModel, prefix, suffix)
    (self.decoders, self.spelling) = (decoders, spelling)
  }
}

extension TextPipeline {
  /// Checks ids, counts and scores against a vocabulary of so many entries.
  func validate(count: Int) throws(TokenizerError) {
    guard isInModel.count == count else {
      throw .wrongCount(of: "marks of the model's entries", expected: count, actual: isInModel.count)
    }
    func check(_ ids: [Int], _ what: String) throws(TokenizerError) {
      if let id = ids.first(where: { !(0..<count).contains($0) }) {
        throw .idOutOfRange(of: what, id: id, count: count)
      }
    }
    try check(added.map(\.id), "added token")
    try check(prefix + suffix, "token around a text")
    switch model {
    case .bytePair(let rules): try check([rules.unknown].compactMap(\.self), "unknown token")
    case .wordPiece(let unknown, _, _): try check([unknown], "unknown token")
    case .wordLevel(let unknown): try check([unknown].compactMap(\.self), "unknown token")
    case .unigram(let scores, let unknown, _):
      try check([unknown].compactMap(\.self), "unknown token")
      try checkScores(scores, count: count)
    case .scoredPairs(let scores, let unknown):
      try check([unknown].compactMap(\.self), "unknown token")
      try checkScores(scores.map(Double.init), count: count)
    }
  }

  private func checkScores(_ scores: [Double], count: Int) throws(TokenizerError) {
    guard scores.count == count else {
      throw .wrongCount(of: "token scores", expected: count, actual: scores.count)
    }
    if let index = scores.firstIndex(where: { !$0.isFinite }) { throw .scoreNotFinite(index: index) }
  }
}

/// A token that is found in text as it stands, before the model sees it.
public struct AddedToken: Sendable {
  public let form: String
  public let id: Int
  /// A control token: found only where a caller asks for it, left out of decoded text.
  public let isSpecial: Bool
  /// Takes the white space before, and behind, into itself.
  public let stripsLeft: Bool
  public let stripsRight: Bool
  /// Not found where a word's character stands beside it.
  public let isWholeWord: Bool
  /// Looked for in the normalised text, itself normalised.
  public let isNormalized: Bool

  public init(
    form: String, id: Int, isSpecial: Bool, stripsLeft: Bool = false, stripsRight: Bool = false,
    isWholeWord: Bool = false, isNormalized: Bool = false
  ) {
    (self.form, self.id, self.isSpecial) = (form, id, isSpecial)
    (self.stripsLeft, self.stripsRight) = (stripsLeft, stripsRight)
    (self.isWholeWord, self.isNormalized) = (isWholeWord, isNormalized)
  }
}

/// How a piece of text becomes ids.
public enum TextModel: Sendable {
  case bytePair(BytePairRules)
  /// BERT's: the longest entry from the left, then the longest that goes on with a word (`continuation` in front).
  case wordPiece(unknown: Int, continuation: String, longest: Int)
  /// The path of the highest sum of scores (one for each id), Viterbi.
  case unigram(scores: [Double], unknown: Int?, fallsBackToBytes: Bool)
  /// A piece is a token or unknown.
  case wordLevel(unknown: Int?)
  /// SentencePiece's own BPE: the union of the highest score merges first.
  case scoredPairs(scores: [Float], unknown: Int?)
}

/// The rules of a `BPE` model.
public struct BytePairRules: Sendable {
  /// In order of rank.
  public var merges: [[String]]
  public var unknown: Int?
  /// Stands before every character of a piece but its first.
  public var continuation: String
  /// Stands behind the last character of a piece.
  public var wordEnd: String
  /// Whether unknown characters in a row are one token.
  public var fusesUnknown: Bool
  /// Whether an unknown character becomes its bytes (`<0x0A>`).
  public var fallsBackToBytes: Bool
  /// Whether a piece that is a token as a whole skips the merges.
  public var takesWholePieces: Bool

  public init(
    merges: [[String]], unknown: Int? = nil, continuation: String = "", wordEnd: String = "",
    fusesUnknown: Bool = false, fallsBackToBytes: Bool = false, takesWholePieces: Bool = false
  ) {
    (self.merges, self.unknown, self.continuation, self.wordEnd) = (merges, unknown, continuation, wordEnd)
    (self.fusesUnknown, self.fallsBackToBytes) = (fusesUnknown, fallsBackToBytes)
    self.takesWholePieces = takesWholePieces
  }
}
