internal import LinearAlgebra
public import Statistics
public import Tensors

/// What a covariance C is shrunk to.
public enum ShrinkageTarget: Sendable, Equatable {
  /// I, as Rudman and Eickhoff take it where no larger sample is at hand. It has a unit: for rows whose variances
  /// are far below 1 (most embeddings) it outweighs them, and any cloud scores near 1.
  case identity
  /// (tr C / d) I: the same for rows of any unit.
  case meanVariance
  /// The covariance of a larger sample of the same kind.
  case covariance(RowCovariance)
}

/// How a covariance is shrunk before its isotropy is scored.
public struct IsoScoreStarOptions: Sendable, Equatable {
  /// ζ in [0, 1], the target's share; larger values steady few tokens and hide more of what they say. 0 is
  /// IsoScore itself.
  public var shrinkage = 0.2
  /// C₀.
  public var target = ShrinkageTarget.identity
  public var interval = IntervalOptions()

  public init() {}
}

/// IsoScore of a shrunk covariance, for clouds with few tokens for their width.
///
/// With C the covariance (divisor n - 1) and C_ζ = (1 - ζ) C + ζ C₀,
///
///     IsoScore* = (PR - 1) / (d - 1),   PR = (tr C_ζ)² / ‖C_ζ‖_F²
///
/// Rudman, Eickhoff 2024 take the same steps on the spectrum of C_ζ as IsoScore does on that of C; the closed
/// form is an identity and needs no eigenvalues: O(n d²), in Double. *Uncertainty*: delete-one jackknife in
/// closed form, less what it counts twice of pairs, the covariance of a larger sample held fixed. *Null*: an isotropic Gaussian cloud of the same n, d and total variance; its
/// value is the ratio of the expected numerator to the expected denominator.
public struct IsoScoreStar: Sendable, Equatable, Codable {
  public let isoScore: Evaluation
  /// ζ.
  public let shrinkage: Double

  /// - Throws: `GeometryError.notFinite`, `.option` for ζ outside [0, 1].
  /// - Precondition: a target as wide as the rows.
  public init(
    _ matrix: Matrix<Float>, _ options: IsoScoreStarOptions = IsoScoreStarOptions()
  ) throws(GeometryError) {
    let zeta = options.shrinkage
    try requireOption("shrinkage", zeta, "0 to 1", (0...1).contains(zeta))
    if case .covariance(let target) = options.target {
      precondition(
        target.width == matrix.columns,
        "a target of width \(target.width) for rows of width \(matrix.columns)")
    }
    shrinkage = zeta
    try requireFinite(matrix, "embedding")
    guard matrix.rows >= 4, matrix.columns >= 2 else {
      isoScore = .notEvaluable(
        reason: "needs 4 tokens and 2 dimensions, got \(matrix.rows) and \(matrix.columns)")
      return
    }
    let shrunk = ShrunkCovariance(matrix, options.target, zeta)
    guard let value = shrunk.score else {
      isoScore = .notEvaluable(reason: "all rows are equal, and nothing is added to their covariance")
      return
    }
    let spread = jackknife(
      value, deleteOne: shrunk.deleteOne, isCorrelation: false, confidence: options.interval.confidence,
      groups: options.interval.groups, pairs: shrunk.pairVariance(options.interval))
    isoScore = .estimate(
      Estimate(
        value: value, n: matrix.rows, standardError: spread?.standardError, lower: spread?.lower,
        upper: spread?.upper, confidence: options.interval.confidence, uncertainty: .jackknife,
        null: shrunk.nullMean.map {
          NullDistribution(
            meaning:
              "an isotropic Gaussian cloud of \(matrix.rows) rows in \(matrix.columns) dimensions and the same total variance",
            mean: $0)
        }))
  }
}

/// Traces that IsoScore* is a function of, with and without each token.
private struct ShrunkCovariance {
  private let n: Double
  private let d: Double
  private let mix: Mix
  private let traces: Traces
  private let centred: Matrix<Float>
  let deleteOne: [Double]

  /// tr C, ‖C‖² and ⟨C, C₀⟩.
  private struct Traces {
    let own: Double
    let squares: Double
    let overlap: Double
  }

