public import Tensors

/// Means and variances (divisor n) of a matrix' columns, two passes in Double.
struct ColumnMoments {
  let means: [Double]
  let variances: [Double]

  /// Whether the rows vary by more than 10⁻⁶ of their length, twenty times what rounding to Float makes.
  var vary: Bool {
    let variance = variances.reduce(0, +)
    return variance > 1e-12 * (means.reduce(0) { $0 + $1 * $1 } + variance)
  }

  init(_ matrix: Matrix<Float>) {
    let count = Double(max(matrix.rows, 1))
    let means = columnSums(matrix).map { $0 / count }
    variances = columnSums(matrix) { column, x in (x - means[column]) * (x - means[column]) }
      .map { $0 / count }
    self.means = means
  }
}

/// Σ of the rows in Double, O(n d).
public func columnSums(_ matrix: Matrix<Float>) -> [Double] {
  columnSums(matrix) { rows, sums in _ = addColumns(of: matrix, rows: rows, to: &sums) }
}

/// Σ over rows of `term(column, x)`.
func columnSums(
  _ matrix: Matrix<Float>, _ term: @Sendable (Int, Double) -> Double
) -> [Double] {
  columnSums(matrix) { rows, sums in
    let elements = matrix.elements.span
    for row in rows {
      let start = row * matrix.columns
      for column in 0..<matrix.columns { sums[column] += term(column, Double(elements[start + column])) }
    }
  }
}

/// By chunks of rows on all processors, combined in order.
private func columnSums(
  _ matrix: Matrix<Float>, add: @Sendable (Range<Int>, inout [Double]) -> Void
) -> [Double] {
  let chunk = 1024
  let partial: [[Double]] = parallelMap(count: (matrix.rows + chunk - 1) / chunk) { index in
    var sums = [Double](repeating: 0, count: matrix.columns)
    add(index * chunk..<min(matrix.rows, (index + 1) * chunk), &sums)
    return sums
  }
  var total = [Double](repeating: 0, count: matrix.columns)
  for sums in partial { for column in total.indices { total[column] += sums[column] } }
  return total
}
