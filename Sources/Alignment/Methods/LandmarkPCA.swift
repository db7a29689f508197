internal import LinearAlgebra
internal import Tensors

/// `W = s P_S R P_Tᵀ`: the r leading principal directions of both sides, the rotation R (r x r) that best turns the
/// source's components into the target's, and back.
///
/// `P_Sᵀ XᵀY P_T = A Σ Bᵀ` gives `R = A Bᵀ`, s the best scalar. Unlike Procrustes, which meets all of a wide target,
/// the mapped rows stay in the target's r leading directions. The landmarks are the matched tokens
/// (`landmark_pca` of mergekit's tokensurgeon). O(n (d_S + d_T)²) time.
public struct LandmarkPCA: LinearMethod {
  public static let name = "landmark-pca"
  /// r; nil for the smaller width. Larger values keep more, noise too.
  public var components: Int?

  public init(components: Int? = nil) { self.components = components }

  /// The diagnostics hold r and s.
  public func fit(_ rows: MatchedRows, _ options: AlignmentOptions) throws(AlignmentError) -> FittedMap {
    let full = min(rows.source.columns, rows.target.columns)
    let count = components ?? full
    guard count >= 1, count <= full else {
      throw .option(name: "components", expected: "1 to \(full), the smaller width", actual: "\(count)")
    }
    let centred = try CentredMoments(PairMoments(rows.source, rows.target), options)
    let from = try leadingDirections(centred.moments.sourceGram, count: count)
    let to = try leadingDirections(targetGram(rows.target, centred, options), count: count)
    let cross = multiply(multiply(from, centred.moments.cross), to, transposingB: true)
    let svd = try solving { () throws(LinearAlgebraError) in try singularValueDecomposition(cross) }
    var weights = multiply(multiply(from, multiply(svd.u, svd.vTransposed), transposingA: true), to)
    let scale = scaleToFit(&weights, centred.moments)
    let (rank, condition) = rankAndCondition(svd.singularValues, size: count)
    return centred.fitted(
      weights, LandmarkPCA(components: count), rank: rank, conditionNumber: condition, scale: scale)
  }
}

/// The eigenvectors of the `count` largest eigenvalues, in rows.
private func leadingDirections(_ gram: Matrix<Double>, count: Int) throws(AlignmentError) -> Matrix<Double> {
  let vectors = try solving { () throws(LinearAlgebraError) in try symmetricEigen(gram).vectors }
  return vectors.selecting(rows: (gram.rows - count..<gram.rows).reversed())
}
