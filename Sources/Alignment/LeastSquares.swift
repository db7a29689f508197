package import Tensors

/// `W = (XᵀX)⁺ XᵀY`, the map of least squared error; of least norm when `X` is rank-deficient.
///
/// Normal equations in Double: relative error about κ(X)² ε in Double, far below Float for κ up to 10⁴; the
/// cost is one pass over the rows, O(n d_S (d_S + d_T)), instead of a decomposition of all of them.
func fitLeastSquares(
  _ source: Matrix<Float>, _ target: Matrix<Float>, _ options: AlignmentOptions
) throws(AlignmentError) -> FittedMap {
  let centred = try CentredMoments(PairMoments(source, target), options)
  let (solution, spectrum) = try solveNormalEquations(centred.moments, alpha: 0)
  return centred.fitted(
    solution, .leastSquares, rank: spectrum.rank, conditionNumber: spectrum.conditionNumber)
}

/// The coefficients of ``AlignmentMethod/leastSquares`` before they are rounded to Float.
package func leastSquaresCoefficients(
  source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions = AlignmentOptions()
) throws(AlignmentError) -> Matrix<Double> {
  try solveNormalEquations(CentredMoments(PairMoments(source, target), options).moments, alpha: 0).solution
}
