package import Tensors

extension Matrix<Float> {
  /// x - μ, with μ the mean of the rows; O(n d), moments in Double.
  ///
  /// Where a centred number would be beyond what a Float holds, all rows are halved: no measure of centred rows depends on
  /// their unit.
  package func centred() -> Matrix<Float> {
    guard rows > 0 else { return self }
    let moments = ColumnMoments(self)
    let reach = largest + (moments.means.map { abs($0) }.max() ?? 0)
    let scale = reach > Double(Float.greatestFiniteMagnitude) ? 0.5 : 1
    return shifted(self, moments.means, Array(repeating: scale, count: columns))
  }

  /// (x - μ) / σ by dimension, σ with divisor n; a dimension that does not vary becomes zero. O(n d), moments in Double.
  package func standardised() -> Matrix<Float> {
    guard rows > 0 else { return self }
    let moments = ColumnMoments(self)
    // What is left of a constant column after its mean, which is rounded, is no deviation.
    return shifted(
      self, moments.means,
      zip(moments.means, moments.variances).map { $1 > 1e-24 * $0 * $0 ? 1 / $1.squareRoot() : 0 })
  }

  /// max |x|, 0 without elements.
  var largest: Double {
    let parts: [Float] = parallelMap(count: (rows + 511) / 512) { part in
      var largest: Float = 0
      let span = elements.span
      for index in part * 512 * columns..<Swift.min(rows, (part + 1) * 512) * columns {
        largest = Swift.max(largest, abs(span[index]))
      }
      return largest
    }
    return Double(parts.max() ?? 0)
  }

  /// The rows in a unit in which distances and products of two of them stay within what a Float holds: themselves, or all
  /// times the same power of two where the largest number is beyond 2⁶⁰ or below 2⁻⁴⁰.
  package var inModerateUnit: Matrix<Float> {
    let largest = largest
    guard largest.isFinite, largest > 0, !(0x1p-40...0x1p60).contains(largest) else { return self }
    let scale = Double(sign: .plus, exponent: (largest > 1 ? 50 : 0) - largest.exponent, significand: 1)
    return Matrix(rows: rows, columns: columns, elements: elements.map { Float(Double($0) * scale) })
  }
}

/// (x - shift) scale by columns, in Double.
private func shifted(_ matrix: Matrix<Float>, _ shift: [Double], _ scale: [Double]) -> Matrix<Float> {
  .parallelRows(rows: matrix.rows, columns: matrix.columns, chunk: 512) { rows, part in
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

/// Rows less their mean, in a power of two near their root mean square length, so that products of their numbers
/// neither overflow nor vanish whatever their unit was; for measures that see neither place nor scale.
///
/// - Parameter keepsShortMean: rows whose mean is no longer than twice their standard deviation are not moved, so that no number
///   is rounded: for measures whose sums lose nothing by it.
/// - Returns: nil where the rows vary by less than 10⁻⁶ of their length, which Float rows cannot tell from rounding.
func centredInOwnUnit(_ matrix: Matrix<Float>, keepsShortMean: Bool = false) -> Matrix<Float>? {
  let moments = ColumnMoments(matrix)
  guard moments.vary else { return nil }
  let variance = moments.variances.reduce(0, +)
  let isShort = keepsShortMean && moments.means.reduce(0) { $0 + $1 * $1 } <= 4 * variance
  let scale = Double(sign: .plus, exponent: -variance.squareRoot().exponent, significand: 1)
  return shifted(
    matrix, isShort ? moments.means.map { _ in 0 } : moments.means,
    Array(repeating: scale, count: matrix.columns))
}
