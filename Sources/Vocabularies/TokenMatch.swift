public import Tokenizers

/// What a vocabulary entry stands for, the same in every tokenizer's spelling.
///
/// Text is its bytes without the leading space and a mark that says whether there was one, so that `Ġthe`,
/// `▁the` and ` the` are one form, and `the` is another. A byte token is text of one byte. Special tokens
/// form a class of their own: the text `<s>` is never the special `<s>`.
public struct CanonicalForm: Sendable, Hashable, Codable, CustomStringConvertible {
  public let isSpecial: Bool
  /// The text has a leading space.
  public let startsWord: Bool
  /// The text's bytes without that space; a special token's name.
  public let bytes: [UInt8]

  /// - Returns: nil for entries that stand for nothing: reserved ones, and text without bytes.
  public init?(_ token: Token) {
    switch token.kind {
    case .unused: return nil
    case .control:
      guard !token.form.isEmpty else { return nil }
      (isSpecial, startsWord, bytes) = (true, false, Array(token.form.utf8))
    case .normal, .byte:
      guard !token.bytes.isEmpty else { return nil }
      isSpecial = false
      startsWord = token.bytes[0] == 0x20
      bytes = Array(token.bytes.dropFirst(startsWord ? 1 : 0))
    }
  }

  /// The text with `▁` for the word start and `<0xNN>` for bytes that are no UTF-8.
  public var description: String {
    let text =
      String(validating: bytes, as: UTF8.self)
      ?? bytes.map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return "<0x\(digits.count < 2 ? "0" : "")\(digits)>"
      }.joined()
    return (startsWord ? "▁" : "") + text
  }
}

/// Why two rows are taken for the same token.
public enum MatchReason: String, Sendable, Codable, CaseIterable {
  /// Both stand for the same bytes of text.
  case sameBytes
  /// The same, and at least one of them is a byte token.
  case byteToken
  /// Special tokens with the same name.
  case sameSpecial
}

/// A row of the first vocabulary and the row of the second that is the same token.
public struct TokenPair: Sendable, Hashable, Codable {
  public let rowA: Int
  public let rowB: Int
  public let reason: MatchReason

  public init(rowA: Int, rowB: Int, reason: MatchReason) {
    self.rowA = rowA
    self.rowB = rowB
    self.reason = reason
  }
}

/// Rows of one vocabulary that stand for the same thing.
public struct TokenCollision: Sendable, Equatable, Codable {
  public let form: CanonicalForm
  /// The row that takes part in the match.
  public let kept: Int
  /// The others, ascending.
  public let dropped: [Int]
}

/// How one vocabulary fared in a match.
public struct MatchSide: Sendable, Equatable, Codable {
  /// All rows of the vocabulary.
  public let count: Int
  /// Rows that stand for nothing: reserved entries and empty text.
  public let unused: Int
  /// Rows lost to a collision.
  public let collisions: [TokenCollision]
  /// Rows with a form of their own and no partner.
  public let unmatched: Int
  public let matched: Int

  /// Matched rows as a share of the rows that stand for something; 0 for an empty vocabulary.
  public var coverage: Double { count > unused ? Double(matched) / Double(count - unused) : 0 }
}

/// Which rows of two vocabularies are the same token.
///
/// Rows match when their canonical forms are equal. Where several rows of one vocabulary share a form, the
/// ordinary entry beats the byte token, then the lowest id wins; the others are listed as collisions.
/// Pairs are in the order of the first vocabulary. O(vocabulary), deterministic.
public struct TokenMatch: Sendable, Equatable, Codable {
  public let pairs: [TokenPair]
  public let sideA: MatchSide
  public let sideB: MatchSide

  /// Matches two vocabularies, given in row order or not: a token's row is its id.
  public init(_ a: [Token], _ b: [Token]) {
    let indexA = FormIndex(a)
    let indexB = FormIndex(b)
    var pairs: [TokenPair] = []
    for (form, tokenA) in indexA.owners {
      guard let tokenB = indexB.owners[form] else { continue }
      let reason: MatchReason =
        form.isSpecial ? .sameSpecial : tokenA.kind == .byte || tokenB.kind == .byte ? .byteToken : .sameBytes
      pairs.append(TokenPair(rowA: tokenA.id, rowB: tokenB.id, reason: reason))
    }
    self.pairs = pairs.sorted { $0.rowA < $1.rowA }
    sideA = indexA.side(matched: pairs.count)
    sideB = indexB.side(matched: pairs.count)
  }

  /// Rows of the first vocabulary, in the order of the pairs.
  public var rowsA: [Int] { pairs.map(\.rowA) }
  /// Rows of the second vocabulary, in the order of the pairs.
  public var rowsB: [Int] { pairs.map(\.rowB) }

  /// Pairs for each reason; reasons without a pair are present with 0.
  public var countsByReason: [MatchReason: Int] {
    pairs.reduce(into: Dictionary(uniqueKeysWithValues: MatchReason.allCases.map { ($0, 0) })) {
      $0[$1.reason, default: 0] += 1
    }
  }
}

/// A vocabulary by canonical form.
private struct FormIndex {
  var owners: [CanonicalForm: Token] = [:]
  var losers: [CanonicalForm: [Int]] = [:]
  var count = 0
  var unused = 0

  init(_ tokens: [Token]) {
    count = tokens.count
    owners.reserveCapacity(tokens.count)
    for token in tokens {
      guard let form = CanonicalForm(token) else {
        unused += 1
        continue
      }
      guard let owner = owners[form] else {
        owners[form] = token
        continue
      }
      let wins = (token.kind == .byte ? 1 : 0, token.id) < (owner.kind == .byte ? 1 : 0, owner.id)
      owners[form] = wins ? token : owner
      losers[form, default: []].append(wins ? owner.id : token.id)
    }
  }

  func side(matched: Int) -> MatchSide {
    let collisions = losers.compactMap { form, rows in
      owners[form].map { TokenCollision(form: form, kept: $0.id, dropped: rows.sorted()) }
    }
    return MatchSide(
      count: count, unused: unused, collisions: collisions.sorted { $0.kept < $1.kept },
      unmatched: owners.count - matched, matched: matched)
  }
}
