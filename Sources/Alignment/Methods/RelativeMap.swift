internal import Geometry
internal import LinearAlgebra
internal import Tensors

/// `W = s Âᵀ_S (Â_T Âᵀ_T)⁺ Â_T`: a vector is told by its cosines to m anchors of the source, and the target's vector
/// with the same cosines to the same anchors is sought by least squares.
///
/// Â are the anchors' rows, centred and of unit length, m x d. The cosines are `r = x̂ Âᵀ_S`; `ŷ Âᵀ_T = r` has the
/// solution of least norm (m < d_T) or of least error (m > d_T) `ŷ = r (Âᵀ_T)⁺`. Times ‖x‖ all of this is linear in
/// x; s is the best scalar on the training rows. Nothing else is learned from them, so few anchors suffice and
/// many help little. Moschella et al. 2023 (arXiv 2209.15430). Directions of the anchors below 1e-3 of the
/// largest are left out, for they would magnify noise. O(m² d + n d²).
public struct RelativeMap: LinearMethod {
  public static let name = "relative-representation"
  /// m, 1 or more, drawn without replacement with the options' seed; all rows when there are fewer. More anchors cost more
  /// and determine more.
  public var anchors: Int

  public init(anchors: Int = 300) { self.anchors = anchors }

  /// The diagnostics hold the number of anchors and s.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    guard anchors >= 1 else {
      throw .option(name: "anchors", expected: "1 or more", actual: "\(anchors)")
    }
    let centred = try CentredMoments(PairMoments(rows.source, rows.target), options)
    var random = SeededRandom(seed: options.seed)
    let chosen = random.sample(min(anchors, rows.source.rows), of: rows.source.rows).sorted()
    let from = anchorRows(rows.source, chosen, mean: centred.sourceMean)
    let to = anchorRows(rows.target, chosen, mean: centred.targetMean)
    let svd = try solving { () throws(LinearAlgebraError) in try singularValueDecomposition(to) }
    let largest = svd.singularValues.first ?? 0
    let kept = svd.singularValues.filter { $0 > 1e-3 * largest }
    // Âᵀ_S (Âᵀ_T)⁺ = Âᵀ_S U diag(1/σ) Vᵀ.
    var inverse = svd.vTransposed
    for row in 0..<inverse.rows {
      let factor = row < kept.count ? 1 / svd.singularValues[row] : 0
      for index in inverse.range(ofRow: row) { inverse.elements[index] *= factor }
    }
    var weights = multiply(multiply(from, svd.u, transposingA: true), inverse)
    let scale = scaleToFit(&weights, centred.moments)
    return centred.fitted(
      weights, RelativeMap(anchors: chosen.count), rank: kept.count,
      conditionNumber: largest / (kept.last ?? largest), scale: scale)
  }
}

private func anchorRows(_ matrix: Matrix<Float>, _ chosen: [Int], mean: [Double]) -> Matrix<Double> {
  unitRows(shifted(matrix.selecting(rows: chosen), by: mean.map { Float($0) }, sign: -1)).widened()
}
