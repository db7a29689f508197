internal import LinearAlgebra
public import Tensors

/// How a covariance is shrunk before its isotropy is scored.
public struct IsoScoreStarOptions: Sendable, Equatable {
  /// ζ in [0, 1], the target's share; larger values steady few tokens and hide more of what they say. 0 is
  /// IsoScore itself.
  public var shrinkage = 0.2
  /// C₀, such as that of a larger sample; nil for the identity, which makes the score depend on the rows' unit.
  public var target: RowCovariance?
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
/// closed form, C₀ held fixed. *Null*: an isotropic Gaussian cloud of the same n, d and total variance; its
/// value is the ratio of the expected numerator to the expected denominator.
public struct IsoScoreStar: Sendable, Equatable, Codable {
  public let isoScore: Evaluation
  /// ζ.
  public let shrinkage: Double

  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: ζ in [0, 1]; a target as wide as the rows.
  public init(
    _ matrix: Matrix<Float>, _ options: IsoScoreStarOptions = IsoScoreStarOptions()
  ) throws(GeometryError) {
    let zeta = options.shrinkage
    precondition((0...1).contains(zeta), "a shrinkage of \(zeta), expected 0 to 1")
    precondition(
      options.target.map { $0.width == matrix.columns } ?? true,
      "a target of width \(options.target?.width ?? 0) for rows of width \(matrix.columns)")
    shrinkage = zeta
    try requireFinite(matrix, "embedding")
    guard matrix.rows >= 4, matrix.columns >= 2 else {
      isoScore = .notEvaluable(
        reason: "needs 4 tokens and 2 dimensions, got \(matrix.rows) and \(matrix.columns)")
      return
    }
    let shrunk = ShrunkCovariance(matrix, options.target?.covariance, zeta)
    guard let value = shrunk.score(shrunk.trace, shrunk.squares, shrunk.overlap) else {
      isoScore = .notEvaluable(reason: "all rows are equal, and nothing is added to their covariance")
      return
    }
    let spread = jackknife(
      value, deleteOne: shrunk.deleteOne, isCorrelation: false, confidence: options.interval.confidence)
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
  let n: Double
  let d: Double
  let zeta: Double
  /// tr C, ‖C‖² and ⟨C, C₀⟩.
  let trace: Double
  let squares: Double
  let overlap: Double
  /// tr C₀ and ‖C₀‖².
  let targetTrace: Double
  let targetSquares: Double
  let deleteOne: [Double]

  init(_ matrix: Matrix<Float>, _ target: Matrix<Double>?, _ zeta: Double) {
    let centred = Normalisation.centred.applied(to: matrix)
    let scatter = gram(centred)
    let norms = rowNorms(centred).map { $0 * $0 }
    let quadratics = rowQuadratics(centred, scatter, centred)
    let targets = target.map { rowQuadratics(centred, $0, centred) } ?? norms
    let (n, d) = (Double(matrix.rows), Double(matrix.columns))
    (self.n, self.d, self.zeta) = (n, d, zeta)
    let total = Geometry.trace(scatter)
    let totalSquares = squaredFrobenius(scatter)
    let totalOverlap = targets.reduce(0, +)
    targetTrace = target.map { Geometry.trace($0) } ?? d
    targetSquares = target.map { squaredFrobenius($0) } ?? d
    trace = total / (n - 1)
    squares = totalSquares / ((n - 1) * (n - 1))
    overlap = totalOverlap / (n - 1)
    let shape = (d: d, zeta: zeta, trace: targetTrace, squares: targetSquares)
    // The scatter about the new mean, without token i, is S - n/(n-1) xᵢxᵢᵀ.
    let scale = n / (n - 1)
    deleteOne = norms.indices.map { i in
      let left = totalSquares - 2 * scale * quadratics[i] + scale * scale * norms[i] * norms[i]
      return Self.score(
        (total - scale * norms[i]) / (n - 2), left / ((n - 2) * (n - 2)),
        (totalOverlap - scale * targets[i]) / (n - 2), shape) ?? .nan
    }
  }

  func score(_ trace: Double, _ squares: Double, _ overlap: Double) -> Double? {
    Self.score(trace, squares, overlap, (d, zeta, targetTrace, targetSquares))
  }

  private static func score(
    _ trace: Double, _ squares: Double, _ overlap: Double,
    _ shape: (d: Double, zeta: Double, trace: Double, squares: Double)
  ) -> Double? {
    let (own, other) = (1 - shape.zeta, shape.zeta)
    let sum = own * trace + other * shape.trace
    return ratio(
      sum * sum, own * own * squares + 2 * own * other * overlap + other * other * shape.squares, shape.d)
  }

  private static func ratio(_ numerator: Double, _ denominator: Double, _ d: Double) -> Double? {
    guard denominator > 0 else { return nil }
    let score = (numerator / denominator - 1) / (d - 1)
    return score.isFinite ? score : nil
  }

  /// With C = v W/(n-1), W Wishart: E (tr C)² = v²(d² + 2d/(n-1)), E ‖C‖² = v² d (1 + (d+1)/(n-1)).
  var nullMean: Double? {
    let v = trace / d
    let (own, other) = (1 - zeta, zeta)
    let numerator =
      own * own * v * v * (d * d + 2 * d / (n - 1)) + 2 * own * other * v * d * targetTrace
      + other * other * targetTrace * targetTrace
    let denominator =
      own * own * v * v * d * (1 + (d + 1) / (n - 1)) + 2 * own * other * v * targetTrace
      + other * other * targetSquares
    return Self.ratio(numerator, denominator, d)
  }
}
