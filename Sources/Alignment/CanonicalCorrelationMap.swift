internal import Foundation
internal import LinearAlgebra
internal import Tensors

/// `W = S_X^{-1/2} U diag(ρ^γ) Vᵀ S_Y^{1/2}` with `S_X^{-1/2} XᵀY S_Y^{-1/2} = U diag(ρ) Vᵀ`: each canonical
/// variate of the source becomes its twin in the target, weighed by `ρ^γ`.
///
/// S are the Gram matrices; directions without variance are left out. γ = 1 is least squares, since
/// `S_X^{-1} XᵀY = S_X^{-1/2} U diag(ρ) Vᵀ S_Y^{1/2}`; γ = 0 keeps every variate at full strength, those that
/// nothing predicts included, and gives mapped training rows the target's covariance. Between them a direction
/// shrinks less than under least squares and carries less noise than at γ = 0. Artetxe, Labaka, Agirre 2018
/// (whitening, re-weighting, de-whitening). O(n (d_S + d_T)²) time, O(d³) for the factorisations.
func fitCanonicalCorrelation(
  _ source: Matrix<Float>, _ target: Matrix<Float>, reweighting: Double, _ options: AlignmentOptions
) throws(AlignmentError) -> FittedMap {
  guard reweighting >= 0, reweighting <= 1 else {
    throw .option(name: "reweighting", expected: "a number from 0 to 1", actual: "\(reweighting)")
  }
  let centred = try CentredMoments(PairMoments(source, target), options)
  let from = try Whitening(centred.moments.sourceGram)
  let to = try Whitening(targetGram(target, centred, options))
  let whitened = multiply(
    multiply(from.inverseRoots, centred.moments.cross), to.inverseRoots, transposingB: true)
  let svd = try solving { () throws(LinearAlgebraError) in try singularValueDecomposition(whitened) }
  let correlations = svd.singularValues.map { min($0, 1) }
  var weighted = svd.vTransposed
  for (row, rho) in correlations.enumerated() {
    let weight = pow(rho, reweighting)
    for index in weighted.range(ofRow: row) { weighted.elements[index] *= weight }
  }
  let variates = multiply(from.inverseRoots, svd.u, transposingA: true)
  let weights = multiply(variates, multiply(weighted, to.roots))
  let method = AlignmentMethod.canonicalCorrelation(reweighting: reweighting)
  let map = centred.map(weights, method)
  return FittedMap(
    map: map, rowMap: map,
    diagnostics: FitDiagnostics(
      method: method, tokenCount: source.rows, rank: from.rank, conditionNumber: from.conditionNumber,
      ridgePath: nil, scale: nil, correlations: correlations))
}

func targetGram(
  _ target: Matrix<Float>, _ centred: CentredMoments, _ options: AlignmentOptions
) -> Matrix<Double> {
  var result = gram(target)
  guard options.isCentred else { return result }
  let mean = centred.targetMean
  var elements = result.elements.mutableSpan
  for i in mean.indices {
    for j in mean.indices { elements[i * mean.count + j] -= Double(target.rows) * mean[i] * mean[j] }
  }
  return result
}
