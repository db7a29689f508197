/// Every row plus `sign` times a vector; the matrix itself when the vector is zero.
package func shifted(_ matrix: Matrix<Float>, by vector: [Float], sign: Float) -> Matrix<Float> {
  precondition(vector.count == matrix.columns, "shift of \(matrix.columns) columns by \(vector.count)")
  guard vector.contains(where: { $0 != 0 }) else { return matrix }
  return .parallelRows(rows: matrix.rows, columns: matrix.columns, chunk: 256) { rows, part in
    let source = matrix.elements.span
    let shift = vector.span
    for (local, row) in rows.enumerated() {
      for column in shift.indices {
        part[local * shift.count + column] = source[row * shift.count + column] + sign * shift[column]
      }
    }
  }
}
