public import Tokenizers

/// The smallest row norm that a token may have.
public enum NormFloor: Sendable, Equatable, Codable {
  case none
  /// An absolute norm, in the units of the embedding.
  case value(Double)
  /// A share in [0, 1]: tokens below this quantile of the matched tokens' norms, in either model, go. Rows
  /// that training hardly touched keep small norms (Land, Bartolo 2024 use 0.01).
  case quantile(Double)
}

/// Which matched tokens take part in a comparison.
public struct TokenFilter: Sendable, Equatable, Codable {
  /// Only Unicode letters (with their combining marks) after the word start.
  public var lettersOnly = false
  /// Only tokens that start a word, that is, have a leading space.
  public var wholeWords = false
  /// Only tokens that lower-casing leaves as they are.
  public var lowerCaseOnly = false
  /// Characters that the text has at least, without the word start. Larger values drop fragments.
  public var minimumCharacters = 1
  /// Keep special tokens. They carry a format's meaning rather than text, so they go by default.
  public var keepsSpecial = false
  /// Keep byte tokens and text that is no whole UTF-8.
  public var keepsBytes = false
  public var minimumNorm = NormFloor.none

  public init() {}
}

/// Why a matched token was left out. A token counts for the first reason that applies, in this order.
public enum TokenRejection: String, Sendable, Codable, CaseIterable {
  case special, bytes, tooShort, notLetters, notWholeWord, notLowerCase
  /// A zero row has no direction; such rows always go.
  case zeroNorm
  case smallNorm
}

/// A match after a filter, and what the filter took.
public struct FilteredMatch: Sendable, Equatable, Codable {
  public let pairs: [TokenPair]
  public let rejected: [TokenRejection: Int]

  /// Rows of the first vocabulary, in the order of the pairs.
  public var rowsA: [Int] { pairs.map(\.rowA) }
  /// Rows of the second vocabulary, in the order of the pairs.
  public var rowsB: [Int] { pairs.map(\.rowB) }
}

extension TokenFilter {
  /// Applies the filter to a match. Text is judged on the first vocabulary's token: the bytes are the same.
  ///
  /// - Parameters:
  ///   - vocabularyA: the first vocabulary; its token of row `i` is at position `i`.
  ///   - normsA: Euclidean norm of every row of the first embedding.
  ///   - normsB: the same for the second.
  /// - Precondition: the match's rows lie in the vocabulary and in both norm lists.
  public func applied(
    to match: TokenMatch, vocabularyA: [Token], normsA: [Double], normsB: [Double]
  ) -> FilteredMatch {
    precondition(
      vocabularyA.count == normsA.count,
      "\(vocabularyA.count) tokens with \(normsA.count) norms of the first embedding")
    var rejected: [TokenRejection: Int] = [:]
    let readable = match.pairs.filter { pair in
      let rejection =
        textRejection(vocabularyA[pair.rowA], pair.reason)
        ?? (normsA[pair.rowA] > 0 && normsB[pair.rowB] > 0 ? nil : .zeroNorm)
      if let rejection { rejected[rejection, default: 0] += 1 }
      return rejection == nil
    }
    let floorA = floor(of: readable.map { normsA[$0.rowA] })
    let floorB = floor(of: readable.map { normsB[$0.rowB] })
    let pairs = readable.filter { normsA[$0.rowA] >= floorA && normsB[$0.rowB] >= floorB }
    if pairs.count < readable.count { rejected[.smallNorm] = readable.count - pairs.count }
    return FilteredMatch(pairs: pairs, rejected: rejected)
  }

  private func textRejection(_ token: Token, _ reason: MatchReason) -> TokenRejection? {
    if reason == .sameSpecial || token.kind == .control { return keepsSpecial ? nil : .special }
    let startsWord = token.bytes.first == 0x20
    guard reason != .byteToken,
      let text = String(validating: token.bytes.dropFirst(startsWord ? 1 : 0), as: UTF8.self)
    else { return keepsBytes && !lettersOnly ? nil : .bytes }
    if text.count < minimumCharacters { return .tooShort }
    if lettersOnly, !text.unicodeScalars.allSatisfy(\.isLetterOrMark) || text.isEmpty { return .notLetters }
    if wholeWords, !startsWord { return .notWholeWord }
    if lowerCaseOnly, text != text.lowercased() { return .notLowerCase }
    return nil
  }

  private func floor(of norms: [Double]) -> Double {
    switch minimumNorm {
    case .none: 0
    case .value(let value): value
    case .quantile(let q): norms.isEmpty ? 0 : quantile(ofSorted: norms.sorted(), q)
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isLetterOrMark: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .nonspacingMark, .spacingMark:
      true
    default: false
    }
  }
}
