internal import LinearAlgebra
internal import Tensors

/// The first anchors: the nearest by CSLS of sorted similarities, both ways.
func startingLinks(
  _ source: Matrix<Float>, _ target: Matrix<Float>, _ options: UnsupervisedOptions
) throws(AlignmentError) -> NearestLinks {
  let count = min(options.startTokens, options.tokens, source.rows, target.rows)
  let first = Array(0..<count)
  let from = try sortedSimilarities(source.selecting(rows: first), side: "source")
  let to = try sortedSimilarities(target.selecting(rows: first), side: "target")
  return CrossSimilarity(from, to).links(k: options.cslsNeighbours, keep: nil)
}

/// Rows of `(X Xᵀ)^{1/2}`, each sorted, then of unit length, centred and of unit length again: n x n.
///
/// With `XᵀX = Vᵀ Λ V`, the root is `B Bᵀ`, `B = X Vᵀ Λ^{-1/4}`. The root levels the spectra, which differ more
/// between models than what is near to what.
private func sortedSimilarities(
  _ rows: Matrix<Float>, side: String
) throws(AlignmentError) -> Matrix<Float> {
  let whitening = try Whitening(gram(rows))
  guard whitening.rank > 0 else { throw .noVariance(side: side) }
  var directions = whitening.vectors
  for row in 0..<directions.rows {
    let factor = 1 / whitening.values[row].squareRoot().squareRoot()
    for index in directions.range(ofRow: row) { directions.elements[index] *= factor }
  }
  let half = multiply(rows, directions.narrowed(), transposingB: true)
  let root = multiply(half, half, transposingB: true)
  let sorted: [[Float]] = parallelMap(count: root.rows, chunk: 16) { row in
    root.elements[root.range(ofRow: row)].sorted()
  }
  return normalisedRows(
    Matrix(rows: root.rows, columns: root.columns, elements: sorted.flatMap { $0 }))
}
