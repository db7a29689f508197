internal import RealModule
public import Statistics
public import Tensors

/// How all pairs are ranked.
public struct AllPairsSpearmanOptions: Sendable, Equatable, Codable {
  /// 2^bits bins for the cosines of each model, 4 to 20. One bit more halves the worst case and at least
  /// halves the error to expect; larger tables leave the second-level cache and cost time.
  public var bits = 16
  public var interval = IntervalOptions()

  public init() {}
}

/// Spearman's rank correlation between two models' cosines, over *all* pairs of tokens.
///
///     ρ = Pearson(rank D^A_ij, rank D^B_ij) over i < j,  D_ij = cos(eᵢ, eⱼ)
///
/// Two passes over the upper triangle of both cosine matrices, tile by tile: the first counts cosines in
/// 2^bits bins, the second computes the tiles again and looks up each cosine's rank. All pairs in a bin get
/// the mean of its ranks, so equal cosines share a rank as they should. O(n² (d_A + d_B)) multiplications,
/// memory O(n (d_A + d_B) + 2^bits), no n × n matrix; the time is that of the products. Bit-equal for any
/// number of threads: counts are integers, tiles have fixed shapes, and sums in Double are added in the order
/// of the tiles. For a cheap estimate take the sample of ``RelativeOrientation``.
///
/// Bins are of equal width over six standard deviations on either side of the mean; where a few far pairs leave too many
/// others in one bin (a row of another size than all others, once the mean is removed), their edges are quantiles of a
/// million sampled cosines instead, which takes some times as long.
///
/// The cosines are Float products of `LiftedRows`, so that a narrow cone keeps its digits; ``binning`` bounds the rest of
/// the error.
///
/// *Uncertainty*: delete-one jackknife over tokens with the ranks held fixed. *Null*: the second model's
/// tokens permuted; mean (0) and variance over all n! permutations are exact (Mantel 1967), the p-value is
/// Cantelli's bound on them.
public struct AllPairsSpearman: Sendable, Equatable, Codable {
  /// ρ; n counts tokens.
  public let correlation: Evaluation
  /// How far bins can have moved ρ; nil where there is none.
  public let binning: BinningError?
  /// Pairs i < j.
  public let pairs: Int
  /// Tokens left out because a model gives them a zero row.
  public let zeroRows: Int

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: equal numbers of rows; `bits` in 4...20.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: AllPairsSpearmanOptions = AllPairsSpearmanOptions()
  ) throws(GeometryError) {
    precondition((4...20).contains(options.bits), "2^\(options.bits) bins, expected 2^4 to 2^20")
    let rows = try MatchedCosines(a, b)
    (pairs, zeroRows) = (rows.pairs, rows.zeroRows)
    guard rows.kept.count >= 4 else {
      (correlation, binning) = (.notEvaluable(reason: rows.tooFew), nil)
      return
    }
    (correlation, binning) = Self.compare(
      rows, PairedCosineMoments.sums(rows.a), PairedCosineMoments.sums(rows.b), bits: options.bits,
      interval: options.interval)
  }

  /// - Parameters: at least four rows, and sums over their cosines in each model.
  static func compare(
    _ rows: MatchedCosines, _ cosinesA: OffDiagonalSums, _ cosinesB: OffDiagonalSums, bits: Int,
    interval: IntervalOptions
  ) -> (correlation: Evaluation, binning: BinningError?) {
    if let reason = cosinesA.reasonAgainst("first") ?? cosinesB.reasonAgainst("second") {
      return (.notEvaluable(reason: reason), nil)
    }
    var scan = PairScan(
      a: rows.a, b: rows.b, binsA: CosineBins(cosinesA, bits: bits), binsB: CosineBins(cosinesB, bits: bits))
    var counts = scan.histograms()
    var (tableA, tableB) = (RankTable(counts.a), RankTable(counts.b))
    // A few far pairs make a wide range, most of whose bins are empty; bins of a normal distribution lose 13 / bins².
    let mostLost = max(1e-6, 0x1p6 * Double.exp2(-2 * Double(bits)))
    if max(tableA.lostShare, tableB.lostShare) > mostLost {
      let edges = (
        tableA.lostShare > mostLost
          ? CosineBins(quantilesOf: rows.a, bits: bits, seed: interval.seed) : scan.binsA,
        tableB.lostShare > mostLost
          ? CosineBins(quantilesOf: rows.b, bits: bits, seed: interval.seed) : scan.binsB
      )
      scan = PairScan(a: rows.a, b: rows.b, binsA: edges.0, binsB: edges.1)
      counts = scan.histograms()
      (tableA, tableB) = (RankTable(counts.a), RankTable(counts.b))
    }
    let sums = scan.rankSums(tableA, tableB)
    let correlation = matrixCorrelation(
      sums.a, sums.b, rowProducts: sums.products, sumProducts: sums.products.reduce(0, +), interval)
    return (correlation, correlation.value.map { BinningError($0, tableA, tableB, bins: 1 << bits) })
  }
}

/// How far the bins of ``AllPairsSpearman`` can have moved ρ.
///
/// Let x be the true ranks of the N pairs around their mean and x̄ the ranks that bins of c pairs give. x̄ is
/// the projection of x on what is constant in each bin, and N(N²-1)/12 is the most that ‖x‖² can be, so the
/// angle between the two is at most
///
///     θ = arcsin √( Σ c(c²-1) / (N(N²-1)) )
///
/// Angles obey the triangle inequality, so arccos ρ lies within θ_A + θ_B of arccos ρ̄. The bound is reached
/// only if the order inside every bin follows the other model's ranks. If it does not follow them, the parts
/// inside bins are uncorrelated with all else, and what remains is a shrinkage by (s_A² + s_B²)/2 and a noise
/// of √((s_A² + s_B²)/N), with s = sin θ.
public struct BinningError: Sendable, Equatable, Codable {
  /// Bins of each model.
  public let bins: Int
  /// The least and the largest ρ that the two histograms allow.
  public let lower: Double
  public let upper: Double
  /// |Δρ| is never larger.
  public let worstCase: Double
  /// The size of |Δρ| where the order inside a bin is unrelated to the other model.
  public let expected: Double

  init(_ rho: Double, _ a: RankTable, _ b: RankTable, bins: Int) {
    let angle = Double.acos(rho)
    let reach = Double.asin(a.lostShare.squareRoot()) + Double.asin(b.lostShare.squareRoot())
    let lost = a.lostShare + b.lostShare
    self.bins = bins
    lower = .cos(min(angle + reach, .pi))
    upper = .cos(max(angle - reach, 0))
    worstCase = max(rho - lower, upper - rho)
    expected = min(lost / 2 + (lost / a.pairs).squareRoot(), worstCase)
  }
}

/// The mean rank of each bin, and what bins lose.
struct RankTable: Sendable {
  let pairs: Double
  /// Mean rank of a bin's pairs around the mean of all, over N: in [-1/2, 1/2].
  let ranks: [Double]
  /// Σ c(c²-1) / (N(N²-1)) over the bins: the largest share of the ranks' variance that lies inside bins.
  let lostShare: Double

  init(_ counts: [UInt64]) {
    let n = Double(counts.reduce(0, +))
    var below: UInt64 = 0
    var lost = 0.0
    ranks = counts.map { count in
      let size = Double(count)
      // Ranks below + 1 ... below + count; their mean less (n + 1) / 2.
      let centred = Double(below) + (size - n) / 2
      lost += size * (size * size - 1)
      below += count
      return centred / n
    }
    pairs = n
    lostShare = min(lost / (n * (n * n - 1)), 1)
  }
}
