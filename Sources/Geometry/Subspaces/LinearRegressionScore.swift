public import Statistics
public import Tensors

/// Share of one model's variance that a linear regression on the other explains, on the same tokens.
///
/// `R²_LR = ‖Q_Yᵀ X‖_F² / ‖X‖_F²` with centred rows and an orthonormal basis Q_Y of the regressors' columns
/// (Kornblith et al. 2019, table 1): R² weighted by variance, without a hold-out. Not symmetric, hence both ways.
/// In feature space `‖Λ_Y^{-1/2} V_Y YᵀX‖_F² / tr XᵀX`; O(n d²) once, O(d³) for each left-out group.
///
/// Invariant to any invertible linear map of the regressors and to rotation, translation and isotropic scale of
/// the regressed side. Permuted pairings score rank(Y)/(n-1) on average, exactly. For a score on tokens that
/// the fit has not seen, fit a map.
public struct LinearRegressionScore: Sendable, Equatable, Codable, GramMeasure {
  /// The first model's rows explained by the second's.
  public let firstFromSecond: Evaluation
  /// The second model's rows explained by the first's.
  public let secondFromFirst: Evaluation

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions = LinearSimilarityOptions()
  ) throws(GeometryError) {
    try self.init(of: a, b, options)
  }

  init(reason: String, _ options: LinearSimilarityOptions) {
    firstFromSecond = .notEvaluable(reason: reason)
    secondFromFirst = firstFromSecond
  }

  init(_ values: GramValues, _ options: LinearSimilarityOptions) {
    firstFromSecond = values.similarity(0)
    secondFromFirst = values.similarity(1)
  }

  static let words = "linear regression score"

  static func statistics(_ view: GramView, _ options: LinearSimilarityOptions) -> [Double] {
    let joint = view.centred
    var (first, second) = (0.0, 0.0)
    for i in 0..<joint.cross.rows {
      for j in 0..<joint.cross.columns {
        let square = joint.cross[i, j] * joint.cross[i, j]
        first += square / joint.b.values[j]
        second += square / joint.a.values[i]
      }
    }
    return [min(first / joint.a.total, 1), min(second / joint.b.total, 1)]
  }
}
