public import Statistics
public import Tensors

/// How alike ridge regressions on two sets of matched rows predict, whatever the target (GULP).
///
/// Each centred side is scaled to a mean square norm of 1. Its ridge regression with λ predicts a target t by `P t`,
/// with the hat matrix `P = X (XᵀX + n λ I)⁻¹ Xᵀ`, and
///
///     GULP_λ = ‖P_A - P_B‖_F,   cosine = ⟨P_A, P_B⟩ / (‖P_A‖_F ‖P_B‖_F)
///
/// bounds how far the two predictions of any target of norm 1 lie apart (Boix-Adsera, Lawrence, Stepaniants,
/// Rigollet 2022). Directions with a variance below λ hardly count: λ = 0 sees canonical correlations, a large λ
/// makes the cosine that of linear CKA. The mean variance of a direction is 1/d. In feature space, with eigenvalues μ
/// of the covariances and M the cross-covariance between their directions,
///
///     ‖P‖² = Σ (μᵢ / (μᵢ + λ))²,   ⟨P_A, P_B⟩ = Σ M_ij² / ((μᵢ + λ)(μ'_j + λ))
///
/// O(n d²) once, O(d³) for each left-out group. The distance is a metric between what any rotation, translation
/// and isotropic scale leave of the sides.
public struct Gulp: Sendable, Equatable, Codable, GramMeasure {
  /// One strength of the ridge.
  public struct Regression: Sendable, Equatable, Codable {
    /// λ, as a share of the mean square norm.
    public let lambda: Double
    /// Cosine of the hat matrices, from 0 to 1.
    public let similarity: Evaluation
    /// GULP_λ, from 0 to √(‖P_A‖² + ‖P_B‖²).
    public let distance: Evaluation
  }

  /// In the order of `LinearSimilarityOptions.gulpLambdas`.
  public let regressions: [Regression]

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`, `.option`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions = LinearSimilarityOptions()
  ) throws(GeometryError) {
    try self.init(of: a, b, options)
  }

  init(reason: String, _ options: LinearSimilarityOptions) {
    let none = Evaluation.notEvaluable(reason: reason)
    regressions = options.gulpLambdas.map { Regression(lambda: $0, similarity: none, distance: none) }
  }

  init(_ values: GramValues, _ options: LinearSimilarityOptions) {
    regressions = options.gulpLambdas.enumerated().map { index, lambda in
      Regression(
        lambda: lambda, similarity: values.similarity(2 * index),
        distance: values.distance(2 * index + 1, whitens: true))
    }
  }

  static let words = "GULP"

  static func statistics(
    _ view: GramView, _ options: LinearSimilarityOptions
  ) throws(GeometryError) -> [Double] {
    for lambda in options.gulpLambdas { try requireOption("gulpLambdas", lambda, "0 or more", lambda >= 0) }
    let joint = view.centred
    return options.gulpLambdas.flatMap { lambda -> [Double] in
      // λ for Gram matrices that are not scaled.
      let (ridgeA, ridgeB) = (lambda * joint.a.total, lambda * joint.b.total)
      func energy(_ side: Spectrum, _ ridge: Double) -> Double {
        side.values.reduce(0) { $0 + $1 / ($1 + ridge) * ($1 / ($1 + ridge)) }
      }
      func roots(_ side: Spectrum, _ ridge: Double) -> [Double] {
        inverseRoots(side.values.map { $0 + ridge })
      }
      let (a, b) = (energy(joint.a, ridgeA), energy(joint.b, ridgeB))
      let product = squaredFrobenius(joint.scaled(roots(joint.a, ridgeA), roots(joint.b, ridgeB)))
      return [min(product / (a * b).squareRoot(), 1), max(a + b - 2 * product, 0).squareRoot()]
    }
  }
}
