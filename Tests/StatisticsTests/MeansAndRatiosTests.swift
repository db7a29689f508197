import Statistics
import Tensors
import Testing

@Suite struct MeansAndRatiosTests {
  /// Nominal 95 % intervals over 40 items, of normal and of skewed items.
  @Test(arguments: [false, true]) func intervalsCoverWhatTheySay(isSkewed: Bool) {
    var random = SeededRandom(seed: 21)
    let (runs, items) = (4000, 40)
    func draw() -> Double {
      let value = random.normal()
      // A chi-square of 4 degrees is about as skewed as slopes of items are.
      return isSkewed
        ? (0..<4).reduce(0) { sum, _ in
          let z = random.normal()
          return sum + z * z
        } - 4 : value
    }
    var (means, ratios) = (0, 0)
    for _ in 0..<runs {
      let y = (0..<items).map { _ in 2 + draw() }
      let x = y.map { 0.6 * $0 + draw() }
      if contains(2, studentMean(y)) { means += 1 }
      if contains(0.6, fiellerRatio(x, over: y)) { ratios += 1 }
    }
    let (mean, ratio) = (Double(means) / Double(runs), Double(ratios) / Double(runs))
    print("coverage, skewed \(isSkewed): mean \(mean), ratio \(ratio)")
    #expect(mean > 0.93 && mean < 0.97, "mean \(mean)")
    #expect(ratio > 0.93 && ratio < 0.97, "ratio \(ratio)")
  }

  @Test func intervalsOfFewItems() throws {
    #expect(studentMean([1]) == nil)
    #expect(fiellerRatio([1, 2, 3], over: [-1, 0, 1.1]) == nil)
    for (degrees, quantile) in [
      (1, 12.7062), (5, 2.5706), (6, 2.4469), (9, 2.2622), (10, 2.2281), (39, 2.0227),
    ] {
      #expect(abs(studentReach95(degrees: degrees) - quantile) < 1e-3)
    }
    // x = 2 y exactly: no spread is left.
    let y = [1.0, 2, 4, 3]
    let ratio = try #require(fiellerRatio(y.map { 2 * $0 }, over: y))
    #expect(isClose(ratio.value, 2, 1e-12) && isClose(ratio.lower, 2, 1e-6) && isClose(ratio.upper, 2, 1e-6))
    #expect(ratio.n == 4 && ratio.uncertainty == .fieller && ratio.confidence == 0.95)
  }

  /// scipy: stats.t.interval(0.95, 3, 2.5, stats.sem([1, 2, 4, 3])).
  @Test func theMeansIntervalEqualsScipy() throws {
    let mean = try #require(studentMean([1, 2, 4, 3]))
    #expect(mean.value == 2.5 && mean.n == 4)
    #expect(isClose(mean.lower, 0.44573974, 1e-4) && isClose(mean.upper, 4.55426026, 1e-4))
    #expect(isClose(mean.standardError, 0.6454972244, 1e-9))
    let cut = try #require(studentMean([1, 2, 4, 3], least: 1, largest: 4))
    #expect(cut.lower == 1 && cut.upper == 4 && cut.value == 2.5)
  }

  private func contains(_ value: Double, _ estimate: Estimate?) -> Bool {
    guard let lower = estimate?.lower, let upper = estimate?.upper else { return false }
    return lower <= value && value <= upper
  }
}
