import Testing
import Tokenizers
import Vocabularies

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

  /// A row counts as a duplicate where that is all that is wrong with it, in either model.
  @Test func untrainedRowsGoForTheReasonGiven() {
    let found: (a: [Int: TokenRejection], b: [Int: TokenRejection]) = (
      [1: .duplicate, 2: .duplicate], [2: .untrained, 3: .untrained, 0: .untrained]
    )
    func applied(keepsUntrained: Bool) -> FilteredMatch {
      var filter = TokenFilter()
      filter.keepsUntrained = keepsUntrained
      return filter.applied(
        to: TokenMatch(tokens, tokens), vocabularyA: tokens, normsA: norms, normsB: norms, untrained: found)
    }
    let without = applied(keepsUntrained: false)
    #expect(without.rowsA == [4, 5] && without.untrained.map(\.rowA) == [1, 2, 3])
    #expect(without.rejected == [.special: 1, .bytes: 1, .zeroNorm: 1, .duplicate: 1, .untrained: 2])
    let with = applied(keepsUntrained: true)
    #expect(with.rowsA == [1, 2, 3, 4, 5] && with.untrained == without.untrained)
  }
}

@Suite struct NormFloorTests {
  private func kept(_ norms: [Double], _ share: Double) -> [Int] {
    let tokens = norms.indices.map {
      Token(id: $0, form: "t\($0)", bytes: Array("t\($0)".utf8), kind: .normal)
    }
    var filter = TokenFilter()
    filter.minimumNorm = .quantile(share)
    return filter.applied(
      to: TokenMatch(tokens, tokens), vocabularyA: tokens, normsA: norms, normsB: norms.map { _ in 1 }
    ).rowsA
  }

  @Test func tiesAtTheFloorGoTogether() {
    // Forty equal norms, the smallest of all: the share is ten, and all forty go.
    let norms = (0..<2000).map { $0 < 40 ? 1 : 2 + Double($0) }
    #expect(kept(norms, 0.005) == Array(40..<2000))
    #expect(kept(norms, 0) == Array(0..<2000))
    // Without ties the share itself.
    #expect(kept((0..<1000).map { 1 + Double($0) }, 0.01) == Array(10..<1000))
    #expect(kept((0..<1000).map { 1 + Double($0) }, 0.5) == Array(500..<1000))
  }

  @Test func unitRowsAreNotSmall() {
    let norms = (0..<500).map { 1 + Double($0 % 3) * 6e-8 }
    #expect(kept(norms, 0.005).count == 500)
  }
}
