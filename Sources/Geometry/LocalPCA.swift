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
  /// d × d covariance, which share their non-zero spectrum. Float, on the calling thread.
  static func components(
    of matrix: Matrix<Float>, rows: ArraySlice<Int32>, threshold: Double
  ) throws(LinearAlgebraError) -> Int {
    components(try eigenvalues(of: matrix, rows: rows), threshold: threshold)
  }

  /// The min(k - 1, d) eigenvalues that can differ from 0, descending.
  static func spectrum(
    of matrix: Matrix<Float>, rows: ArraySlice<Int32>
  ) throws(LinearAlgebraError) -> [Double] {
    let ascending = try eigenvalues(of: matrix, rows: rows)
    return ascending.reversed().prefix(max(rows.count - 1, 0)).map(Double.init)
  }

  private static func eigenvalues(
    of matrix: Matrix<Float>, rows: ArraySlice<Int32>
  ) throws(LinearAlgebraError) -> [Float] {
    let cloud = matrix.selecting(rows: rows.map(Int.init))
    let side = rows.count <= matrix.columns ? centred(cloud) : centredTransposed(cloud)
    return try symmetricEigenvalues(lowerGram(side))
  }

  private static func means(_ cloud: Matrix<Float>) -> [Float] {
    var means = [Float](repeating: 0, count: cloud.columns)
    var sums = means.mutableSpan
    let elements = cloud.elements.span
    for row in 0..<cloud.rows {
      let line = elements.extracting(cloud.range(ofRow: row))
      for column in line.indices { sums[column] += line[column] }
    }
    for column in sums.indices { sums[column] /= Float(cloud.rows) }
    return means
  }

  private static func centred(_ cloud: Matrix<Float>) -> Matrix<Float> {
    let means = means(cloud)
    var centred = cloud
    var span = centred.elements.mutableSpan
    for row in 0..<cloud.rows {
      for column in 0..<cloud.columns { span[row * cloud.columns + column] -= means[column] }
    }
    return centred
  }

  /// d × k, by blocks that stay in the first cache.
  private static func centredTransposed(_ cloud: Matrix<Float>) -> Matrix<Float> {
    let means = means(cloud)
    var transposed = Matrix<Float>(rows: cloud.columns, columns: cloud.rows, repeating: 0)
    var target = transposed.elements.mutableSpan
    let source = cloud.elements.span
    for firstRow in stride(from: 0, to: cloud.rows, by: 16) {
      for firstColumn in stride(from: 0, to: cloud.columns, by: 16) {
        for column in firstColumn..<min(firstColumn + 16, cloud.columns) {
          for row in firstRow..<min(firstRow + 16, cloud.rows) {
            target[column * cloud.rows + row] = source[row * cloud.columns + column] - means[column]
          }
        }
      }
    }
    return transposed
  }

  /// The lower triangle of A Aᵀ, by strips of rows: strip i against rows 0 … its own end.
  private static func lowerGram(_ a: Matrix<Float>) -> Matrix<Float> {
    let strip = max((a.rows + 3) / 4, 64)
    var gram = Matrix<Float>(rows: a.rows, columns: a.rows, repeating: 0)
    var target = gram.elements.mutableSpan
    let elements = a.elements.span
    for start in stride(from: 0, to: a.rows, by: strip) {
      let end = min(start + strip, a.rows)
      var products = [Float](repeating: 0, count: (end - start) * end)
      var span = products.mutableSpan
      multiplyTile(
        elements.extracting(start * a.columns..<end * a.columns),
        elements.extracting(0..<end * a.columns), columns: a.columns, into: &span)
      for row in start..<end {
        for column in 0..<end { target[row * a.rows + column] = span[(row - start) * end + column] }
      }
    }
    return gram
  }
}
