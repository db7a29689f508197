import Geometry
import Tensors
import Testing
import Tokenizers

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

@Suite struct ByTokenClassTests {
  private let classes: [TokenClass] = [.digit, .wordStart, .digit, .special, .wordStart, .digit]

  @Test func meansAreThoseOfTheClasses() throws {
    let summary = ByTokenClass([1, 4, 3, nil, 6, nil], classes: classes)
    #expect(summary.rows.map(\.tokenClass) == [.wordStart, .digit, .special])
    let digit = try #require(summary[.digit])
    #expect(digit.mean.value == 2 && digit.count == 2 && digit.undefined == 1)
    #expect(digit.spread?.median == 2)
    #expect(summary[.wordStart]?.mean.value == 5)
    #expect(summary[.special]?.mean.reason != nil && summary[.special]?.undefined == 1)
    #expect(summary[.rare] == nil && summary.all.value == 3.5 && summary.all.estimate?.n == 4)
    // Values of tokens depend on one another.
    #expect(try #require(digit.mean.estimate).lower == nil)
  }

  @Test func theNullIsThatOfRandomSubsets() throws {
    let values: [Double] = [1, 4, 3, 9, 6, 2]
    let null = try #require(ByTokenClass(values, classes: classes)[.digit]?.mean.estimate?.null)
    let means = permutations(6).map { order in order.prefix(3).reduce(0) { $0 + values[$1] } / 3 }
    let mean = means.reduce(0, +) / Double(means.count)
    let variance = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(means.count)
    #expect(isClose(null.mean, mean, 1e-12))
    #expect(isClose(null.standardDeviation, variance.squareRoot(), 1e-12))
  }

  @Test func takesOrientationScores() throws {
    let a = gaussian(60, 4, seed: 1)
    var b = product(a, orthonormalRows(4, 5, seed: 2))
    for row in 40..<60 {
      for column in 0..<5 { b[row, column] = gaussian(1, 1, seed: UInt64(row * 5 + column))[0, 0] }
    }
    let scores = try RelativeOrientation(a, b).perToken
    let summary = ByTokenClass(
      scores, classes: (0..<60).map { $0 < 40 ? TokenClass.wordStart : .nonLatin })
    let kept = try #require(summary[.wordStart]?.mean.estimate)
    let lost = try #require(summary[.nonLatin]?.mean.estimate)
    #expect(kept.value > lost.value + 0.3)
    #expect(
      summary == ByTokenClass(scores, classes: (0..<60).map { $0 < 40 ? TokenClass.wordStart : .nonLatin }))
  }

  /// Two clouds far apart: all pairs agree because the classes lie apart, no pair within a class does.
  @Test func orientationWithinClassesIsNotThatOfTheClasses() throws {
    let classes = (0..<200).map { $0 < 100 ? TokenClass.wordStart : .nonLatin }
    func spread(_ seed: UInt64) -> Matrix<Float> {
      var rows = gaussian(200, 8, seed: seed)
      for row in 0..<200 { rows.elements[8 * row] += row < 100 ? 9 : -9 }
      return rows
    }
    let (a, b) = (spread(1), spread(2))
    #expect(try #require(RelativeOrientation(a, b).pearson.value) > 0.8)
    let within = try ClassOrientation.all(a, b, classes: classes)
    #expect(within.map(\.tokenClass) == [.wordStart, .nonLatin] && within.map(\.count) == [100, 100])
    for row in within { #expect(abs(try #require(row.pearson.value)) < 0.1) }
    for row in try ClassOrientation.all(a, a, classes: classes) {
      #expect(isClose(row.pearson.value, 1, 1e-9))
    }
  }
}
