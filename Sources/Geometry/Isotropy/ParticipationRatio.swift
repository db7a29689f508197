internal import LinearAlgebra
public import Statistics
public import Tensors

/// How many dimensions a cloud of rows really uses, and how evenly.
///
/// With the covariance C of the rows and its eigenvalues λ,
///
///     PR = (Σ λ)² / Σ λ² = (tr C)² / ‖C‖_F²,   IsoScore = (PR - 1) / (d - 1)
///
/// No eigenvalues are needed: O(n d²), in Double. PR is 1 for a line and d for an isotropic cloud. IsoScore
/// (Rudman, Gillman, Rayne, Eickhoff 2022) is defined through the defect of the normalised spectrum; the
/// closed form is an identity. *Uncertainty*: delete-one jackknife (the covariance loses rank one with each
/// token), less what it counts twice of pairs in ‖C‖². *Null*: an isotropic Gaussian cloud with the same n and d; its value is the ratio of the expected
/// numerator to the expected denominator.
public struct ParticipationRatio: Sendable, Equatable, Codable {
  public let participationRatio: Evaluation
  public let isoScore: Evaluation

  /// - Throws: `GeometryError.notFinite`.
  public init(_ matrix: Matrix<Float>, _ options: IntervalOptions = IntervalOptions()) throws(GeometryError) {
    try requireFinite(matrix, "embedding")
    guard matrix.rows >= 3, matrix.columns >= 2 else {
      let reason = Evaluation.notEvaluable(
        reason: "needs 3 tokens and 2 dimensions, got \(matrix.rows) and \(matrix.columns)")
      (participationRatio, isoScore) = (reason, reason)
      return
    }
    guard let centred = centredInOwnUnit(matrix) else {
      let reason = Evaluation.notEvaluable(reason: "all rows are equal, to what Floats can carry")
      (participationRatio, isoScore) = (reason, reason)
      return
    }
    let scatter = LinearAlgebra.gram(centred)
    let trace = (0..<scatter.rows).reduce(0.0) { $0 + scatter[$1, $1] }
    let squares = squaredFrobenius(scatter)
    let n = Double(matrix.rows)
    let d = Double(matrix.columns)
    let scale = n / (n - 1)
    let norms = rowNorms(centred).map { $0 * $0 }
    let quadratics = quadraticForms(centred, scatter)
    let deleteOne = norms.indices.map { i in
      let left = trace - scale * norms[i]
      return left * left / (squares - 2 * scale * quadratics[i] + scale * scale * norms[i] * norms[i])
    }
    let value = trace * trace / squares
    let relative = value / (squares / (n * n))
    let spread = jackknife(
      value, deleteOne: deleteOne, isCorrelation: false, confidence: options.confidence,
      groups: options.groups,
      pairs: relative * relative * squaredProductInteraction(centred, options))
    let null = (d + 2 / (n - 1)) / (1 + (d + 1) / (n - 1))
    func evaluation(_ map: (Double) -> Double, slope: Double) -> Evaluation {
      .estimate(
        Estimate(
          value: map(value), n: matrix.rows, standardError: spread.map { $0.standardError * slope },
          lower: spread.map { map($0.lower) }, upper: spread.map { map($0.upper) },
          confidence: options.confidence, uncertainty: .jackknife,
          null: NullDistribution(
            meaning: "an isotropic Gaussian cloud of \(matrix.rows) rows in \(matrix.columns) dimensions",
            mean: map(null))))
    }
    participationRatio = evaluation({ $0 }, slope: 1)
    isoScore = evaluation(
      { Geometry.isoScore(participationRatio: $0, dimensions: matrix.columns) }, slope: 1 / (d - 1))
  }
}

extension ParticipationRatio: SpaceMeasure {
  public static let name = "participation_ratio"
  public static let version = 1
  public static let task = "shape/{model}/{gauge}"
  public static let depends: Set<MeasureOptions.Field> = [.seed]

  public static let concept: Concept? = Concept(
    meaning: "How many directions carry the variance: d where all do alike, 1 where one does.",
    high:
      "High values mean that the variance is spread over many directions: the ratio counts them, and IsoScore is the same from 0 (a line) to 1 (all alike).",
    cite:
      "Cite it centred, which is the same as raw; where the standardised one is much higher, unequal dimensions made it low."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<ParticipationRatio>] {
    [
      Metric("participation_ratio", "participation ratio", Invariance(.isotropy, .shape)) {
        $0.participationRatio
      },
      Metric("isoscore", "IsoScore", Invariance(.isotropy, .shape)) { $0.isoScore },
    ]
  }

  public static func measure(_ space: SpaceView) throws -> ParticipationRatio {
    try ParticipationRatio(space.rows, space.options.resampling.interval)
  }
}
