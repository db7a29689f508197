internal import RealModule
public import Statistics
public import Tensors

/// Which pairs of tokens Spearman's correlation ranks.
public enum SpearmanMethod: Sendable, Equatable, Codable {
  /// Random pairs; none leave the correlation out, more of them bring the value closer to that of all pairs. Seconds at any size.
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
/// n × n matrix is formed: with M = n(n-1) and sums over all i ≠ j,
///
///     s_A = Σ D^A_ij,  s_AA = Σ (D^A_ij)²,  s_AB = Σ D^A_ij D^B_ij
///     r = (s_AB/M - s_A s_B/M²) / √((s_AA/M - s_A²/M²)(s_BB/M - s_B²/M²))
///
/// which d × d products give, as in s_AB + n = ‖Û_Aᵀ Û_B‖_F² for unit rows û. As that stands it cancels where the rows lie
/// in a narrow cone; so it is taken over `LiftedRows`, whose products are the cosines less a constant, which r does
/// not see. Cost O(n d_A d_B); deterministic. Lifted rows are Floats, sums are Doubles (with AVX-512 over many rows Floats
/// within each 128 of them): r to about 1e-7 in cones of any width, far below its standard error, until the cosines vary no
/// more than rounding makes them; then it is not evaluable. Lee, Weber, Viégas,
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
  /// How far bins can have moved ρ over all pairs; nil for a sample, which has no bins.
  public let binning: BinningError?
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
    let rows = try MatchedCosines(a, b)
    zeroRows = rows.zeroRows
    pairs = rows.pairs
    guard rows.kept.count >= 4 else {
      let reason = Evaluation.notEvaluable(reason: rows.tooFew)
      (pearson, spearman, perToken, perTokenSpread, binning) = (
        reason, reason, a.elements.isEmpty ? [] : Array(repeating: nil, count: a.rows), nil, nil
      )
      return
    }
    let moments = PairedCosineMoments(rows.a, rows.b)
    var interval = IntervalOptions()
    interval.confidence = options.confidence
    interval.significance = options.significance
    (interval.groups, interval.seed) = (options.groups?.selecting(rows.kept), options.seed)
    pearson = matrixCorrelation(
      moments.a, moments.b, rowProducts: moments.rowProducts, sumProducts: moments.sumProducts, interval)
    let correlations = Self.rowCorrelations(moments)
    var perToken = [Double?](repeating: nil, count: a.rows)
    for (position, row) in rows.kept.enumerated() { perToken[row] = correlations[position] }
    self.perToken = perToken
    perTokenSpread = Quantiles(correlations.compactMap { $0 })
    (spearman, binning) =
      switch options.spearman {
      case .sampled(let pairs):
        (Self.sampledSpearman(rows, moments, pairs: pairs, options, interval.groups), nil)
      case .exact:
        AllPairsSpearman.compare(
          rows, moments.a, moments.b, bits: AllPairsSpearmanOptions().bits, interval: interval)
      }
  }

  init(_ other: RelativeOrientation, pearson: Evaluation) {
    self.pearson = pearson
    (spearman, binning, pairs) = (other.spearman, other.binning, other.pairs)
    (perToken, perTokenSpread, zeroRows) = (other.perToken, other.perTokenSpread, other.zeroRows)
  }

  static func rowCorrelations(_ moments: PairedCosineMoments) -> [Double?] {
    let (a, b) = (moments.a, moments.b)
    let m = Double(a.count - 1)
    return (0..<a.count).map { i in
      guard let xx = a.rowVariance(i), let yy = b.rowVariance(i) else { return nil }
      let xy = moments.rowProducts[i] / m - a.rowSums[i] / m * (b.rowSums[i] / m)
      return min(max(xy / (xx * yy).squareRoot(), -1), 1)
    }
  }
}

extension RelativeOrientation {
  /// Spearman's ρ of the cosines of seeded random pairs, ranked once; of all pairs, each once, where there are no more.
  ///
  /// Pairs that share a token are not independent, so the standard error leaves out groups of tokens (a
  /// twentieth of them each time, with all their pairs), not pairs, and counts once what pairs add by themselves. It has no null of
  /// its own: the moments over all permutations need the ranks of all pairs; Pearson's r and ``AllPairsSpearman`` have them.
  static func sampledSpearman(
    _ rows: MatchedCosines, _ moments: PairedCosineMoments, pairs count: Int,
    _ options: RelativeOrientationOptions, _ groups: TokenGroups?
  ) -> Evaluation {
    if let reason = moments.a.reasonAgainst("first") ?? moments.b.reasonAgainst("second") {
      return .notEvaluable(reason: reason)
    }
    guard count > 0 else { return .notEvaluable(reason: "no pairs of tokens are ranked") }
    let n = rows.kept.count
    var root = SeededRandom(seed: options.seed ^ 0x5350_4541_524D_414E)
    @Sendable func pair(_ i: Int, _ j: Int) -> SampledPair {
      SampledPair(i: i, j: j, a: rows.a.cosine(i, j), b: rows.b.cosine(i, j))
    }
    let drawn: [[SampledPair]]
    if rows.pairs <= count {
      drawn = parallelMap(count: n) { i in (i + 1..<max(n, i + 1)).map { pair(i, $0) } }
    } else {
      let batches = 20
      let size = max(count / batches, 2)
      let generators = (0..<batches).map { _ in SeededRandom(seed: root.next()) }
      drawn = parallelMap(count: batches) { batch in
        var random = generators[batch]
        return (0..<size).map { _ in
          let (i, j) = random.nextPair(of: n)
          return pair(i, j)
        }
      }
    }
    let pairs = drawn.flatMap { $0 }
    let (ranksA, ranksB) = (averageRanks(pairs.map(\.a)), averageRanks(pairs.map(\.b)))
    guard let rho = Statistics.pearson(ranksA, ranksB) else {
      return .notEvaluable(reason: "the sampled cosines of one model do not vary")
    }
    let parts = TokenGroups.randomParts(tokenGroups, of: n, keeping: groups, &root)
    let deleteGroup: [Double] = parallelMap(count: tokenGroups) { part in
      let left = Set(parts[part])
      let rest = pairs.indices.filter { !left.contains(pairs[$0].i) && !left.contains(pairs[$0].j) }
      return Statistics.pearson(rest.map { ranksA[$0] }, rest.map { ranksB[$0] }) ?? rho
    }
    // Of the influence that a pair has on ρ, what is not its tokens' share is its own.
    let byTokens = Double(n) * jackknifeVariance(deleteGroup, nil) / 2
    let own = max(influence(of: ranksA, ranksB, on: rho) - byTokens, 0) / max(Double(pairs.count - n), 1)
    let spread = jackknife(
      rho, deleteOne: deleteGroup, isCorrelation: true, confidence: options.confidence, pairs: own)
    return .estimate(
      Estimate(
        value: rho, n: pairs.count, standardError: spread?.standardError, lower: spread?.lower,
        upper: spread?.upper, confidence: options.confidence, uncertainty: .groupJackknife, null: nil))
  }

