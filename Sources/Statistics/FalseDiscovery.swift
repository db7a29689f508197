/// How p-values of many tests are adjusted so that few of the rejected are false.
///
/// Rejecting every test whose adjusted p is at most q keeps the expected share of false ones among the rejected
/// at most q. With m tests in ascending order of p,
///
///     adjusted p₍ᵢ₎ = min over j ≥ i of min(c m p₍ⱼ₎ / j, 1)
///
/// with c as the case says. O(m log m). As scipy.stats.false_discovery_control, except that tests without a p
/// stay without one and do not count in m.
public enum FalseDiscovery: String, Sendable, Codable, CaseIterable {
  /// c = 1: for independent tests, and for those that depend positively, as pairs of models that share a model
  /// do. Benjamini, Hochberg 1995; Benjamini, Yekutieli 2001, theorem 1.2.
  case benjaminiHochberg = "Benjamini-Hochberg"
  /// c = 1 + 1/2 + … + 1/m: for tests that depend in any way, at a price of about log m. Benjamini, Yekutieli
  /// 2001, theorem 1.3.
  case benjaminiYekutieli = "Benjamini-Yekutieli"

  /// The adjusted p-values in the order of the given ones.
  ///
  /// - Parameter pValues: nil where a test was not evaluable.
  /// - Precondition: every p is in 0 … 1.
  public func adjusted(_ pValues: [Double?]) -> [Double?] {
    let tests = pValues.indices.compactMap { index in pValues[index].map { (index: index, p: $0) } }
      .sorted { $0.p < $1.p }
    let count = Double(tests.count)
    let factor =
      switch self {
      case .benjaminiHochberg: 1.0
      case .benjaminiYekutieli: (0..<tests.count).reduce(0) { $0 + 1 / Double($1 + 1) }
      }
    var adjusted = [Double?](repeating: nil, count: pValues.count)
    var smallest = 1.0
    for (position, test) in tests.enumerated().reversed() {
      precondition(test.p >= 0 && test.p <= 1, "p-value \(test.p) of test \(test.index), expected 0 to 1")
      smallest = min(smallest, test.p * (factor * count / Double(position + 1)))
      adjusted[test.index] = smallest
    }
    return adjusted
  }
}
