import Statistics
import Testing

@Suite struct SpreadTests {
  @Test func percentilesOfDraws() throws {
    let spread = try #require(Spread(ofDraws: (0...100).reversed().map(Double.init), confidence: 0.9))
    #expect(isClose(spread.lower, 5, 1e-12) && isClose(spread.upper, 95, 1e-12))
    // The variance of 0 … n - 1 with divisor n - 1 is n (n + 1) / 12.
    #expect(isClose(spread.standardError, (101.0 * 102 / 12).squareRoot(), 1e-12))
    #expect(Spread(ofDraws: [1], confidence: 0.9) == nil)
  }

  /// R: qt(0.975, c(12, 39, 200)).
  @Test func studentsQuantilesEqualR() {
    for (degrees, expected) in [(12, 2.178813), (39, 2.022691), (200, 1.971896)] {
      #expect(isClose(studentQuantile(0.975, degrees: Double(degrees)), expected, 2e-3))
      #expect(isClose(studentReach95(degrees: degrees), expected, 1e-3))
    }
    #expect(isClose(normalQuantile(0.975), 1.959963984540054, 1e-12))
  }
}
