import Testing
import Tokenizers
import Vocabularies

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
