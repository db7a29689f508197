internal import Foundation
internal import Geometry
internal import LinearAlgebra
internal import Tensors

/// `W = s S_X^{-1/2} U diag(ρ^γ) Uᵀ S_X^{1/2} U Vᵀ` with `S_X^{-1/2} XᵀY S_Y^{-1/2} = U diag(ρ) Vᵀ`: normalise, whiten
/// both sides, rotate, re-weight by `ρ^γ`, and de-whiten with the source's own covariance.
///
/// The rows are normalised to unit length, centred, and to unit length again before the moments are taken, so
/// that long rows do not decide; the map itself stays linear and is for rows as they are, s being the best
/// scalar for those. A copy moved off its origin is therefore not recovered exactly, unlike by the other
/// maps. Unlike canonical correlation, which gives mapped rows the target's covariance, they keep the
/// source's, turned. vecmap re-weights the target in the same way and compares in between; here the target
/// stays as it is. Widths may differ: min(rank of X, rank of Y) directions survive. Artetxe, Labaka, Agirre
/// 2018. O(n (d_S + d_T)²) time, O(d³) for the factorisations.
func fitPartialWhitening(
  _ source: Matrix<Float>, _ target: Matrix<Float>, reweighting: Double, _ options: AlignmentOptions
) throws(AlignmentError) -> FittedMap {
  guard reweighting >= 0, reweighting <= 1 else {
    throw .option(name: "reweighting", expected: "a number from 0 to 1", actual: "\(reweighting)")
  }
  let raw = try CentredMoments(PairMoments(source, target), options)
  let normalisedTarget = normalisedRows(target, isCentred: options.isCentred)
  let normalised = try PairMoments(normalisedRows(source, isCentred: options.isCentred), normalisedTarget)
  let from = try Whitening(normalised.sourceGram)
  let to = try Whitening(gram(normalisedTarget))
  let whitened = multiply(multiply(from.inverseRoots, normalised.cross), to.inverseRoots, transposingB: true)
  let svd = try solving { () throws(LinearAlgebraError) in try singularValueDecomposition(whitened) }
  let correlations = svd.singularValues.map { min($0, 1) }
  // In the source's eigenbasis: whiten, U diag(ρ^γ) Uᵀ, de-whiten, then turn by U Vᵀ.
  var weighted = svd.u
  for row in 0..<weighted.rows {
    for (column, rho) in correlations.enumerated() { weighted[row, column] *= pow(rho, reweighting) }
  }
  let filter = multiply(
    multiply(from.inverseRoots, weighted, transposingA: true),
    multiply(svd.u, from.rootValues(), transposingA: true))
  let turn = multiply(multiply(svd.u, svd.vTransposed), to.vectors)
  var weights = multiply(filter, turn)
  scaleToFit(&weights, raw.moments)
  let method = AlignmentMethod.partialWhitening(reweighting: reweighting)
  let map = raw.map(weights, method)
  return FittedMap(
    map: map, rowMap: map,
    diagnostics: FitDiagnostics(
      method: method, tokenCount: source.rows, rank: from.rank, conditionNumber: from.conditionNumber,
      ridgePath: nil, scale: nil, correlations: correlations))
}

/// Unit rows, then centred, then unit rows again; without centring, unit rows.
func normalisedRows(_ matrix: Matrix<Float>, isCentred: Bool = true) -> Matrix<Float> {
  let unit = unitRows(matrix)
  guard isCentred else { return unit }
  let mean = columnSums(unit).map { Float(-$0 / Double(max(unit.rows, 1))) }
  return unitRows(shifted(unit, by: mean, sign: 1))
}

/// Multiplies a map by the scalar of least squared error, `tr(WᵀXᵀY) / tr(WᵀXᵀX W)`, and returns it.
@discardableResult
func scaleToFit(_ weights: inout Matrix<Double>, _ moments: PairMoments) -> Double {
  let products = zip(weights.elements, moments.cross.elements).reduce(0) { $0 + $1.0 * $1.1 }
  let energy = zip(multiply(moments.sourceGram, weights).elements, weights.elements)
    .reduce(0) { $0 + $1.0 * $1.1 }
  let scale = energy > 0 ? products / energy : 0
  for index in weights.elements.indices { weights.elements[index] *= scale }
  return scale
}
