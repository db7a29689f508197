internal import Tensors

/// Row sums and totals over the off-diagonal entries of a symmetric matrix.
struct OffDiagonalSums {
  let count: Int
  /// Σ_{j≠i} K_ij for each row.
  let rowSums: [Double]
  /// Σ_{j≠i} K_ij² for each row.
  let rowSquares: [Double]
  let sum: Double
  let sumSquares: Double

  /// False when the variance is nothing but rounding.
  var varies: Bool {
    let pairs = Double(count) * Double(count - 1)
    return sumSquares / pairs - (sum / pairs) * (sum / pairs) > 1e-13 * sumSquares / pairs
  }
}

/// Sums over the n(n-1) ordered pairs.
private struct PairSums {
  let count: Int
  let x: Double
  let y: Double
  let xx: Double
  let yy: Double
  let xy: Double

  /// nil when one side's variance is nothing but rounding.
  var correlation: Double? {
    let m = Double(count) * Double(count - 1)
    let varianceX = xx / m - (x / m) * (x / m)
    let varianceY = yy / m - (y / m) * (y / m)
    guard varianceX > 1e-13 * abs(xx / m), varianceY > 1e-13 * abs(yy / m) else { return nil }
    let r = (xy / m - x / m * (y / m)) / (varianceX * varianceY).squareRoot()
    return min(max(r, -1), 1)
  }
}

/// Pearson's correlation of two symmetric matrices over their off-diagonal entries, from sums alone.
///
/// The delete-one jackknife over rows is exact, since leaving a row out takes its own sums from each total.
/// The null permutes one matrix's rows and columns together: mean 0 and Mantel's variance, over all
/// permutations.
///
/// - Parameters:
///   - rowProducts: Σ_{j≠i} K_ij L_ij for each row.
///   - sumProducts: their total.
func matrixCorrelation(
  _ a: OffDiagonalSums, _ b: OffDiagonalSums, rowProducts: [Double], sumProducts: Double,
  _ options: IntervalOptions
) -> Evaluation {
  let all = PairSums(
    count: a.count, x: a.sum, y: b.sum, xx: a.sumSquares, yy: b.sumSquares, xy: sumProducts)
  guard let r = all.correlation else {
    return .notEvaluable(reason: "all pairs of one model have the same cosine")
  }
  let deleteOne = (0..<a.count).map { i in
    PairSums(
      count: a.count - 1, x: a.sum - 2 * a.rowSums[i], y: b.sum - 2 * b.rowSums[i],
      xx: a.sumSquares - 2 * a.rowSquares[i], yy: b.sumSquares - 2 * b.rowSquares[i],
      xy: sumProducts - 2 * rowProducts[i]
    ).correlation ?? r
  }
  let variance = mantelVariance(a, b)
  let spread = jackknife(
    r, deleteOne: deleteOne, isCorrelation: true, confidence: options.confidence, groups: options.groups,
    unrelated: variance)
  let null = NullDistribution.exactMoments(
    mean: 0, standardDeviation: variance.squareRoot(), observed: r, maximum: 1,
    significance: options.significance, meaning: "the second model's tokens permuted, all permutations")
  return .estimate(
    Estimate(
      value: r, n: a.count, standardError: spread?.standardError, lower: spread?.lower,
      upper: spread?.upper, confidence: options.confidence, uncertainty: .jackknife, null: null))
}

/// Exact variance of r over all permutations of one model's tokens (Mantel 1967).
///
/// For symmetric matrices with off-diagonal mean 0, S = Σ_{i≠j} K_ij² and T = Σᵢ (Σ_{j≠i} K_ij)², the
/// variance of Σ K_ij L_π(i)π(j) sums three cases: the pairs of pairs that share two tokens, one, none:
///
///     2 S_K S_L / (n)₂ + 4 (T_K - S_K)(T_L - S_L) / (n)₃ + (2 S_K - 4 T_K)(2 S_L - 4 T_L) / (n)₄
///
/// with (n)ₘ = n(n-1)…(n-m+1); r divides it by S_K S_L.
func mantelVariance(_ a: OffDiagonalSums, _ b: OffDiagonalSums) -> Double {
  let n = Double(a.count)
  func centred(_ k: OffDiagonalSums) -> (s: Double, t: Double) {
    let mean = k.sum / (n * (n - 1))
    let s = k.sumSquares - n * (n - 1) * mean * mean
    let t = k.rowSums.reduce(0) { $0 + ($1 - (n - 1) * mean) * ($1 - (n - 1) * mean) }
    return (s, t / s)
  }
  let tA = centred(a).t
  let tB = centred(b).t
  let two = 2 / (n * (n - 1))
  let one = 4 * (tA - 1) * (tB - 1) / (n * (n - 1) * (n - 2))
  let none = (2 - 4 * tA) * (2 - 4 * tB) / (n * (n - 1) * (n - 2) * (n - 3))
  return max(two + one + none, 0)
}
