public import Tensors

/// Euclidean norm of every row, in Double.
public func rowNorms(_ matrix: Matrix<Float>) -> [Double] {
  parallelMap(count: matrix.rows, chunk: 256) { row in
    squaredNorm(matrix.elements.span.extracting(matrix.range(ofRow: row))).squareRoot()
  }
}

/// Rows of length 1; a zero row stays zero.
public func unitRows(_ matrix: Matrix<Float>) -> Matrix<Float> {
  unitRows(matrix, norms: rowNorms(matrix))
}

/// The same where the rows' norms are known.
func unitRows(_ matrix: Matrix<Float>, norms: [Double]) -> Matrix<Float> {
  .parallelRows(rows: matrix.rows, columns: matrix.columns, chunk: 256) { rows, part in
    let elements = matrix.elements.span
    for (local, row) in rows.enumerated() where norms[row] > 0 {
      let source = elements.extracting(matrix.range(ofRow: row))
      let scale = 1 / norms[row]
      for column in source.indices {
        part[local * matrix.columns + column] = Float(Double(source[column]) * scale)
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
  _ = try finiteNorms(matrix, name)
}

/// The norms of the rows; throws when a row holds NaN or an infinity.
func finiteNorms(_ matrix: Matrix<Float>, _ name: String) throws(GeometryError) -> [Double] {
  // Squares of Floats are finite in Double, and so are their sums.
  let norms = rowNorms(matrix)
  if let row = norms.firstIndex(where: { !$0.isFinite }) { throw .notFinite(matrix: name, row: row) }
  return norms
}
