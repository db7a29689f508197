public import Tensors

/// Euclidean norm of every row, in Double.
public func rowNorms(_ matrix: Matrix<Float>) -> [Double] {
  parallelMap(count: matrix.rows, chunk: 256) { row in
    squaredNorm(matrix.elements.span.extracting(matrix.range(ofRow: row))).squareRoot()
  }
}

/// Rows of length 1; a zero row stays zero.
public func unitRows(_ matrix: Matrix<Float>) -> Matrix<Float> {
  .parallelRows(rows: matrix.rows, columns: matrix.columns, chunk: 256) { rows, part in
    let elements = matrix.elements.span
    for (local, row) in rows.enumerated() {
      let source = elements.extracting(matrix.range(ofRow: row))
      let norm = squaredNorm(source).squareRoot()
      guard norm > 0 else { continue }
      for column in source.indices {
        part[local * matrix.columns + column] = Float(Double(source[column]) / norm)
      }
    }
  }
}

/// Product of two unit rows, in Float.
func cosine(_ unit: Matrix<Float>, _ i: Int, _ j: Int) -> Double {
  Double(
    dot(
      unit.elements.span.extracting(unit.range(ofRow: i)), unit.elements.span.extracting(unit.range(ofRow: j))
    ))
}

func squaredNorm(_ row: Span<Float>) -> Double { innerProduct(row, row) }

/// Throws when a row holds NaN or an infinity.
func requireFinite(_ matrix: Matrix<Float>, _ name: String) throws(GeometryError) {
  let bad: [Int] = parallelMap(count: (matrix.rows + 511) / 512) { chunk in
    let elements = matrix.elements.span
    for row in chunk * 512..<min(matrix.rows, (chunk + 1) * 512) {
      for i in matrix.range(ofRow: row) where !elements[i].isFinite { return row }
    }
    return -1
  }
  if let row = bad.first(where: { $0 >= 0 }) { throw .notFinite(matrix: name, row: row) }
}
