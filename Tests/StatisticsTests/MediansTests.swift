import Foundation
import Statistics
import Tensors
import Testing

@Suite struct MediansTests {
  private func resampling(_ run: Int, groups: TokenGroups? = nil) -> Resampling {
    var options = Resampling()
    (options.bootstrapSamples, options.seed, options.groups) = (200, UInt64(run), groups)
    return options
  }

  /// Nominal 95 % intervals of 40 items: of skewed numbers, and of ranks, which are such numbers rounded up.
  @Test(arguments: [false, true]) func intervalsCoverWhatTheySay(areRanks: Bool) {
    var random = SeededRandom(seed: 5)
    let (runs, items) = (500, 40)
    // exp is monotonic: its median is that of the exponent; of ranks the least rank that half of them reach.
    let median = areRanks ? exp(2.0).rounded(.up) : exp(2.0)
    let held = (0..<runs).count { run in
      let values = (0..<items).map { _ in exp(2 + 1.5 * random.normal()) }
      return contains(
        median, medianEstimate(areRanks ? values.map { $0.rounded(.up) } : values, resampling(run)))
    }
    let coverage = Double(held) / Double(runs)
    print("coverage of medians, ranks \(areRanks): \(coverage)")
    #expect(coverage > 0.92 && coverage < (areRanks ? 0.995 : 0.98), "\(coverage)")
  }

  /// Four words an item that share most of what they are: one by one they would stand for more than there is.
  @Test func wordsOfAnItemAreNotIndependent() {
    var random = SeededRandom(seed: 6)
    let (runs, items) = (300, 40)
    let groups = TokenGroups((0..<items).flatMap { item in [item, item, item, item] })
    var (together, alone) = (0, 0)
    for run in 0..<runs {
      let values = (0..<items).flatMap { _ -> [Double] in
        let item = random.normal()
        return (0..<4).map { _ in item + 0.3 * random.normal() }
      }
      if contains(0, medianEstimate(values, resampling(run, groups: groups))) { together += 1 }
      if contains(0, medianEstimate(values, resampling(run))) { alone += 1 }
    }
    let (good, bad) = (Double(together) / Double(runs), Double(alone) / Double(runs))
    print("coverage of medians of four words an item: \(good), one by one \(bad)")
    #expect(good > 0.91 && good < 0.985, "\(good)")
    #expect(bad < 0.8, "\(bad)")
  }

  @Test func mediansOfFew() {
    let few = medianEstimate([3, 1, 2, 8])
    #expect(few.value == 2.5 && few.n == 4 && few.lower == nil && few.uncertainty == nil)
    let same = medianEstimate(Array(repeating: 4, count: 5))
    #expect(same.value == 4 && same.lower == 4 && same.upper == 4 && same.uncertainty == .itemBootstrap)
    #expect(
      medianEstimate([1, 2, 3, 4, 5, 6], resampling(1, groups: TokenGroups([0, 0, 1, 1, 2, 2]))).lower == nil,
      "three items")
    let again = [5.0, 1, 9, 2, 7, 3]
    #expect(medianEstimate(again) == medianEstimate(again))
  }

  private func contains(_ value: Double, _ estimate: Estimate) -> Bool {
    guard let lower = estimate.lower, let upper = estimate.upper else { return false }
    return lower <= value && value <= upper
  }
}
