public import Tokenizers

/// What kind of text a token is, by its surface form.
///
/// The first that holds, in this order: reserved, special, bytes; then by the characters after the word start:
/// a letter of a script other than Latin, a Latin letter (with or without a leading space), a number,
/// anything visible, white space.
public enum TokenClass: String, Sendable, Codable, CaseIterable {
  /// Latin letters after a leading space; may hold digits or marks besides.
  case wordStart
  /// Latin letters without a leading space. Where a tokenizer writes no space at the start of a text or a
  /// line, first words are here too.
  case continuation
  /// A letter that is not Latin, with or without a leading space.
  case nonLatin
  /// Numbers of any script, and no letters.
  case digit
  /// Neither letters nor numbers: punctuation, symbols, emoji, marks.
  case punctuation
  /// Nothing but white space.
  case whitespace
  /// A byte token, or text that is no whole UTF-8.
  case bytes
  /// A control token, such as a role marker.
  case special
  /// Ordinary text that training hardly touched, by a ``TokenRarity``; never given without one.
  case rare
  /// A reserved entry, or one without text.
  case unused

  /// The class by surface form alone, never `rare`.
  ///
  /// O(length); the form is the token's ``CanonicalForm``, so `Ġthe` and `▁the` are alike.
  public init(_ token: Token) {
    guard let form = CanonicalForm(token) else {
      self = .unused
      return
    }
    if form.isSpecial {
      self = .special
      return
    }
    guard token.kind != .byte, let text = String(validating: form.bytes, as: UTF8.self) else {
      self = .bytes
      return
    }
    self.init(text, startsWord: form.startsWord)
  }

  private init(_ text: String, startsWord: Bool) {
    var (isLatin, isNumber, isVisible) = (false, false, false)
    for scalar in text.unicodeScalars {
      isVisible = isVisible || !scalar.properties.isWhitespace
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        guard scalar.isLatin else {
          self = .nonLatin
          return
        }
        isLatin = true
      case .decimalNumber, .letterNumber, .otherNumber: isNumber = true
      default: break
      }
    }
    self =
      isLatin
      ? startsWord ? .wordStart : .continuation
      : isNumber ? .digit : isVisible ? .punctuation : .whitespace
  }

  /// The class of each token, rare ones by the rule.
  ///
  /// - Parameters:
  ///   - tokens: in any order; classes come in theirs.
  ///   - rarity: asked only about tokens that are text: not about special, byte and reserved ones.
  ///   - norms: Euclidean norm of each token's row, in the same order; used by a rule on norms only.
  /// - Precondition: as many norms as tokens where the rule is on norms.
  public static func classes(
    of tokens: [Token], rarity: TokenRarity = .none, norms: [Double] = []
  ) -> [TokenClass] {
    var classes = tokens.map(TokenClass.init)
    let text = classes.indices.filter { ![.special, .bytes, .unused].contains(classes[$0]) }
    for position in rarity.rarest(of: text, tokens, norms) { classes[position] = .rare }
    return classes
  }
}

/// When a token counts as rare, whatever its surface form.
public enum TokenRarity: Sendable, Equatable, Codable {
  /// Never.
  case none
  /// A share in [0, 1] of the tokens with the highest ids. Byte-pair encoders number tokens in the order in
  /// which they learned them, the most frequent merges first, so an id stands in for a frequency rank: no
  /// corpus is counted. Not for vocabularies in another order.
  case lastIds(share: Double)
  /// A share in [0, 1] of the tokens with the smallest norms: rows that training hardly touched keep the
  /// size they began with, which is small in most models (Land, Bartolo 2024).
  case smallestNorms(share: Double)

  /// Positions of the rarest; ties in norm by descending id.
  func rarest(of positions: [Int], _ tokens: [Token], _ norms: [Double]) -> ArraySlice<Int> {
    func first(_ share: Double, _ isRarer: (Int, Int) -> Bool) -> ArraySlice<Int> {
      positions.sorted(by: isRarer).prefix(
        Int((min(max(share, 0), 1) * Double(positions.count)).rounded(.down)))
    }
    switch self {
    case .none: return []
    case .lastIds(let share): return first(share) { tokens[$0].id > tokens[$1].id }
    case .smallestNorms(let share):
      precondition(norms.count == tokens.count, "\(tokens.count) tokens with \(norms.count) norms")
      return first(share) { (norms[$0], tokens[$1].id) < (norms[$1], tokens[$0].id) }
    }
  }
}

extension Unicode.Scalar {
  /// The script is Latin, for a letter: the letters of the blocks that Unicode's Scripts.txt gives to it.
  var isLatin: Bool {
    switch value {
    case 0x41...0x5A, 0x61...0x7A, 0xAA, 0xBA, 0xC0...0x2B8, 0x2E0...0x2E4, 0x1D00...0x1D25,
      0x1D2C...0x1D5C, 0x1D62...0x1D65, 0x1D6B...0x1D77, 0x1D79...0x1DBE, 0x1E00...0x1EFF, 0x2071, 0x207F,
      0x2090...0x209C, 0x212A...0x212B, 0x2132, 0x214E, 0x2184, 0x2C60...0x2C7F, 0xA722...0xA787,
      0xA78B...0xA7FF, 0xAB30...0xAB5A, 0xAB5C...0xAB64, 0xAB66...0xAB69, 0xFB00...0xFB06, 0xFF21...0xFF3A,
      0xFF41...0xFF5A, 0x10780...0x107BA, 0x1DF00...0x1DF2A:
      true
    default: false
    }
  }
}
