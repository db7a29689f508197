package import Tensors

/// `W = argmin ‖Y - X W‖_F = (XᵀX)⁺ XᵀY`, the map of least squared error; of least norm when `X` is rank-deficient.
///
/// The EMB2EMB map of Lee et al. 2025 (arXiv 2503.21073). Normal equations in Double: relative error about κ(X)² ε in
/// Double, far below Float for κ up to 10⁴; the cost is one pass over the rows, O(n d_S (d_S + d_T)), instead of a
/// decomposition of all of them.
public struct LeastSquares: LinearMethod {
  public static let name = "least-squares"

  public init() {}

  /// Solves the normal equations.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    let centred = try CentredMoments(PairMoments(rows.source, rows.target), options)
    let (solution, spectrum) = try solveNormalEquations(centred.moments, alpha: 0)
    return centred.fitted(
      solution, self, rank: spectrum.rank, conditionNumber: spectrum.conditionNumber)
  }

  /// 0: ridge without a penalty.
  public func shuffledLambda(chosen: Double?) -> Double? { 0 }
}

/// The coefficients of ``LeastSquares`` before they are rounded to Float.
package func leastSquaresCoefficients(
  source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions = AlignmentOptions()
) throws(AlignmentError) -> Matrix<Double> {
  try solveNormalEquations(CentredMoments(PairMoments(source, target), options).moments, alpha: 0).solution
}
