internal import LinearAlgebra
public import Tensors

/// A linear map from one model's space to another's, as row vectors: `y = (x - μ_S) W + μ_T`.
///
/// The means matter to points (an embedding row, a hidden state). A direction (a steering vector, a
/// difference of two points) never gets them: it is carried by `v W` alone.
public struct LinearMap: Sendable, Equatable {
  /// d_S x d_T.
  public let weights: Matrix<Float>
  /// d_S numbers, zeros for a map without centring.
  public let sourceMean: [Float]
  /// d_T numbers, zeros for a map without centring.
  public let targetMean: [Float]
  /// Name of the method that fitted it, as `AlignmentMethod.name` gives it.
  public let method: String

  /// A map without means has zeros in their place.
  ///
  /// - Precondition: one source mean a row of the weights, one target mean a column.
  public init(
    weights: Matrix<Float>, sourceMean: [Float]? = nil, targetMean: [Float]? = nil, method: String
  ) {
    self.weights = weights
    self.sourceMean = sourceMean ?? Array(repeating: 0, count: weights.rows)
    self.targetMean = targetMean ?? Array(repeating: 0, count: weights.columns)
    self.method = method
    precondition(
      self.sourceMean.count == weights.rows && self.targetMean.count == weights.columns,
      "means of \(self.sourceMean.count) and \(self.targetMean.count) for a map of "
        + "\(weights.rows) x \(weights.columns)")
  }

  public var sourceWidth: Int { weights.rows }
  public var targetWidth: Int { weights.columns }

  /// `v W`: a direction of the source space as a direction of the target space; no mean is involved.
  ///
  /// - Precondition: the direction has `sourceWidth` numbers.
  public func applied(toDirection direction: [Float]) -> [Float] {
    applied(toDirections: Matrix(rows: 1, columns: direction.count, elements: direction)).elements
  }

  /// `V W` for the directions in the rows of a matrix (`cblas_sgemm`); O(n d_S d_T).
  ///
  /// - Precondition: `sourceWidth` columns.
  public func applied(toDirections directions: Matrix<Float>) -> Matrix<Float> {
    precondition(
      directions.columns == sourceWidth,
      "a map from width \(sourceWidth) applied to directions of width \(directions.columns)")
    return multiply(directions, weights)
  }

  /// `(X - μ_S) W + μ_T` for the points in the rows of a matrix; O(n d_S d_T).
  ///
  /// - Precondition: `sourceWidth` columns.
  public func applied(toPoints points: Matrix<Float>) -> Matrix<Float> {
    shifted(applied(toDirections: shifted(points, by: sourceMean, sign: -1)), by: targetMean, sign: 1)
  }

  /// `y = x Wᵀ` with the means exchanged: what the weights say about the way back. For logit matching it is
  /// the regression of source rows on target rows.
  public func transposed() -> LinearMap {
    LinearMap(
      weights: weights.transposed(), sourceMean: targetMean, targetMean: sourceMean, method: method)
  }

  /// Singular values of the weights, descending (`LAPACKE_dgesdd`): how much the map stretches its best and
  /// its worst direction. Their ratio is the map's condition number.
  ///
  /// - Throws: `AlignmentError.linearAlgebra`.
  public func singularValues() throws(AlignmentError) -> [Double] {
    try solving { () throws(LinearAlgebraError) in
      try singularValueDecomposition(weights.widened()).singularValues
    }
  }
}
