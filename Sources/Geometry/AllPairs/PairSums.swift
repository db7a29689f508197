internal import RealModule
internal import Statistics
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
  /// For cosines of `LiftedRows`, the constant that the entries lack; nil for other matrices.
  var level: Double?

  private var pairs: Double { Double(count) * Double(count - 1) }
  private var mean: Double { sum / pairs }

  /// Over the entries, 0 at least.
  var variance: Double { max(sumSquares / pairs - mean * mean, 0) }

  /// A variance that rounding alone can make.
  ///
  /// A number of a Float row is off by 2⁻²⁴ of itself at most, so a row of length 1 by 2⁻²⁴ and the cosine of rows that lie D
  /// apart by 2·2⁻²⁴ D, mostly by a tenth of that. Where the cosines' standard deviation is below 2⁻²⁰ of the root of
  /// the mean D² = 2 (1 - mean cosine), what they say is of the rounding rather than of the rows.
  var rounding: Double {
    guard let level else { return 1e-13 * sumSquares / pairs }
    return 0x1p-40 * cosineDistance(mean + level)
  }

  /// The variance of one row's entries, where it is more than rounding.
  ///
  /// Its sums of squares go through Float; the row's own constant is in both of them.
  func rowVariance(_ i: Int) -> Double? {
    let m = Double(count - 1)
    let (mean, square) = (rowSums[i] / m, rowSquares[i] / m)
    let variance = square - mean * mean
    let rounding = max(1e-9 * square, level.map { 0x1p-40 * cosineDistance(mean + $0) } ?? 0)
    return variance > rounding ? variance : nil
  }

  /// Why there is no correlation with these entries; nil when there is one.
  func reasonAgainst(_ name: String) -> String? {
    guard !(variance > rounding) else { return nil }
    guard level != nil else { return "all pairs of the \(name) model have the same rank" }
    return
      "the cosines of the \(name) model vary by \(brief(variance.squareRoot())) (standard deviation), less than the "
      + "\(brief(rounding.squareRoot())) that rows of Floats can carry at a mean cosine of 1 - "
      + "\(brief(max(1 - mean - (level ?? 0), 0)))"
  }

  /// The sums without one row.
  func leavingOut(_ i: Int) -> (sum: Double, sumSquares: Double) {
    (sum - 2 * rowSums[i], sumSquares - 2 * rowSquares[i])
  }
}

/// Two significant digits, for sentences.
func brief(_ value: Double) -> String {
  guard value.isFinite, value > 0 else { return "\(value)" }
  let unit = Double.exp10(Double.log10(value).rounded(.down) - 1)
  return "\((value / unit).rounded() * unit)"
}

/// D² of two rows of length 1.
private func cosineDistance(_ cosine: Double) -> Double { max(2 * (1 - cosine), 0) }

/// Sums over the n(n-1) ordered pairs.
private struct PairSums {
  let count: Int
  let x: Double
  let y: Double
  let xx: Double
  let yy: Double
  let xy: Double

  /// nil when one side's variance is not above what rounding makes.
  func correlation(above roundingX: Double, _ roundingY: Double) -> Double? {
    let m = Double(count) * Double(count - 1)
    let varianceX = xx / m - (x / m) * (x / m)
    let varianceY = yy / m - (y / m) * (y / m)
    guard varianceX > roundingX, varianceY > roundingY else { return nil }
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
  guard let r = all.correlation(above: a.rounding, b.rounding) else {
    return .notEvaluable(
      reason: a.reasonAgainst("first") ?? b.reasonAgainst("second") ?? "the correlation is not a number")
  }
  let deleteOne = (0..<a.count).compactMap { i in
    let (x, y) = (a.leavingOut(i), b.leavingOut(i))
    return PairSums(
      count: a.count - 1, x: x.sum, y: y.sum, xx: x.sumSquares, yy: y.sumSquares,
      xy: sumProducts - 2 * rowProducts[i]
    ).correlation(above: a.rounding, b.rounding)
  }
  let variance = mantelVariance(a, b)
  // Where all depends on one row, there is no error of the rest.
  let spread =
    deleteOne.count == a.count
    ? jackknife(
      r, deleteOne: deleteOne, isCorrelation: true, confidence: options.confidence, groups: options.groups,
      unrelated: variance) : nil
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