  init(_ matrix: Matrix<Float>, _ target: ShrinkageTarget, _ zeta: Double) {
    let centred = matrix.centred()
    let scatter = gram(centred)
    let norms = rowNorms(centred).map { $0 * $0 }
    let quadratics = quadraticForms(centred, scatter)
    let (n, d) = (Double(matrix.rows), Double(matrix.columns))
    var overlaps = norms
    var targetTraces: (trace: Double, squares: Double)? = (d, d)
    switch target {
    case .identity: break
    case .meanVariance: targetTraces = nil
    case .covariance(let other):
      overlaps = quadraticForms(centred, other.covariance)
      targetTraces = (trace(other.covariance), squaredFrobenius(other.covariance))
    }
    let mix = Mix(d: d, zeta: zeta, target: targetTraces)
    let (total, squares) = (trace(scatter), squaredFrobenius(scatter))
    let overlap = overlaps.reduce(0, +)
    (self.n, self.d, self.mix, self.centred) = (n, d, mix, centred)
    traces = Traces(own: total / (n - 1), squares: squares / ((n - 1) * (n - 1)), overlap: overlap / (n - 1))
    // The scatter about the new mean, without token i, is S - n/(n-1) xᵢxᵢᵀ.
    let scale = n / (n - 1)
    deleteOne = norms.indices.map { i in
      let left = squares - 2 * scale * quadratics[i] + scale * scale * norms[i] * norms[i]
      let own = (total - scale * norms[i]) / (n - 2)
      return mix.score(
        trace: own, traceSquared: own * own, squares: left / ((n - 2) * (n - 2)),
        overlap: (overlap - scale * overlaps[i]) / (n - 2)) ?? .nan
    }
  }

  var score: Double? { score(squares: traces.squares) }

  private func score(squares: Double) -> Double? {
    mix.score(
      trace: traces.own, traceSquared: traces.own * traces.own, squares: squares, overlap: traces.overlap)
  }

  /// What pairs of tokens add to the score's variance, through ‖C‖².
  func pairVariance(_ options: IntervalOptions) -> Double {
    let step = 1e-3 * traces.squares
    guard step > 0, let here = score, let there = score(squares: traces.squares + step) else { return 0 }
    let slope = (there - here) / step
    return slope * slope * squaredProductInteraction(centred, options)
  }

  /// With C = v W/(n-1), W Wishart: E (tr C)² = v²(d² + 2d/(n-1)), E ‖C‖² = v² d (1 + (d+1)/(n-1)).
  var nullMean: Double? {
    let v = traces.own / d
    return mix.score(
      trace: traces.own, traceSquared: v * v * (d * d + 2 * d / (n - 1)),
      squares: v * v * d * (1 + (d + 1) / (n - 1)), overlap: v * (mix.target?.trace ?? traces.own))
  }
}

/// IsoScore of (1 - ζ) C + ζ C₀ from traces.
private struct Mix {
  let d: Double
  let zeta: Double
  /// tr C₀ and ‖C₀‖²; nil where C₀ is (tr C / d) I.
  let target: (trace: Double, squares: Double)?

  func score(trace: Double, traceSquared: Double, squares: Double, overlap: Double) -> Double? {
    let own = 1 - zeta
    let numerator: Double
    let denominator: Double
    if let target {
      numerator =
        own * own * traceSquared + 2 * own * zeta * trace * target.trace
        + zeta * zeta * target.trace * target.trace
      denominator = own * own * squares + 2 * own * zeta * overlap + zeta * zeta * target.squares
    } else {
      numerator = traceSquared
      denominator = own * own * squares + (1 - own * own) * traceSquared / d
    }
    guard denominator > 0 else { return nil }
    let score = (numerator / denominator - 1) / (d - 1)
    return score.isFinite ? score : nil
  }
}

extension IsoScoreStar: SpaceMeasure {
  public static let name = "isoscore_star"
  public static let version = 1
  public static let group: MeasureGroup? = .isotropy
  public static let gauges: [Gauge] = [.raw]
  public static let task = "isotropy/{model}"
  public static let depends: Set<MeasureOptions.Field> = [.seed]

  public static let concept: Concept? = Concept(
    meaning: "Isotropy between 0 and 1 of the regularised covariance.",
    high:
      "High values mean evenly filled directions, as IsoScore's, made steady for few tokens by shrinking the covariance.",
    cite:
      "No gauge: it is about the covariance; cite it where tokens are few for the width, and IsoScore otherwise."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<IsoScoreStar>] {
    [
      Metric(
        "isoscore_star", "IsoScore*, shrunk to the mean variance",
        Invariance(.isotropy, .shape, remark: "shrunk to the identity not to scale")
      ) { $0.isoScore }
    ]
  }

  public static func measure(_ space: SpaceView) throws -> IsoScoreStar {
    var options = IsoScoreStarOptions()
    // Embeddings have variances far below 1, on which shrinkage to the identity says nothing.
    options.target = .meanVariance
    options.interval = space.options.resampling.interval
    return try IsoScoreStar(space.rows, options)
  }
}
