internal import Foundation
internal import Geometry
internal import Tensors

/// Held-out log-odds at every dose of one vector, and the slope over the doses.
public struct DoseResponse: Sendable, Equatable, Codable {
  public let doses: [Double]
  /// `logOdds[d][i]`: nats, for dose `d` and item `i`.
  public let logOdds: [[Double]]

  package init(doses: [Double], logOdds: [[Double]]) {
    self.doses = doses
    self.logOdds = logOdds
  }

  /// Least-squares slope of one item's log-odds over the doses, nats per dose.
  public var itemSlopes: [Double] {
    let mean = doses.reduce(0, +) / Double(doses.count)
    let spread = doses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    guard let items = logOdds.first?.count, spread > 0 else { return [] }
    return (0..<items).map { item in
      doses.indices.reduce(0.0) { $0 + (doses[$1] - mean) * logOdds[$1][item] } / spread
    }
  }

  /// Mean over the items of the slopes, nats per dose.
  public var slope: Double {
    let slopes = itemSlopes
    return slopes.isEmpty ? 0 : slopes.reduce(0, +) / Double(slopes.count)
  }

  /// Mean log-odds over the items at each dose.
  public var means: [Double] { logOdds.map { $0.reduce(0, +) / Double(max(1, $0.count)) } }

}

extension DoseResponse {
  /// `p(match)` at each dose: mean over the items of `p⁺ / (p⁺ + p⁻)` (Rimsky et al. 2024), with 95 % bootstrap
  /// intervals over the items; nil for less than two items.
  public func matchIntervals(resamples: Int = 1000, seed: UInt64 = 0) -> [Interval?] {
    logOdds.map { items in
      let probabilities = items.map { 1 / (1 + exp(-$0)) }
      return bootstrapInterval(items: items.count, resamples: resamples, seed: seed) { chosen in
        chosen.reduce(0.0) { $0 + probabilities[$1] } / Double(chosen.count)
      }
    }
  }
}

/// A number with its percentile interval.
public struct Interval: Sendable, Equatable, Codable {
  public let value: Double
  public let lower: Double
  public let upper: Double
  /// Items that were resampled.
  public let n: Int
}

/// Percentile bootstrap over items of a statistic of item indices; seeded, 95 %.
func bootstrapInterval(
  items: Int, resamples: Int, seed: UInt64, _ statistic: ([Int]) -> Double?
) -> Interval? {
  guard items > 1, let value = statistic(Array(0..<items)) else { return nil }
  var random = SeededRandom(seed: seed)
  let draws = (0..<resamples).compactMap { _ in
    statistic((0..<items).map { _ in Int(random.next(upperBound: UInt64(items))) })
  }.sorted()
  guard draws.count > resamples / 2 else { return nil }
  let lower = draws[Int(0.025 * Double(draws.count - 1))]
  let upper = draws[Int((0.975 * Double(draws.count - 1)).rounded(.up))]
  return Interval(value: value, lower: lower, upper: upper, n: items)
}
