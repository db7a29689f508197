internal import LinearAlgebra
internal import Tensors

/// Principal components that explain a share of a neighbourhood's variance.
enum LocalPCA {
  /// The smallest m with Σ_{i≤m} λᵢ ≥ threshold · Σ λᵢ, λ descending; 0 when nothing varies.
  static func components(_ eigenvalues: [Float], threshold: Double) -> Int {
    let descending = eigenvalues.map { max(Double($0), 0) }.sorted(by: >)
    let total = descending.reduce(0, +)
    guard total > 0 else { return 0 }
    var sum = 0.0
    for (index, value) in descending.enumerated() {
      sum += value
      if sum >= threshold * total { return index + 1 }
    }
    return descending.count
  }

  /// Components of the rows around their mean: eigenvalues of the smaller of the k × k Gram matrix and the
  /// d × d covariance, which share their non-zero spectrum. Float, on one thread.
  static func components(
    of matrix: Matrix<Float>, rows: ArraySlice<Int32>, threshold: Double
  ) -> Int {
    var cloud = matrix.selecting(rows: rows.map(Int.init))
    centre(&cloud)
    let side = cloud.rows <= cloud.columns ? cloud : cloud.transposed()
    var gram = [Float](repeating: 0, count: side.rows * side.rows)
    var span = gram.mutableSpan
    multiplyTile(side.elements.span, side.elements.span, columns: side.columns, into: &span)
    let values = symmetricEigenvalues(Matrix(rows: side.rows, columns: side.rows, elements: gram))
    return components(values, threshold: threshold)
  }

  private static func centre(_ cloud: inout Matrix<Float>) {
    let columns = cloud.columns
    var means = [Float](repeating: 0, count: columns)
    for row in 0..<cloud.rows {
      for column in 0..<columns { means[column] += cloud.elements[row * columns + column] }
    }
    for column in 0..<columns { means[column] /= Float(cloud.rows) }
    for row in 0..<cloud.rows {
      for column in 0..<columns { cloud.elements[row * columns + column] -= means[column] }
    }
  }
}
