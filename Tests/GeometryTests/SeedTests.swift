import Geometry
import Statistics
import Tensors
import Testing

/// Pairs of tokens that are drawn for an interval are drawn by its seed.
@Suite struct SeedTests {
  /// Rows about another point than the origin, longer in some directions than in others.
  private var rows: Matrix<Float> {
    let cloud = gaussian(80, 6, seed: 5, shift: 1)
    return Matrix(
      rows: 80, columns: 6, elements: cloud.elements.enumerated().map { $1 / Float(1 + $0 % 6) })
  }

  @Test func anotherSeedMovesTheUncertaintyOnly() throws {
    let rows = rows
    func measured(_ seed: UInt64) throws -> [Evaluation] {
      var options = IntervalOptions()
      options.seed = seed
      var star = IsoScoreStarOptions()
      star.interval = options
      return [
        try Anisotropy(rows, options).meanCosine, try ParticipationRatio(rows, options).participationRatio,
        try IsoScoreStar(rows, star).isoScore,
      ]
    }
    for (first, second) in zip(try measured(1), try measured(2)) {
      let (one, two) = (try #require(first.estimate), try #require(second.estimate))
      let (a, b) = (try #require(one.standardError), try #require(two.standardError))
      #expect(one.value == two.value && a != b && abs(a - b) < 0.1 * a)
    }
    #expect(try measured(1) == measured(1))
  }
}
