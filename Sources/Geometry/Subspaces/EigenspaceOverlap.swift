public import Statistics
public import Tensors

/// Overlap of the column spaces of two sets of matched rows.
///
/// `‖U_AᵀU_B‖_F² / max(r_A, r_B)` with the left singular vectors U of the rows as they are, not centred (May,
/// Zhang, Dao, Ré 2019, eigenspace overlap score): 1 for equal column spaces, r_min/r_max for nested ones.
/// With centred rows it would be `CanonicalCorrelation.meanSquaredCCA` times r_min/r_max. In feature space
/// `‖Λ_A^{-1/2} V_A AᵀB V_Bᵀ Λ_B^{-1/2}‖_F²`; O(n d²) once, O(d³) for each left-out group.
///
/// Invariant to any invertible linear map of either side, not to translation. Permuted pairings score about
/// r_A r_B/(n max(r_A, r_B)), more where both column spaces hold a common mean.
public struct EigenspaceOverlap: Sendable, Equatable, Codable, GramMeasure {
  public let overlap: Evaluation

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions = LinearSimilarityOptions()
  ) throws(GeometryError) {
    try self.init(of: a, b, options)
  }

  init(reason: String, _ options: LinearSimilarityOptions) { overlap = .notEvaluable(reason: reason) }

  init(_ values: GramValues, _ options: LinearSimilarityOptions) {
    overlap = values.similarity(0)
  }

  static let words = "eigenspace overlap"
  static let needsRaw = true

  static func statistics(_ view: GramView, _ options: LinearSimilarityOptions) -> [Double] {
    guard let joint = view.raw else { return [.nan] }
    return [min(squaredFrobenius(joint.whitened) / Double(max(joint.a.rank, joint.b.rank)), 1)]
  }
}
