import Testing
import Tokenizers
import Vocabularies

private func token(_ text: String, id: Int = 0, kind: TokenKind = .normal) -> Token {
  Token(id: id, form: text, bytes: Array(text.utf8), kind: kind)
}

@Suite struct TokenClassTests {
  @Test(arguments: [
    (" the", TokenClass.wordStart), ("the", .continuation), ("ing", .continuation), (" Ünï", .wordStart),
    (" x86", .wordStart), ("don't", .continuation), ("ﬁn", .continuation), (" 42", .digit), ("7", .digit),
    ("3.14", .digit), ("٣", .digit), ("½", .digit), ("...", .punctuation), (" +=", .punctuation),
    ("🦊", .punctuation), ("\u{301}", .punctuation), (" мир", .nonLatin), ("世界", .nonLatin),
    ("μm", .nonLatin), ("ก็", .nonLatin), (" ", .whitespace), ("\n\n", .whitespace), ("\u{3000}", .whitespace),
    ("", .unused),
  ])
  func followsTheSurfaceForm(_ text: String, _ expected: TokenClass) {
    #expect(TokenClass(token(text)) == expected)
  }

  @Test func followsTheKind() {
    #expect(TokenClass(Token(id: 0, form: "<s>", bytes: [], kind: .control)) == .special)
    #expect(TokenClass(token("<s>")) == .continuation)
    #expect(TokenClass(token("a", kind: .byte)) == .bytes)
    #expect(TokenClass(Token(id: 0, form: "Ã", bytes: [0xC3], kind: .normal)) == .bytes)
    #expect(TokenClass(token("pad", kind: .unused)) == .unused)
  }

  /// Latin is what Unicode names so, but for the modifier letters, whose names say no script.
  @Test func latinLettersAreThoseWithLatinNames() {
    for value in UInt32(0x41)..<0x30000 {
      guard let scalar = Unicode.Scalar(value), scalar.properties.isAlphabetic,
        let name = scalar.properties.name
      else { continue }
      let found = TokenClass(token("\(scalar)"))
      guard found == .nonLatin || found == .continuation else { continue }
      let words = name.split(separator: " ")
      if words.contains("LATIN") {
        #expect(found == .continuation, "\(name)")
      } else if !words.contains("MODIFIER") && value > 0x3FF
        && !["KELVIN SIGN", "ANGSTROM SIGN", "TURNED CAPITAL F", "TURNED SMALL F"].contains(name)
      {
        #expect(found == .nonLatin, "\(name)")
      }
    }
  }

  @Test func rareTokensAreTextByRankOrNorm() {
    let tokens = [
      Token(id: 0, form: "<s>", bytes: [], kind: .control), token(" the", id: 1),
      token("x", id: 2, kind: .byte),
      token(" of", id: 3), token("1", id: 4), token("zyx", id: 5),
    ]
    #expect(
      TokenClass.classes(of: tokens) == [.special, .wordStart, .bytes, .wordStart, .digit, .continuation])
    #expect(
      TokenClass.classes(of: tokens, rarity: .lastIds(share: 0.5))
        == [.special, .wordStart, .bytes, .wordStart, .rare, .rare])
    #expect(
      TokenClass.classes(of: tokens.reversed(), rarity: .lastIds(share: 0.25))
        == [.rare, .digit, .wordStart, .bytes, .wordStart, .special])
    #expect(
      TokenClass.classes(of: tokens, rarity: .smallestNorms(share: 0.5), norms: [0, 3, 0, 1, 1, 1])
        == [.special, .wordStart, .bytes, .wordStart, .rare, .rare])
    #expect(TokenClass.classes(of: tokens, rarity: .lastIds(share: 7)).count { $0 == .rare } == 4)
    #expect(TokenClass.classes(of: [], rarity: .lastIds(share: 1)).isEmpty)
  }
}
