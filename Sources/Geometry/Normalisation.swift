public import Tensors

/// What is done to a set of embedding rows before their geometry is measured.
///
/// Every measure is reported for all three side by side, since a shared mean or a few large dimensions can
/// carry a similarity by themselves (Timkey, van Schijndel 2021).
public enum Normalisation: String, Sendable, Codable, CaseIterable {
  /// The rows as they are.
  case raw
  /// x - μ, with μ the mean of the given rows.
  case centred
  /// (x - μ) / σ by dimension, σ with divisor n. A dimension that does not vary becomes zero.
  case standardised

  /// The prepared rows; O(n d), moments in Double.
  public func applied(to matrix: Matrix<Float>) -> Matrix<Float> {
    guard self != .raw, matrix.rows > 0 else { return matrix }
    let moments = ColumnMoments(matrix)
    let shift = moments.means
    let scale: [Double] = moments.variances.map {
      self == .centred ? 1 : $0 > 0 ? 1 / $0.squareRoot() : 0
    }
    return .parallelRows(rows: matrix.rows, columns: matrix.columns, chunk: 512) { rows, part in
      let source = matrix.elements.span
      let offset = rows.lowerBound * matrix.columns
      for row in 0..<rows.count {
        for column in 0..<matrix.columns {
          let position = row * matrix.columns + column
          part[position] = Float((Double(source[offset + position]) - shift[column]) * scale[column])
        }
      }
    }
  }
}

/// Means and variances (divisor n) of a matrix' columns, two passes in Double.
struct ColumnMoments {
  let means: [Double]
  let variances: [Double]

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
