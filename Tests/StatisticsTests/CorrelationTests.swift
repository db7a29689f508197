import Foundation
import Statistics
import Tensors
import Testing

@Suite struct CorrelationTests {
  @Test func correlationsEqualScipy() throws {
    let golden = try Golden.load()
    #expect(isClose(pearson(golden.x, golden.y), golden.pearson, 1e-12))
    #expect(isClose(spearman(golden.roundedX, golden.roundedY), golden.spearman, 1e-12))
    let sorted = golden.x.sorted()
    for (q, expected) in zip([0.0, 0.05, 0.333, 0.5, 1.0], golden.quantiles) {
      #expect(isClose(quantile(ofSorted: sorted, q), expected, 1e-12))
    }
  }

  @Test func tiesShareRanks() {
    #expect(averageRanks([3, 1, 3, 2, 3]) == [4, 1, 4, 2, 4])
    #expect(averageRanks([]).isEmpty)
    #expect(pearson([1, 1, 1], [1, 2, 3]) == nil && pearson([1], [1]) == nil)
  }

  @Test func intervalsCoverTheTruth() throws {
    var covered = 0
    for seed in 0..<60 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let x = (0..<100).map { _ in random.normal() }
      let y = x.map { 0.6 * $0 + 0.8 * random.normal() }
      var options = Resampling()
      options.bootstrapSamples = 300
      options.permutations = 10
      let estimate = try #require(correlation(.pearson, x, y, options).estimate)
      if try #require(estimate.lower) <= 0.6, try #require(estimate.upper) >= 0.6 { covered += 1 }
    }
    #expect(covered >= 50, "\(covered) of 60 intervals at 95 %")
  }

  @Test func pValuesOfUnrelatedDataAreUniform() throws {
    var below = 0
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var options = Resampling()
      options.bootstrapSamples = 2
      options.permutations = 99
      options.seed = seed
      let x = (0..<30).map { _ in random.normal() }
      let y = (0..<30).map { _ in random.normal() }
      let null = try #require(correlation(.spearman, x, y, options).estimate?.null)
      if try #require(null.pValue) <= 0.2 { below += 1 }
    }
    #expect(below > 20 && below < 64, "\(below) of 200 below 0.2")
  }

  @Test func theSameSeedGivesTheSameNumbers() {
    let x = (0..<50).map { Double($0 % 7) }
    let y = (0..<50).map { Double($0 % 11) }
    #expect(correlation(.pearson, x, y) == correlation(.pearson, x, y))
    var other = Resampling()
    other.seed = 2
    #expect(correlation(.pearson, x, y) != correlation(.pearson, x, y, other))
  }

  @Test func evaluationsSurviveCoding() throws {
    let evaluation = correlation(.pearson, [1, 2, 3, 5], [2, 1, 4, 4])
    let data = try JSONEncoder().encode(evaluation)
    #expect(try JSONDecoder().decode(Evaluation.self, from: data) == evaluation)
    #expect(correlation(.pearson, [1], [2]).reason?.contains("got 1") == true)
  }
}
