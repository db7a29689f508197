import Geometry
import Testing
import Tokenizers

private func vocabulary(_ entries: [(String, String, TokenKind)]) -> [Token] {
  entries.enumerated().map { id, entry in
    Token(id: id, form: entry.0, bytes: Array(entry.1.utf8), kind: entry.2)
  }
}

@Suite struct TokenMatchTests {
  private let a = vocabulary([
    ("<|end|>", "", .control), ("Ġthe", " the", .normal), ("the", "the", .normal),
    ("Ġ", " ", .normal), ("é", "é", .normal), ("A", "A", .normal), ("Ġonly", " only", .normal),
  ])
  private let b = vocabulary([
    ("<pad>", "", .unused), ("<0x41>", "A", .byte), ("A", "A", .normal), ("▁the", " the", .normal),
    ("the", "the", .normal), ("<|end|>", "", .control), ("▁", " ", .normal), ("_the", " the", .normal),
    ("<s>", "<s>", .normal),
  ])

  @Test func matchesWhatTokensStandFor() {
    let match = TokenMatch(a, b)
    #expect(
      match.pairs == [
        TokenPair(rowA: 0, rowB: 5, reason: .sameSpecial), TokenPair(rowA: 1, rowB: 3, reason: .sameBytes),
        TokenPair(rowA: 2, rowB: 4, reason: .sameBytes), TokenPair(rowA: 3, rowB: 6, reason: .sameBytes),
        TokenPair(rowA: 5, rowB: 2, reason: .sameBytes),
      ])
    #expect(match.sideA.unmatched == 2 && match.sideA.collisions.isEmpty)
    #expect(match.sideA.coverage == 5.0 / 7)
    #expect(match.sideB.unused == 1 && match.sideB.unmatched == 1)
    #expect(match.sideB.coverage == 5.0 / 8)
    #expect(match.countsByReason == [.sameBytes: 4, .byteToken: 0, .sameSpecial: 1])
  }

  @Test func collisionsKeepTheOrdinaryTokenThenTheLowestRow() {
    let collisions = TokenMatch(a, b).sideB.collisions
    #expect(collisions.map(\.kept) == [2, 3])
    #expect(collisions.map(\.dropped) == [[1], [7]])
    #expect(collisions.map(\.form.description) == ["A", "▁the"])
  }

  @Test func byteTokensMatchBytes() {
    let raw = Token(id: 0, form: "Ã", bytes: [0xC3], kind: .normal)
    let byte = Token(id: 4, form: "<0xC3>", bytes: [0xC3], kind: .byte)
    #expect(TokenMatch([raw], [byte]).pairs == [TokenPair(rowA: 0, rowB: 4, reason: .byteToken)])
    #expect(CanonicalForm(raw)?.description == "<0xC3>")
  }

  @Test func aVocabularyMatchesItselfAndTheMatchTurnsAround() {
    let own = TokenMatch(a, a)
    #expect(own.pairs.allSatisfy { $0.rowA == $0.rowB } && own.sideA.coverage == 1)
    let back = TokenMatch(b, a)
    #expect(
      Set(back.pairs.map { [$0.rowB, $0.rowA] }) == Set(TokenMatch(a, b).pairs.map { [$0.rowA, $0.rowB] }))
    #expect(back.sideA == TokenMatch(a, b).sideB)
  }

  @Test func textIsNeverASpecialToken() {
    let special = Token(id: 0, form: "<s>", bytes: [], kind: .control)
    let text = Token(id: 0, form: "<s>", bytes: Array("<s>".utf8), kind: .normal)
    #expect(TokenMatch([special], [text]).pairs.isEmpty)
    let empty = TokenMatch([], [text])
    #expect(empty.pairs.isEmpty && empty.sideA.coverage == 0 && empty.sideB.unmatched == 1)
  }
}

@Suite struct TokenFilterTests {
  private let tokens = vocabulary([
    ("<e>", "", .control), ("Ġthe", " the", .normal), ("The", "The", .normal), ("42", "42", .normal),
    ("a", "a", .normal), ("नी", "नी", .normal), ("Ġzero", " zero", .normal), ("<0x41>", "A", .byte),
  ])
  private var norms: [Double] { [9, 4, 3, 2, 1, 5, 0, 9] }

  private func rows(_ change: (inout TokenFilter) -> Void) -> [Int] {
    var filter = TokenFilter()
    change(&filter)
    return filter.applied(
      to: TokenMatch(tokens, tokens), vocabularyA: tokens, normsA: norms, normsB: norms
    ).rowsA
  }

  @Test func eachOptionTakesWhatItSays() {
    #expect(rows { _ in } == [1, 2, 3, 4, 5])
    #expect(rows { $0.keepsSpecial = true } == [0, 1, 2, 3, 4, 5])
    #expect(rows { $0.keepsBytes = true } == [1, 2, 3, 4, 5, 7])
    #expect(rows { $0.lettersOnly = true } == [1, 2, 4, 5])
    #expect(rows { $0.wholeWords = true } == [1])
    #expect(rows { $0.lowerCaseOnly = true } == [1, 3, 4, 5])
    #expect(rows { $0.minimumCharacters = 2 } == [1, 2, 3])
    #expect(rows { $0.minimumNorm = .value(3) } == [1, 2, 5])
    #expect(rows { $0.minimumNorm = .quantile(0.5) } == [1, 2, 5])
  }

  @Test func everyLossIsCounted() {
    var filter = TokenFilter()
    filter.lettersOnly = true
    filter.minimumNorm = .value(2)
    let result = filter.applied(
      to: TokenMatch(tokens, tokens), vocabularyA: tokens, normsA: norms, normsB: norms)
    #expect(result.rejected == [.special: 1, .bytes: 1, .notLetters: 1, .zeroNorm: 1, .smallNorm: 1])
    #expect(result.pairs.count + result.rejected.values.reduce(0, +) == tokens.count)
  }
}
