internal import Statistics
public import Tokenizers

/// The smallest row norm that a token may have.
public enum NormFloor: Sendable, Equatable, Codable {
  case none
  /// An absolute norm, in the units of the embedding.
  case value(Double)
  /// A share in [0, 1] of the matched tokens: those with the smallest norms, in either model, go, and with them all whose norm
  /// equals the largest of theirs. Where norms are equal to rounding, as in a space of unit rows, none is small and
  /// none goes. Rows that training hardly touched keep small norms (Land, Bartolo 2024 use 0.01).
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
  /// Keep tokens whose rows training has not told apart, and copies of other rows.
  public var keepsUntrained = false

  public init() {}
}

/// Why a matched token was left out. A token counts for the first reason that applies, in this order.
public enum TokenRejection: String, Sendable, Codable, CaseIterable {
  case special, bytes, tooShort, notLetters, notWholeWord, notLowerCase
  /// A zero row has no direction; such rows always go.
  case zeroNorm
  /// The row, of either model, lies where training has not told rows apart, or is far too short (``UntrainedTokens``).
  case untrained
  /// The row, of either model, is byte for byte that of an earlier token.
  case duplicate
  case smallNorm
}

/// A match after a filter, and what the filter took.
public struct FilteredMatch: Sendable, Equatable, Codable {
  public let pairs: [TokenPair]
  public let rejected: [TokenRejection: Int]
  /// The pairs with an untrained or duplicate row, left out or kept; the norm's floor was not asked about those left out.
  public let untrained: [TokenPair]

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
  ///   - untrained: rows of the two embeddings that are `.untrained` or `.duplicate`; nothing is left out as such without it.
  /// - Precondition: the match's rows lie in the vocabulary and in both norm lists.
  public func applied(
    to match: TokenMatch, vocabularyA: [Token], normsA: [Double], normsB: [Double],
    untrained: (a: [Int: TokenRejection], b: [Int: TokenRejection])? = nil
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
    var trained = readable
    var left: [TokenPair] = []
    if let untrained {
      func reasons(_ pair: TokenPair) -> [TokenRejection] {
        [untrained.a[pair.rowA], untrained.b[pair.rowB]].compactMap { $0 }
      }
      left = readable.filter { !reasons($0).isEmpty }
      if !keepsUntrained {
        trained = readable.filter { reasons($0).isEmpty }
        for pair in left {
          rejected[reasons(pair).allSatisfy { $0 == .duplicate } ? .duplicate : .untrained, default: 0] += 1
        }
      }
    }
    let isSmallA = smallness(of: trained.map { normsA[$0.rowA] })
    let isSmallB = smallness(of: trained.map { normsB[$0.rowB] })
    let pairs = trained.filter { !isSmallA(normsA[$0.rowA]) && !isSmallB(normsB[$0.rowB]) }
    if pairs.count < trained.count { rejected[.smallNorm] = trained.count - pairs.count }
    return FilteredMatch(pairs: pairs, rejected: rejected, untrained: left)
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

  /// Which of the norms are too small.
  private func smallness(of norms: [Double]) -> (Double) -> Bool {
    switch minimumNorm {
    case .none: return { _ in false }
    case .value(let value): return { $0 < value }
    case .quantile(let q):
      // As many as lie below the quantile.
      let count = Int((min(max(q, 0), 1) * Double(norms.count - 1)).rounded(.up))
      guard count > 0 else { return { _ in false } }
      let sorted = norms.sorted()
      let floor = sorted[count - 1]
      let near = sorted.count { abs($0 - floor) <= 1e-5 * floor }
      return { 2 * near <= sorted.count && $0 <= floor }
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
