import Geometry
import Statistics
import Tensors
import TestSupport
import Testing
import Tokenizers
import Vocabularies

@Suite struct UntrainedTokensTests {
  private func tokens(_ count: Int, unused: Set<Int> = []) -> [Token] {
    (0..<count).map {
      Token(
        id: $0, form: "t\($0)", bytes: Array("t\($0)".utf8), kind: unused.contains($0) ? .unused : .normal)
    }
  }

  /// Rows `places` of a cloud moved to one point near the origin, each off it by noise.
  private func space(
    _ count: Int, _ columns: Int, untrained places: [Int], noise: Double, seed: UInt64
  ) -> Matrix<Float> {
    var rows = gaussian(count, columns, seed: seed)
    var random = SeededRandom(seed: seed + 1)
    let point = (0..<columns).map { _ in 0.6 * random.normal() }
    for row in places {
      for column in 0..<columns { rows[row, column] = Float(point[column] + noise * random.normal()) }
    }
    return rows
  }

  @Test(arguments: [0, 1e-6, 1e-3, 0.02]) func findsWhatTrainingHasNotToldApart(_ noise: Double) {
    forSeeds(0..<3) { seed in
      // Few rows that differ by a hundredth of the spread or more may miss each other's cells.
      for places in [Array(300..<340), [5, 90, 400, 401, 777]] where noise < 0.01 || places.count > 5 {
        let rows = space(800, 64, untrained: places, noise: noise, seed: seed)
        let found = UntrainedTokens(rows, tokens: tokens(800))
        #expect(found.kinds.keys.sorted() == places, "seed \(seed), noise \(noise)")
        #expect(found.kinds.values.allSatisfy { $0 == .untrained } && found.points == 1)
        #expect(found.identicalRows == (noise == 0 ? places.count : 0))
      }
    }
  }

  @Test func twoRowsAreEnoughWhereOneIsReserved() {
    let rows = space(500, 32, untrained: [7, 499], noise: 1e-4, seed: 4)
    let reserved = UntrainedTokens(rows, tokens: tokens(500, unused: [499]))
    #expect(reserved.kinds == [7: .untrained, 499: .untrained])
    #expect(reserved.reservedRows == 1 && reserved.reservedUntrained == 1)
    #expect(UntrainedTokens(rows, tokens: tokens(500)).kinds.isEmpty)
  }

  @Test func copiesOfTrainedTokensAreNotUntrained() {
    var rows = gaussian(300, 16, seed: 8)
    for (row, other) in [(40, 12), (41, 12), (200, 199)] {
      for column in 0..<16 { rows[row, column] = rows[other, column] }
    }
    let found = UntrainedTokens(rows, tokens: tokens(300))
    #expect(found.kinds == [40: .duplicate, 41: .duplicate, 200: .duplicate])
    #expect(found.identicalRows == 5 && found.identicalSets == 2)
  }

  @Test func zeroAndShrunkRowsAreFound() {
    var rows = gaussian(300, 16, seed: 9)
    for column in 0..<16 {
      rows[3, column] = 0
      rows[4, column] = 0
      rows[5, column] *= 1e-3
    }
    let found = UntrainedTokens(rows, tokens: tokens(300))
    #expect(found.kinds == [3: .zero, 4: .zero, 5: .short] && found.identicalRows == 0)
  }

  /// Dense is not the same as untrained: in few dimensions rows lie close, and in a narrow cone too.
  @Test(arguments: [1, 2, 3, 8, 64]) func takesNoneOfACloud(_ columns: Int) {
    forSeeds(0..<3) { seed in
      for shift in [0.0, 3, 100] {
        let found = UntrainedTokens(gaussian(2000, columns, seed: seed, shift: shift), tokens: tokens(2000))
        #expect(found.count(.untrained) == 0, "seed \(seed), shift \(shift)")
      }
    }
  }

  @Test func theUnitDoesNotMatter() {
    let rows = space(600, 24, untrained: Array(100..<120), noise: 1e-3, seed: 11)
    let expected = UntrainedTokens(rows, tokens: tokens(600)).kinds
    #expect(expected.count == 20)
    for scale in [1e-25, 1e-6, 1e12, 1e25] {
      let scaled = Matrix(rows: 600, columns: 24, elements: rows.elements.map { Float(Double($0) * scale) })
      #expect(UntrainedTokens(scaled, tokens: tokens(600)).kinds == expected, "scale \(scale)")
    }
    var heavy = rows
    for column in 0..<24 { heavy[0, column] = 3e38 }
    #expect(UntrainedTokens(heavy, tokens: tokens(600)).kinds == expected)
    heavy[1, 0] = .nan
    #expect(UntrainedTokens(heavy, tokens: tokens(600)).kinds == expected)
  }

  @Test func theFilterLeavesThemOutOfEitherModel() {
    let (a, b) = (
      space(400, 16, untrained: Array(0..<10), noise: 0, seed: 1),
      space(400, 20, untrained: Array(5..<20), noise: 1e-4, seed: 2)
    )
    let tokens = tokens(400)
    let found = (
      UntrainedTokens(a, tokens: tokens).rejections, UntrainedTokens(b, tokens: tokens).rejections
    )
    let match = TokenMatch(tokens, tokens)
    var filter = TokenFilter()
    func applied() -> FilteredMatch {
      filter.applied(
        to: match, vocabularyA: tokens, normsA: rowNorms(a), normsB: rowNorms(b), untrained: found)
    }
    #expect(applied().rowsA == Array(20..<400) && applied().rejected == [.untrained: 20])
    #expect(applied().untrained.map(\.rowA) == Array(0..<20))
    filter.keepsUntrained = true
    #expect(applied().pairs.count == 400 && applied().rejected.isEmpty && applied().untrained.count == 20)
  }
}
