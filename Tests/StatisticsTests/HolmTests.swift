import Statistics
import Testing

@Suite struct HolmTests {
  /// The example of R's `p.adjust(method = "holm")`, and ties.
  @Test func holmGivesTheTextbookNumbers() {
    func expect(_ p: [Double], _ adjusted: [Double]) {
      for (found, value) in zip(holmAdjusted(p), adjusted) { #expect(abs(found - value) < 1e-12) }
    }
    expect([0.01, 0.02, 0.03, 0.04, 0.05], [0.05, 0.08, 0.09, 0.09, 0.09])
    expect([0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02])
    expect([0.5, 0.9], [1, 1])
    expect([0.02, 0.02], [0.04, 0.04])
    expect([0.3], [0.3])
    #expect(holmAdjusted([]).isEmpty)
  }
}
