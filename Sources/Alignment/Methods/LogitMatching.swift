internal import Tensors

/// `K = argmin ‖U_T (h K)ᵀ - U_S hᵀ‖ = U_Sᵀ U_T (U_Tᵀ U_T)⁺`: the hidden state `h K` of the target gives the matched tokens
/// the logits that `h` gives them in the source, as nearly as it can.
///
/// It keeps what a direction says about the tokens. `min_K ‖U_T Kᵀ - U_S‖_F` is the least-squares regression of source rows
/// on target rows, transposed; so it is fitted as that, and judged as that on held-out rows. The regression's means belong
/// to rows, not to hidden states: the map itself has none. Dar et al. 2023 (arXiv 2209.02535), "stitching kernel".
public struct LogitMatching: LinearMethod {
  public static let name = "logit-matching"
  public var predictsSourceRows: Bool { true }

  public init() {}

  /// Least squares from target to source, told the other way round.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    let back = try exchangingSides { () throws(AlignmentError) in
      try LeastSquares().fit(source: rows.target, target: rows.source, options: options)
    }
    let regression = back.map
    return FittedMap(
      map: LinearMap(weights: regression.weights.transposed(), method: name),
      rowMap: LinearMap(
        weights: regression.weights, sourceMean: regression.sourceMean, targetMean: regression.targetMean,
        method: name),
      diagnostics: FitDiagnostics(
        method: self, tokenCount: rows.source.rows, rank: back.diagnostics.rank,
        conditionNumber: back.diagnostics.conditionNumber, ridgePath: nil, scale: nil))
  }
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
