internal import LinearAlgebra
internal import Tensors

/// Roots of a Gram matrix `Vᵀ diag(λ) V` in its eigenbasis, without its null space.
struct Whitening {
  /// `Λ^{-1/2} V`, r x d.
  let inverseRoots: Matrix<Double>
  /// `Λ^{1/2} V`, r x d.
  let roots: Matrix<Double>
  /// V, r x d, ascending eigenvalues.
  let vectors: Matrix<Double>
  /// λ of those directions.
  let values: [Double]
  let rank: Int
  let conditionNumber: Double

  init(_ gram: Matrix<Double>) throws(AlignmentError) {
    let eigen = try solving { () throws(LinearAlgebraError) in try symmetricEigen(gram) }
    let largest = max(eigen.values.last ?? 0, 0)
    // Variances below (10⁻⁶)² of the largest are rounding of Float rows.
    let kept = eigen.values.indices.filter {
      eigen.values[$0] > max(1e-12, Double(gram.rows) * .ulpOfOne) * largest
    }
    let vectors = eigen.vectors.selecting(rows: kept)
    func scaled(_ factor: (Double) -> Double) -> Matrix<Double> {
      var rows = vectors
      for (row, position) in kept.enumerated() {
        for index in rows.range(ofRow: row) { rows.elements[index] *= factor(eigen.values[position]) }
      }
      return rows
    }
    inverseRoots = scaled { 1 / $0.squareRoot() }
    self.vectors = vectors
    values = kept.map { eigen.values[$0] }
    roots = scaled { $0.squareRoot() }
    rank = kept.count
    conditionNumber = kept.first.map { (largest / eigen.values[$0]).squareRoot() } ?? 1
  }

  /// `Λ^{1/2}` in the eigenbasis: r x r, diagonal.
  func rootValues() -> Matrix<Double> {
    var matrix = Matrix<Double>(rows: rank, columns: rank, repeating: 0)
    for i in 0..<rank { matrix[i, i] = values[i].squareRoot() }
    return matrix
  }
}
