internal import Tensors

/// Pearson's correlation Σ(x-x̄)(y-ȳ) / √(Σ(x-x̄)² Σ(y-ȳ)²), two passes in Double, O(n).
///
/// - Returns: nil when there are fewer than two pairs or one side does not vary.
/// - Precondition: both have the same count.
public func pearson(_ x: [Double], _ y: [Double]) -> Double? {
  precondition(x.count == y.count, "a correlation of \(x.count) with \(y.count) numbers")
  guard x.count > 1 else { return nil }
  let meanX = x.reduce(0, +) / Double(x.count)
  let meanY = y.reduce(0, +) / Double(y.count)
  var xx = 0.0
  var yy = 0.0
  var xy = 0.0
  for i in x.indices {
    let dx = x[i] - meanX
    let dy = y[i] - meanY
    xx += dx * dx
    yy += dy * dy
    xy += dx * dy
  }
  guard xx > 0, yy > 0 else { return nil }
  let r = xy / (xx.squareRoot() * yy.squareRoot())
  return r.isFinite ? min(max(r, -1), 1) : nil
}

/// Ranks from 1; equal numbers share the mean of their ranks.
public func averageRanks(_ values: [Double]) -> [Double] {
  let order = values.indices.sorted { values[$0] < values[$1] }
  var ranks = [Double](repeating: 0, count: values.count)
  var start = 0
  while start < order.count {
    var end = start + 1
    while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
    for position in start..<end { ranks[order[position]] = Double(start + end + 1) / 2 }
    start = end
  }
  return ranks
}

/// Spearman's rank correlation: Pearson of average ranks, O(n log n).
///
/// - Returns: nil when there are fewer than two pairs or one side does not vary.
public func spearman(_ x: [Double], _ y: [Double]) -> Double? {
  pearson(averageRanks(x), averageRanks(y))
}

/// Which correlation.
public enum CorrelationKind: String, Sendable, Codable { case pearson, spearman }

/// A correlation over tokens with a bootstrap percentile interval (tokens resampled; ranks taken once) and a
/// permutation null, one-sided for a positive correlation.
///
/// - Parameter hasInterval: whether the values are each token's own; those of tokens that share neighbours have no interval that covers.
public func correlation(
  _ kind: CorrelationKind, _ x: [Double], _ y: [Double], _ options: Resampling = Resampling(),
  hasInterval: Bool = true
) -> Evaluation {
  let a = kind == .spearman ? averageRanks(x) : x
  let b = kind == .spearman ? averageRanks(y) : y
  guard let observed = pearson(a, b) else {
    return .notEvaluable(
      reason: x.count < 2 ? "a correlation needs two tokens, got \(x.count)" : "one side does not vary")
  }
  let spread =
    hasInterval
    ? bootstrap(count: a.count, options) { rows in pearson(rows.map { a[$0] }, rows.map { b[$0] }) } : nil
  let draws = TokenPermutations(count: b.count, options).map { image, _ in
    pearson(a, b.indices.map { b[image[$0]] }) ?? 0
  }
  return .estimate(
    Estimate(
      value: observed, n: a.count, standardError: spread?.standardError, lower: spread?.lower,
      upper: spread?.upper, confidence: options.confidence, uncertainty: .bootstrap,
      null: .sampled(
        draws, observed: observed, maximum: 1, significance: options.significance,
        meaning: permutedMeaning(options), isOfTokenPermutations: true)))
}
