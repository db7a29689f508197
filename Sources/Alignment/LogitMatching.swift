internal import Tensors

/// `K = U_Sᵀ U_T (U_Tᵀ U_T)⁺`: the hidden state `h K` of the target gives the matched tokens the logits that
/// `h` gives them in the source, as nearly as it can.
///
/// `min_K ‖U_T Kᵀ - U_S‖_F` is the least-squares regression of source rows on target rows, transposed; so it is
/// fitted as that, and judged as that on held-out rows. The regression's means belong to rows, not to hidden
/// states: the map itself has none. Dar et al. 2023, "stitching kernel".
func fitLogitMatching(
  _ source: Matrix<Float>, _ target: Matrix<Float>, _ options: AlignmentOptions
) throws(AlignmentError) -> FittedMap {
  let back = try exchangingSides { () throws(AlignmentError) in
    try fitLeastSquares(target, source, options)
  }
  let rows = back.map
  let method = AlignmentMethod.logitMatching
  return FittedMap(
    map: LinearMap(weights: rows.weights.transposed(), method: method.name),
    rowMap: LinearMap(
      weights: rows.weights, sourceMean: rows.sourceMean, targetMean: rows.targetMean, method: method.name),
    diagnostics: FitDiagnostics(
      method: method, tokenCount: source.rows, rank: back.diagnostics.rank,
      conditionNumber: back.diagnostics.conditionNumber, ridgePath: nil, scale: nil))
}

/// Tells errors of a fit from target to source in the caller's words.
private func exchangingSides<Result>(
  _ fit: () throws(AlignmentError) -> Result
) throws(AlignmentError) -> Result {
  func exchanged(_ side: String) -> String { side == "source" ? "target" : "source" }
  do throws(AlignmentError) {
    return try fit()
  } catch {
    switch error {
    case .notFinite(let side, let row): throw .notFinite(side: exchanged(side), row: row)
    case .noVariance(let side): throw .noVariance(side: exchanged(side))
    case .tooFewTokens, .option, .linearAlgebra: throw error
    }
  }
}
