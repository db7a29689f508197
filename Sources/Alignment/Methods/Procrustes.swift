internal import LinearAlgebra
internal import Tensors

/// Orthogonal Procrustes between different widths: `XᵀY = A Σ Bᵀ` (thin), `W = s A Bᵀ`.
///
/// `A Bᵀ` maximises `tr(Wᵀ XᵀY)` over semi-orthogonal matrices: `W Wᵀ = I` when d_S ≤ d_T, where it is also
/// the one of least squared error, and `WᵀW = I` when d_S > d_T. With `scaling`, `s = tr Σ / ‖X A Bᵀ‖²_F` is
/// the best scalar; without, s = 1. Angles inside the source space survive when d_S ≤ d_T, which is what the
/// method is chosen for. Schönemann 1966.
public struct Procrustes: LinearMethod {
  public static let name = "procrustes"
  /// Multiply by the best scalar.
  public var scaling: Bool

  public init(scaling: Bool = true) { self.scaling = scaling }

  /// One decomposition of `XᵀY`; the diagnostics hold s.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    let centred = try CentredMoments(
      PairMoments(rows.source, rows.target, withSourceGram: scaling), options)
    let svd = try solving { () throws(LinearAlgebraError) in
      try withSingleThreadedBLAS { () throws(LinearAlgebraError) in
        try singularValueDecomposition(centred.moments.cross)
      }
    }
    var weights = transposedProducts([TransposedProduct(svd.u.transposed(), svd.vTransposed)])[0]
    let scale = scaling ? scaleToFit(&weights, centred.moments) : 1
    let (rank, condition) = rankAndCondition(
      svd.singularValues, size: max(rows.source.columns, rows.target.columns))
    return centred.fitted(
      weights, self, rank: rank, conditionNumber: condition, scale: scale)
  }
}