  /// The mean square of `x y - ρ (x² + y²)/2`, x and y standardised ranks: what one pair more moves ρ by.
  private static func influence(of ranksA: [Double], _ ranksB: [Double], on rho: Double) -> Double {
    let count = Double(ranksA.count)
    let centre = (count + 1) / 2
    func variance(_ ranks: [Double]) -> Double {
      ranks.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / count
    }
    let (varianceA, varianceB) = (variance(ranksA), variance(ranksB))
    return zip(ranksA, ranksB).reduce(0) { sum, ranks in
      let (x, y) = (ranks.0 - centre, ranks.1 - centre)
      let moved =
        x * y / (varianceA * varianceB).squareRoot() - rho * (x * x / varianceA + y * y / varianceB) / 2
      return sum + moved * moved
    } / count
  }

  private static let tokenGroups = 20

  private struct SampledPair {
    let i: Int
    let j: Int
    let a: Double
    let b: Double
  }
}

extension RelativeOrientation: PairMeasure {
  public static let name = "orientation"
  public static let version = 1
  public static let depends: Set<MeasureOptions.Field> = [.seed, .strata]

  public static let concept: Concept? = Concept(
    meaning:
      "Do tokens point the same way relative to each other? The correlation of the cosines of all pairs of "
      + "tokens in the two models: 1 where the spaces differ by a rotation and a scale, 0 for unrelated ones.",
    high:
      "High values mean that pairs of tokens that lie at a small angle in one model do so in the other: the two clouds are arranged alike as wholes, up to a rotation.",
    cite:
      "Cite it centred, beside its stratified null, since a mean direction that each space has by itself moves raw cosines, and classes of tokens alone reach a part of the value."
  )

  /// Pearson's r; ranks are a measure of their own (``OrientationRanks``), since they can cost much more.
  public static func metrics(_ options: MeasureOptions) -> [Metric<RelativeOrientation>] {
    [
      Metric(
        "orientation", "relative orientation, Pearson", Invariance(.global, .angles), isHeadline: true
      ) { $0.pearson }
    ]
  }

  public static func tokenColumns(_ options: MeasureOptions) -> [TokenColumn<RelativeOrientation>] {
    [
      TokenColumn("orientation", "correlation of the token's cosines with all others in the two models") {
        found, _ in found.perToken
      }
    ]
  }

  public static func measure(_ pair: PairBench) throws -> RelativeOrientation {
    let (x, y) = try pair.rows
    var options = pair.options.orientation
    options.spearman = .sampled(pairs: 0)
    return try RelativeOrientation(x, y, options).held(against: x, y, pair.options.resampling)
  }
}

/// Spearman's ρ of ``RelativeOrientation``, without Pearson's r.
public struct OrientationRanks: Sendable, Equatable, Codable {
  public let correlation: Evaluation
  /// How far bins can have moved ρ over all pairs; nil for a sample, which has no bins.
  public let binning: BinningError?
}

extension OrientationRanks: PairMeasure {
  public static let name = "orientation_ranks"
  public static let version = 1
  public static let depends: Set<MeasureOptions.Field> = [.spearman, .seed]

  public static let concept: Concept? = Concept(
    meaning: "The same of ranks instead of values, which single extreme cosines cannot move.",
    high:
      "High values mean that pairs of tokens are in nearly the same order from near to far in both models, however their cosines are spaced.",
    cite:
      "Cite it centred, where Pearson's value could hang on a few extreme pairs or on a curved relation."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<OrientationRanks>] {
    [
      Metric(
        "orientation_spearman", "relative orientation, Spearman", Invariance(.global, .angles),
        aside: { $0.binning?.aside },
        value: { $0.correlation })
    ]
  }

  public static func measure(_ pair: PairBench) throws -> OrientationRanks {
    let (x, y) = try pair.rows
    let found = try RelativeOrientation(x, y, pair.options.orientation)
    return OrientationRanks(correlation: found.spearman, binning: found.binning)
  }
}

extension BinningError {
  /// Behind the title of a correlation of ranks over all pairs.
  var aside: Aside { Aside(" of all pairs, to ", worstCase, isRough: true) }
}
