internal import Tensors

/// `W = (XᵀX)⁺ XᵀY`, the map of least squared error; of least norm when `X` is rank-deficient.
///
/// Normal equations in Double by eigendecomposition: relative error about κ(X)² ε in Double, far below Float
/// for κ up to 10⁴; the cost is one pass over the rows instead of a decomposition of all of them.
func fitLeastSquares(
  _ source: Matrix<Float>, _ target: Matrix<Float>, _ options: AlignmentOptions
) throws(AlignmentError) -> FittedMap {
  let centred = try CentredMoments(PairMoments(source, target), options)
  let equations = try NormalEquations(gram: centred.moments.sourceGram, cross: centred.moments.cross)
  let map = centred.map(equations.solution(alpha: 0), .leastSquares)
  return FittedMap(
    map: map, rowMap: map,
    diagnostics: FitDiagnostics(
      method: .leastSquares, tokenCount: source.rows, rank: equations.rank,
      conditionNumber: equations.conditionNumber, ridgePath: nil, scale: nil))
}
