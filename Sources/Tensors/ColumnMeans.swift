extension Matrix<Float> {
  /// The mean row, summed in Double from the first row on; of no rows 0.
  package var columnMeans: [Double] { means(of: self) }
}

extension Matrix<Double> {
  /// The mean row, summed from the first row on; of no rows 0.
  package var columnMeans: [Double] { means(of: self) }
}

private func means(of matrix: Matrix<some BinaryFloatingPoint>) -> [Double] {
  var sums = [Double](repeating: 0, count: matrix.columns)
  for row in 0..<matrix.rows {
    for column in sums.indices { sums[column] += Double(matrix[row, column]) }
  }
  return sums.map { $0 / Double(max(matrix.rows, 1)) }
}
