internal import LinearAlgebra
internal import Tensors

/// The regressors' Gram matrix in its eigenbasis, where every ridge solution is a division.
///
/// `XᵀX = Vᵀ diag(λ) V` gives `W_α = Vᵀ diag(1 / (λ + α)) V XᵀY`. Directions with λ below `d ε λ_max` cannot be
/// told from rounding in `XᵀX`: they are left out, which is the solution of least norm.
struct NormalEquations {
  /// Eigenvalues, ascending.
  let values: [Double]
  /// Rows are eigenvectors.
  let vectors: Matrix<Double>
  /// `V XᵀY`, d_S x d_T.
  let rotatedCross: Matrix<Double>
  private let cutoff: Double

  init(gram: Matrix<Double>, cross: Matrix<Double>) throws(AlignmentError) {
    let eigen = try solving { () throws(LinearAlgebraError) in try symmetricEigen(gram) }
    values = eigen.values
    vectors = eigen.vectors
    rotatedCross = multiply(eigen.vectors, cross)
    cutoff = Double(gram.rows) * Double.ulpOfOne * max(eigen.values.last ?? 0, 0)
  }

  var rank: Int { values.count { $0 > cutoff } }

  /// σ_max / σ_min of the regressors over the directions that count.
  var conditionNumber: Double {
    guard let largest = values.last, let smallest = values.first(where: { $0 > cutoff }) else { return 1 }
    return (largest / smallest).squareRoot()
  }

  /// 1 / (λ + α) for every direction, 0 for those that are left out.
  func inverse(alpha: Double) -> [Double] {
    values.map { $0 > cutoff ? 1 / ($0 + alpha) : 0 }
  }

  /// `W_α`; O(d_S² d_T).
  func solution(alpha: Double) -> Matrix<Double> {
    var scaled = rotatedCross
    let inverse = inverse(alpha: alpha)
    for row in 0..<scaled.rows {
      for index in scaled.range(ofRow: row) { scaled.elements[index] *= inverse[row] }
    }
    return multiply(vectors, scaled, transposingA: true)
  }
}
