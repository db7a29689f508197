import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct KendallTests {
  /// The definition, pair by pair.
  private func textbook(_ x: [Double], _ y: [Double]) -> Double? {
    var (sum, variesX, variesY) = (0.0, 0.0, 0.0)
    for i in x.indices {
      for j in x.indices where j < i {
        let (a, b) = (sign(x[i] - x[j]), sign(y[i] - y[j]))
        sum += a * b
        variesX += a * a
        variesY += b * b
      }
    }
    return variesX > 0 && variesY > 0 ? sum / (variesX * variesY).squareRoot() : nil
  }

  private func sign(_ value: Double) -> Double { value > 0 ? 1 : value < 0 ? -1 : 0 }

  @Test func itEqualsTheDefinitionWithAndWithoutTies() {
    forSeeds(0..<30) { seed in
      var random = SeededRandom(seed: seed)
      let levels = seed % 2 == 0 ? 4.0 : 1e6
      let count = 2 + Int(seed)
      let x = (0..<count).map { _ in (random.uniform() * levels).rounded() }
      let y = (0..<count).map { _ in (random.uniform() * levels).rounded() }
      let (found, expected) = (kendall(x, y), textbook(x, y))
      #expect((found == nil) == (expected == nil))
      if let found, let expected { #expect(abs(found - expected) < 1e-12) }
    }
  }

  @Test func itsEndsAreWholeAgreementAndItsReverse() {
    #expect(kendall([1, 2, 3, 4], [2, 3, 5, 7]) == 1)
    #expect(kendall([1, 2, 3, 4], [7, 5, 3, 2]) == -1)
    #expect(kendall([1, 2, 3, 4], [1, 2, 4, 3]).map { abs($0 - 2.0 / 3) < 1e-12 } == true)
  }

  @Test func whatDoesNotVaryHasNone() {
    #expect(kendall([1, 1, 1], [1, 2, 3]) == nil)
    #expect(kendall([1], [1]) == nil && kendall([], []) == nil)
  }
}
