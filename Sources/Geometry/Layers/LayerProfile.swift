public import Statistics
public import Tensors

/// How large and how lopsided the states of one layer are.
///
/// A few dimensions of the residual stream can be thousands of times as large as the rest (massive activations,
/// Sun et al. 2024, arXiv 2402.17762). Where one holds most of the variance, CKA and cosines compare that dimension
/// and nothing else; standardised states (``Gauge/standardised``) weigh all dimensions alike.
///
/// O(n d), sums in Double.
public struct LayerProfile: Sendable, Equatable, Codable {
  /// Median over the samples of ‖x‖.
  public let medianNorm: Double
  /// The dimension with the largest Σ x².
  public let largestDimension: Int
  /// Its share of Σ ‖x‖², in [1/d, 1]; nil when all states are zero.
  public let largestShare: Double?
  /// Share of the variance Σ ‖x - x̄‖² in the dimension that varies most; nil when the states do not vary.
  public let largestVarianceShare: Double?
  /// Mean cosine of all pairs: what the common direction makes alike.
  public let meanCosine: Evaluation

  /// - Parameter states: `[n x d]`.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: at least one row and one column.
  public init(_ states: Matrix<Float>) throws(GeometryError) {
    precondition(!states.elements.isEmpty, "a profile of \(states.rows) x \(states.columns) numbers")
    meanCosine = try Anisotropy(states).meanCosine
    let norms = rowNorms(states).sorted()
    medianNorm = quantile(ofSorted: norms, 0.5)
    let squares = columnSums(states) { _, x in x * x }
    let variances = ColumnMoments(states).variances
    largestDimension = squares.indices.max { squares[$0] < squares[$1] } ?? 0
    let energy = squares.reduce(0, +)
    largestShare = energy > 0 ? squares[largestDimension] / energy : nil
    let variance = variances.reduce(0, +)
    largestVarianceShare =
      variance > 1e-10 * energy / Double(states.rows) ? (variances.max() ?? 0) / variance : nil
  }
}
