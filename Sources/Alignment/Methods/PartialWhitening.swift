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
public struct PartialWhitening: LinearMethod {
  public static let name = "partial-whitening"
  /// γ, in [0, 1]; 0 is a rotation that whitened rows chose.
  public var reweighting: Double

  public init(reweighting: Double = 0.5) { self.reweighting = reweighting }

  /// The diagnostics hold ρ.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    let raw = try CentredMoments(PairMoments(rows.source, rows.target), options)
    let normalisedTarget = normalisedRows(rows.target, isCentred: options.isCentred)
    let normalised = try PairMoments(
      normalisedRows(rows.source, isCentred: options.isCentred), normalisedTarget)
    let found = try CanonicalVariates(
      normalised.sourceGram, cross: normalised.cross, gram(normalisedTarget), reweighting: reweighting)
    // In the source's eigenbasis: whiten, U diag(ρ^γ) Uᵀ, de-whiten, then turn by U Vᵀ.
    var weighted = found.u
    for row in 0..<weighted.rows {
      for (column, weight) in found.weights.enumerated() { weighted[row, column] *= weight }
    }
    let filter = multiply(
      multiply(found.from.inverseRoots, weighted, transposingA: true),
      multiply(found.u, found.from.rootValues(), transposingA: true))
    var weights = multiply(filter, multiply(multiply(found.u, found.vTransposed), found.to.vectors))
    scaleToFit(&weights, raw.moments)
    return raw.fitted(
      weights, self, rank: found.from.rank,
      conditionNumber: found.from.conditionNumber, correlations: found.correlations)
  }
}

/// Unit rows, then centred, then unit rows again; without centring, unit rows.
func normalisedRows(_ matrix: Matrix<Float>, isCentred: Bool = true) -> Matrix<Float> {
  let unit = unitRows(matrix)
  guard isCentred else { return unit }
  return unitRows(shifted(unit, by: columnMeans(unit).map { Float($0) }, sign: -1))
}
