internal import RealModule
public import Tensors

/// How relative orientations are compared.
public struct RelativeOrientationOptions: Sendable, Equatable, Codable {
  /// Pairs of tokens drawn for Spearman's correlation; larger values bring it closer to that of all pairs.
  public var spearmanPairs = 400_000
  public var confidence = 0.95
  /// Level of the null's threshold.
  public var significance = 0.05
  public var seed: UInt64 = 1

  public init() {}
}

/// Do tokens point the same way relative to each other in two models?
///
/// With D_ij = cos(eᵢ, eⱼ) in each model, the correlation between D^A and D^B over *all* pairs i ≠ j. No
/// n × n matrix is formed: with unit rows û, M = n(n-1), and sums that leave out the diagonal,
///
///     s_A = ‖Σ ûᵢ‖² - n,  s_AA = ‖Û_Aᵀ Û_A‖_F² - n,  s_AB = ‖Û_Aᵀ Û_B‖_F² - n
///     r = (s_AB/M - s_A s_B/M²) / √((s_AA/M - s_A²/M²)(s_BB/M - s_B²/M²))
///
/// Cost O(n d_A d_B); sums in Double; deterministic. Lee, Weber, Viégas, Wattenberg 2025 take 20 000 sampled
/// tokens; this is exact over all of them. The diagonal stays out: with it, r would not vanish for unrelated
/// models.
///
/// *Uncertainty*: delete-one jackknife over tokens, exact, since leaving a token out changes each sum by
/// that token's own row sum. *Null*: the second model's tokens permuted. Mean (0) and variance over all n!
/// permutations are exact (Mantel 1967); the p-value is Cantelli's bound on them.
public struct RelativeOrientation: Sendable, Equatable, Codable {
  /// Pearson's r over all pairs; n counts tokens.
  public let pearson: Evaluation
  /// Spearman's ρ over a seeded sample of pairs; n counts pairs.
  public let spearman: Evaluation
  /// Pairs i < j that Pearson's r covers.
  public let pairs: Int
  /// rᵢ: Pearson of row i of D^A with row i of D^B, without the diagonal; nil for a row that does not vary
  /// and for a zero row. About five digits: the products go through Float.
  public let perToken: [Double?]
  public let perTokenSpread: Quantiles?
  /// Tokens left out because a model gives them a zero row.
  public let zeroRows: Int

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>,
    _ options: RelativeOrientationOptions = RelativeOrientationOptions()
  ) throws(GeometryError) {
    precondition(a.rows == b.rows, "matched rows differ in number: \(a.rows) and \(b.rows)")
    try requireFinite(a, "first model")
    try requireFinite(b, "second model")
    let (normsA, normsB) = (rowNorms(a), rowNorms(b))
    let kept = (0..<a.rows).filter { normsA[$0] > 0 && normsB[$0] > 0 }
    let unitA = unitRows(kept.count == a.rows ? a : a.selecting(rows: kept))
    let unitB = unitRows(kept.count == b.rows ? b : b.selecting(rows: kept))
    zeroRows = a.rows - kept.count
    pairs = kept.count * (kept.count - 1) / 2
    guard kept.count >= 4 else {
      let reason = Evaluation.notEvaluable(
        reason: "needs 4 tokens with a direction in both models, got \(kept.count)")
      (pearson, spearman, perToken, perTokenSpread) = (
        reason, reason, a.elements.isEmpty ? [] : Array(repeating: nil, count: a.rows), nil
      )
      return
    }
    let momentsA = KernelMoments(unitA)
    let momentsB = KernelMoments(unitB)
    let joint = JointKernelMoments(unitA, momentsA, unitB, momentsB)
    pearson = Self.pearson(momentsA, momentsB, joint, options)
    let rows = Self.rowCorrelations(momentsA, momentsB, joint)
    var perToken = [Double?](repeating: nil, count: a.rows)
    for (position, row) in kept.enumerated() { perToken[row] = rows[position] }
    self.perToken = perToken
    perTokenSpread = Quantiles(rows.compactMap { $0 })
    spearman = Self.sampledSpearman(unitA, unitB, options)
  }

  static func pearson(
    _ a: KernelMoments, _ b: KernelMoments, _ joint: JointKernelMoments,
    _ options: RelativeOrientationOptions
  ) -> Evaluation {
    let all = PairSums(
      count: a.count, x: a.sum, y: b.sum, xx: a.sumSquares, yy: b.sumSquares, xy: joint.sumProducts)
    guard let r = all.correlation else {
      return .notEvaluable(reason: "all pairs of one model have the same cosine")
    }
    let deleteOne = (0..<a.count).map { i in
      PairSums(
        count: a.count - 1, x: a.sum - 2 * a.rowSums[i], y: b.sum - 2 * b.rowSums[i],
        xx: a.sumSquares - 2 * a.rowSquares[i], yy: b.sumSquares - 2 * b.rowSquares[i],
        xy: joint.sumProducts - 2 * joint.rowProducts[i]
      ).correlation ?? r
    }
    let spread = jackknife(r, deleteOne: deleteOne, isCorrelation: true, confidence: options.confidence)
    let null = NullDistribution.exactMoments(
      mean: 0, standardDeviation: mantelVariance(a, b).squareRoot(), observed: r, maximum: 1,
      significance: options.significance, meaning: "the second model's tokens permuted, all permutations")
    return .estimate(
      Estimate(
        value: r, n: a.count, standardError: spread?.standardError, lower: spread?.lower,
        upper: spread?.upper, confidence: options.confidence, uncertainty: .jackknife, null: null))
  }

  static func rowCorrelations(
    _ a: KernelMoments, _ b: KernelMoments, _ joint: JointKernelMoments
  ) -> [Double?] {
    let m = Double(a.count - 1)
    return (0..<a.count).map { i in
      let xx = a.rowSquares[i] / m - (a.rowSums[i] / m) * (a.rowSums[i] / m)
      let yy = b.rowSquares[i] / m - (b.rowSums[i] / m) * (b.rowSums[i] / m)
      let xy = joint.rowProducts[i] / m - a.rowSums[i] / m * (b.rowSums[i] / m)
      guard xx > 1e-9 * a.rowSquares[i] / m, yy > 1e-9 * b.rowSquares[i] / m else { return nil }
      return min(max(xy / (xx * yy).squareRoot(), -1), 1)
    }
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

/// Exact variance of r over all permutations of one model's tokens (Mantel 1967).
///
/// For symmetric matrices with off-diagonal mean 0, S = Σ_{i≠j} K_ij² and T = Σᵢ (Σ_{j≠i} K_ij)², the
/// variance of Σ K_ij L_π(i)π(j) sums three cases: the pairs of pairs that share two tokens, one, none:
///
///     2 S_K S_L / (n)₂ + 4 (T_K - S_K)(T_L - S_L) / (n)₃ + (2 S_K - 4 T_K)(2 S_L - 4 T_L) / (n)₄
///
/// with (n)ₘ = n(n-1)…(n-m+1); r divides it by S_K S_L.
func mantelVariance(_ a: KernelMoments, _ b: KernelMoments) -> Double {
  let n = Double(a.count)
  func centred(_ k: KernelMoments) -> (s: Double, t: Double) {
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

extension RelativeOrientation {
  /// Spearman's ρ of the cosines of seeded random pairs, ranked once.
  ///
  /// Pairs that share a token are not independent, so the standard error leaves out groups of tokens (a
  /// twentieth of them each time, with all their pairs), not pairs. It has no null of its own: the moments over
  /// all permutations need the ranks of all pairs; Pearson's r has them.
  static func sampledSpearman(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: RelativeOrientationOptions
  ) -> Evaluation {
    let batches = 20
    let size = max(options.spearmanPairs / batches, 2)
    var root = SeededRandom(seed: options.seed ^ 0x5350_4541_524D_414E)
    let generators = (0..<batches).map { _ in SeededRandom(seed: root.next()) }
    let drawn: [[SampledPair]] = parallelMap(count: batches) { batch in
      var random = generators[batch]
      return (0..<size).map { _ in
        let i = Int(random.next(upperBound: UInt64(a.rows)))
        let other = Int(random.next(upperBound: UInt64(a.rows - 1)))
        let j = other < i ? other : other + 1
        return SampledPair(i: i, j: j, a: cosine(a, i, j), b: cosine(b, i, j))
      }
    }
    let pairs = drawn.flatMap { $0 }
    let (ranksA, ranksB) = (averageRanks(pairs.map(\.a)), averageRanks(pairs.map(\.b)))
    guard let rho = Geometry.pearson(ranksA, ranksB) else {
      return .notEvaluable(reason: "the sampled cosines of one model do not vary")
    }
    let group = root.permutation(a.rows).map { $0 % tokenGroups }
    let deleteGroup: [Double] = parallelMap(count: tokenGroups) { left in
      let rest = pairs.indices.filter { group[pairs[$0].i] != left && group[pairs[$0].j] != left }
      return Geometry.pearson(rest.map { ranksA[$0] }, rest.map { ranksB[$0] }) ?? rho
    }
    let spread = jackknife(rho, deleteOne: deleteGroup, isCorrelation: true, confidence: options.confidence)
    return .estimate(
      Estimate(
        value: rho, n: pairs.count, standardError: spread?.standardError, lower: spread?.lower,
        upper: spread?.upper, confidence: options.confidence, uncertainty: .groupJackknife, null: nil))
  }

  private static let tokenGroups = 20

  private struct SampledPair {
    let i: Int
    let j: Int
    let a: Double
    let b: Double
  }

  private static func cosine(_ unit: Matrix<Float>, _ i: Int, _ j: Int) -> Double {
    Double(
      dot(
        unit.elements.span.extracting(unit.range(ofRow: i)),
        unit.elements.span.extracting(unit.range(ofRow: j))))
  }
}
