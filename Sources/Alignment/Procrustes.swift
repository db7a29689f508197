internal import LinearAlgebra
internal import Tensors

/// Orthogonal Procrustes between different widths: `XᵀY = A Σ Bᵀ` (thin), `W = s A Bᵀ`.
///
/// `A Bᵀ` maximises `tr(Wᵀ XᵀY)` over semi-orthogonal matrices: `W Wᵀ = I` when d_S ≤ d_T, where it is also
/// the one of least squared error, and `WᵀW = I` when d_S > d_T. With `scaling`, `s = tr Σ / ‖X A Bᵀ‖²_F` is
/// the best scalar; without, s = 1. Angles inside the source space survive when d_S ≤ d_T, which is what the
/// method is chosen for. Schönemann 1966.
func fitProcrustes(
  _ source: Matrix<Float>, _ target: Matrix<Float>, scaling: Bool, _ options: AlignmentOptions
) throws(AlignmentError) -> FittedMap {
  let centred = try CentredMoments(
    PairMoments(source, target, withSourceGram: scaling), options)
  let svd = try solving { () throws(LinearAlgebraError) in
    try withSingleThreadedBLAS { () throws(LinearAlgebraError) in
      try singularValueDecomposition(centred.moments.cross)
    }
  }
  var weights = transposedProducts([TransposedProduct(svd.u.transposed(), svd.vTransposed)])[0]
  var scale = 1.0
  if scaling {
    scale = svd.singularValues.reduce(0, +) / mappedEnergy(centred.moments.sourceGram, weights)
    for index in weights.elements.indices { weights.elements[index] *= scale }
  }
  let largest = svd.singularValues.first ?? 0
  let counted = svd.singularValues.filter {
    $0 > Double(max(source.columns, target.columns)) * .ulpOfOne * largest
  }
  let method = AlignmentMethod.procrustes(scaling: scaling)
  let map = centred.map(weights, method)
  return FittedMap(
    map: map, rowMap: map,
    diagnostics: FitDiagnostics(
      method: method, tokenCount: source.rows, rank: counted.count,
      conditionNumber: largest / (counted.last ?? largest), ridgePath: nil, scale: scale))
}

/// `‖X W‖²_F = tr(Wᵀ XᵀX W)`.
private func mappedEnergy(_ gram: Matrix<Double>, _ weights: Matrix<Double>) -> Double {
  zip(transposedProducts([TransposedProduct(gram, weights)])[0].elements, weights.elements)
    .reduce(0) { $0 + $1.0 * $1.1 }
}
