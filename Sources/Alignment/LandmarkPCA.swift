internal import LinearAlgebra
internal import Tensors

/// `W = s P_S R P_Tᵀ`: the r leading principal directions of both sides, the rotation R (r x r) that best turns the
/// source's components into the target's, and back.
///
/// `P_Sᵀ XᵀY P_T = A Σ Bᵀ` gives `R = A Bᵀ`, s the best scalar. Unlike Procrustes, which meets all of a wide target,
/// the mapped rows stay in the target's r leading directions. The landmarks are the matched tokens
/// (`landmark_pca` of mergekit's tokensurgeon). O(n (d_S + d_T)²) time.
///
/// - Parameter components: r; nil for the smaller width. Larger values keep more, noise too.
func fitLandmarkPCA(
  _ source: Matrix<Float>, _ target: Matrix<Float>, components: Int?, _ options: AlignmentOptions
) throws(AlignmentError) -> FittedMap {
  let full = min(source.columns, target.columns)
  let count = components ?? full
  guard count >= 1, count <= full else {
    throw .option(name: "components", expected: "1 to \(full), the smaller width", actual: "\(count)")
  }
  let centred = try CentredMoments(PairMoments(source, target), options)
  let from = try leadingDirections(centred.moments.sourceGram, count: count)
  let to = try leadingDirections(targetGram(target, centred, options), count: count)
  let cross = multiply(multiply(from, centred.moments.cross), to, transposingB: true)
  let svd = try solving { () throws(LinearAlgebraError) in try singularValueDecomposition(cross) }
  var weights = multiply(multiply(from, multiply(svd.u, svd.vTransposed), transposingA: true), to)
  let scale = scaleToFit(&weights, centred.moments)
  let (rank, condition) = rankAndCondition(svd.singularValues, size: count)
  return centred.fitted(
    weights, .landmarkPCA(components: count), rank: rank, conditionNumber: condition, scale: scale)
}

/// The eigenvectors of the `count` largest eigenvalues, in rows.
private func leadingDirections(_ gram: Matrix<Double>, count: Int) throws(AlignmentError) -> Matrix<Double> {
  let vectors = try solving { () throws(LinearAlgebraError) in try symmetricEigen(gram).vectors }
  return vectors.selecting(rows: (gram.rows - count..<gram.rows).reversed())
}
