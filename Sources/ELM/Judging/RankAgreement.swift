internal import Foundation
internal import Statistics

/// Whether two vectors of a space put its items in the same order: behavioural consistency (Tennenholtz et al. 2024).
///
/// ```
/// τ       Kendall's τ_b of cos(x, v) and cos(x, u) over the items x
/// NDCG@k  Σ_{i ≤ k} g(x_i) / log₂(i + 1), the x_i ordered by u, over the same with the x_i ordered by v;   g(x) = max(0, cos(x, v))
/// ```
/// 1 for equal orders; of unrelated vectors τ is near 0, and NDCG what random items gain, which depends on the space: read both beside controls.
public struct RankAgreement: Sendable, Equatable, Codable {
  public let kendall: Double
  /// nil where no item points the way of v.
  public let ndcg: Double?

  /// - Parameters:
  ///   - truth: cosines of the items to v.
  ///   - found: those to u, in the same order.
  /// - Returns: nil where one side does not vary, or there are fewer than two items.
  public init?(of truth: [Double], and found: [Double], at k: Int = 10) {
    guard let kendall = Statistics.kendall(truth, found) else { return nil }
    self.kendall = kendall
    ndcg = Self.ndcg(of: truth, orderedBy: found, at: k)
  }

  static func ndcg(of truth: [Double], orderedBy found: [Double], at k: Int) -> Double? {
    func gain(_ scores: [Double]) -> Double {
      let order = scores.indices.sorted { (scores[$0], $1) > (scores[$1], $0) }.prefix(k)
      return order.enumerated().reduce(0) { $0 + max(0, truth[$1.element]) / log2(Double($1.offset + 2)) }
    }
    let ideal = gain(truth)
    return ideal > 0 ? gain(found) / ideal : nil
  }
}
