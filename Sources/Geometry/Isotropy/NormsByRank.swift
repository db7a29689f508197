public import Statistics
public import Tensors

/// How long rows are from the most frequent tokens to the rarest.
///
/// Rows are ordered by rank and cut into ten parts of equal size; each part's mean norm, and Spearman's ρ of norm
/// and rank over all rows. Byte-pair vocabularies list tokens by the order in which merges were learnt, so a
/// token's id stands in for its frequency rank; special tokens and bytes at the ends of a vocabulary do not
/// follow it. High-frequency rows near the origin, or far from it, are the anisotropy that Li et al. 2020 found
/// in BERT.
///
/// O(n (d + log n)) and the resamples; deterministic in the seed. *Uncertainty*: bootstrap over tokens. *Nulls*: ranks
/// permuted; for a part of m rows the null's mean (that of all norms) and standard deviation,
/// σ √((n - m)/(m (n - 1))), are exact. A part has no p: with ten of them look at ρ.
public struct NormsByRank: Sendable, Equatable, Codable {
  /// Rows of neighbouring ranks.
  public struct Part: Sendable, Equatable, Codable {
    /// The smallest and the largest rank in it.
    public let firstRank: Int
    public let lastRank: Int
    public let meanNorm: Evaluation
  }

  /// By rank, smallest first; at most ten, none empty.
  public let parts: [Part]
  /// Positive when rare tokens have longer rows.
  public let spearman: Evaluation

  /// - Parameter ranks: each row's rank (its token id in a matched subset); nil when row i has rank i.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: one rank a row.
  public init(
    _ matrix: Matrix<Float>, ranks: [Int]? = nil, _ options: Resampling = Resampling()
  ) throws(GeometryError) {
    let ranks = ranks ?? Array(0..<matrix.rows)
    precondition(ranks.count == matrix.rows, "\(ranks.count) ranks for \(matrix.rows) rows")
    try requireFinite(matrix, "embedding")
    let norms = rowNorms(matrix)
    let order = norms.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
    parts = Self.parts(norms, ranks, order, options)
    spearman = correlation(.spearman, norms, ranks.map(Double.init), options)
  }

  private static func meanNorm(
    _ norms: [Double], _ options: Resampling, _ null: NullDistribution
  ) -> Evaluation {
    let mean = meanEstimate(norms, null: null)
    return mean.estimate.map { .estimate($0.with(bootstrapOfMean(norms, options), .bootstrap)) } ?? mean
  }

  private static func parts(
    _ norms: [Double], _ ranks: [Int], _ order: [Int], _ options: Resampling
  ) -> [Part] {
    let n = Double(norms.count)
    let mean = norms.reduce(0, +) / max(n, 1)
    let variance = norms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(n, 1)
    return (0..<10).compactMap { part in
      let rows = Array(order[part * order.count / 10..<(part + 1) * order.count / 10])
      guard let first = rows.first, let last = rows.last else { return nil }
      let m = Double(rows.count)
      let deviation = n > 1 ? (variance * (n - m) / (m * (n - 1))).squareRoot() : nil
      let null = NullDistribution(
        meaning: "ranks permuted, all permutations", mean: mean, standardDeviation: deviation)
      return Part(
        firstRank: ranks[first], lastRank: ranks[last],
        meanNorm: meanNorm(rows.map { norms[$0] }, options.selecting(rows), null))
    }
  }
}

extension NormsByRank: SpaceMeasure {
  public static let name = "norms_by_rank"
  public static let version = 1
  public static let group: MeasureGroup? = .isotropy
  public static let gauges: [Gauge] = [.raw]
  public static let task = "isotropy/{model}"
  public static let depends: Set<MeasureOptions.Field> = [.seed]

  public static let concept: Concept? = Concept(
    meaning: "Whether the lengths of rows follow how frequent tokens are.",
    high:
      "High correlations mean that rarer tokens have longer rows, and the tenths say how long.",
    cite:
      "Of raw rows, as centring changes lengths; norms have the model's own unit, so cite the correlation."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<NormsByRank>] {
    [
      Metric("norm_rank", "Spearman of norm and rank", Invariance(.isotropy, [.orthogonal, .scaling])) {
        $0.spearman
      },
      Metric("norm_first_tenth", "mean norm of the first tenth", Invariance(.isotropy, [.orthogonal])) {
        $0.parts.first?.meanNorm
      },
      Metric("norm_last_tenth", "mean norm of the last tenth", Invariance(.isotropy, [.orthogonal])) {
        $0.parts.last?.meanNorm
      },
    ]
  }

  public static func measure(_ space: SpaceView) throws -> NormsByRank {
    // Strata hold the tokens' ranks, which are what is asked about.
    var options = space.options.resampling
    options.strata = nil
    return try NormsByRank(space.rows, ranks: space.bench.ranks, options)
  }
}
