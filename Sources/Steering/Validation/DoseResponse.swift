internal import Foundation
public import Statistics

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
  /// `p(match)` at each dose: mean over the items of `p⁺ / (p⁺ + p⁻)` (Rimsky et al. 2024), with 95 % intervals over the items that end
  /// at 0 and 1; nil for less than two items.
  public func matchIntervals() -> [Estimate?] {
    logOdds.map { items in
      studentMean(items.map { 1 / (1 + exp(-$0)) }, least: 0, largest: 1)
    }
  }
}
