internal import RealModule
public import Tensors

/// Which pairs of tokens Spearman's correlation ranks.
public enum SpearmanMethod: Sendable, Equatable, Codable {
  /// Random pairs; more of them bring the value closer to that of all pairs. Seconds at any size.
  case sampled(pairs: Int)
  /// All pairs, by ``AllPairsSpearman``: O(n² d).
  case exact
}

/// How relative orientations are compared.
public struct RelativeOrientationOptions: Sendable, Equatable, Codable {
  public var spearman = SpearmanMethod.sampled(pairs: 400_000)
  public var confidence = 0.95
  /// Level of the null's threshold.
  public var significance = 0.05
  public var seed: UInt64 = 1
  /// Tokens that intervals keep together; nil takes each token by itself.
  public var groups: TokenGroups?

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
/// Cost O(n d_A d_B); deterministic. The unit rows are Floats, and so are the d × d products' sums over each 128 of
/// them; all other sums are Doubles: r to about 1e-8, far below its standard error. Lee, Weber, Viégas,
/// Wattenberg 2025 take 20 000 sampled tokens; this is exact over all of them. The diagonal stays out: with
/// it, r would not vanish for unrelated models.
///
/// *Uncertainty*: delete-one jackknife over tokens, exact, since leaving a token out changes each sum by
/// that token's own row sum. *Null*: the second model's tokens permuted. Mean (0) and variance over all n!
/// permutations are exact (Mantel 1967); the p-value is Cantelli's bound on them.
public struct RelativeOrientation: Sendable, Equatable, Codable {
  /// Pearson's r over all pairs; n counts tokens.
  public let pearson: Evaluation
  /// Spearman's ρ; n counts pairs where they are sampled, tokens where all pairs count.
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
    let rows = try MatchedUnitRows(a, b)
    zeroRows = rows.zeroRows
    pairs = rows.pairs
    guard rows.kept.count >= 4 else {
      let reason = Evaluation.notEvaluable(reason: rows.tooFew)
      (pearson, spearman, perToken, perTokenSpread) = (
        reason, reason, a.elements.isEmpty ? [] : Array(repeating: nil, count: a.rows), nil
      )
      return
    }
    let moments = PairedKernelMoments(rows.a, rows.b, sums: .float)
    var interval = IntervalOptions()
    interval.confidence = options.confidence
    interval.significance = options.significance
    interval.groups = options.groups?.selecting(rows.kept)
    pearson = matrixCorrelation(
      moments.a.sums, moments.b.sums, rowProducts: moments.joint.rowProducts,
      sumProducts: moments.joint.sumProducts, interval)
    let correlations = Self.rowCorrelations(moments)
    var perToken = [Double?](repeating: nil, count: a.rows)
    for (position, row) in rows.kept.enumerated() { perToken[row] = correlations[position] }
    self.perToken = perToken
    perTokenSpread = Quantiles(correlations.compactMap { $0 })
    spearman =
      switch options.spearman {
      case .sampled(let pairs): Self.sampledSpearman(rows.a, rows.b, pairs: pairs, options, interval.groups)
      case .exact:
        AllPairsSpearman.compare(
          rows, moments.a.sums, moments.b.sums, bits: AllPairsSpearmanOptions().bits, interval: interval
        ).correlation
      }
  }

  init(_ other: RelativeOrientation, pearson: Evaluation) {
    self.pearson = pearson
    (spearman, pairs, perToken) = (other.spearman, other.pairs, other.perToken)
    (perTokenSpread, zeroRows) = (other.perTokenSpread, other.zeroRows)
  }

  static func rowCorrelations(_ moments: PairedKernelMoments) -> [Double?] {
    let (a, b, joint) = (moments.a, moments.b, moments.joint)
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

extension RelativeOrientation {
  /// Spearman's ρ of the cosines of seeded random pairs, ranked once.
  ///
  /// Pairs that share a token are not independent, so the standard error leaves out groups of tokens (a
  /// twentieth of them each time, with all their pairs), not pairs. It has no null of its own: the moments over
  /// all permutations need the ranks of all pairs; Pearson's r and ``AllPairsSpearman`` have them.
  static func sampledSpearman(
    _ a: Matrix<Float>, _ b: Matrix<Float>, pairs count: Int, _ options: RelativeOrientationOptions,
    _ groups: TokenGroups?
  ) -> Evaluation {
    let batches = 20
    let size = max(count / batches, 2)
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
    let parts = root.permutation(groups?.count ?? a.rows)
    let group = (0..<a.rows).map { row in parts[groups.map { Int($0.labels[row]) } ?? row] % tokenGroups }
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
}
