public import Tensors

/// xᵢᵀ G xᵢ for each row and a symmetric G; half the work of ``quadraticForms(_:_:_:)``.
///
/// - Precondition: G is symmetric, as wide as X.
public func quadraticForms(_ x: Matrix<Float>, _ g: Matrix<Double>) -> [Double] {
  quadraticForms(x, g, x, isSymmetric: true)
}

/// xᵢᵀ G yᵢ for each row: xᵢᵀ G in Float, its product with yᵢ in Double. O(n d_X d_Y).
///
/// With AVX-512 no product X G is formed; elsewhere its blocks come from `cblas_sgemm`. The bits do not depend on the
/// number of workers.
/// - Precondition: X and Y have the same rows; G is d_X x d_Y.
public func quadraticForms(_ x: Matrix<Float>, _ g: Matrix<Double>, _ y: Matrix<Float>) -> [Double] {
  quadraticForms(x, g, y, isSymmetric: false)
}

private func quadraticForms(
  _ x: Matrix<Float>, _ g: Matrix<Double>, _ y: Matrix<Float>, isSymmetric: Bool
) -> [Double] {
  precondition(x.rows == y.rows, "a form between \(x.rows) and \(y.rows) rows")
  guard ProductPath.current == .tiles else { return multipliedForms(x, g, y) }
  let form = QuadraticForm(g, isSymmetric: isSymmetric)
  return inBlocks(of: 128, rows: x.rows) { form.values(x, y, rows: $0) }
}

/// The same by `cblas_sgemm`, for processors without AVX-512.
package func multipliedForms(_ x: Matrix<Float>, _ g: Matrix<Double>, _ y: Matrix<Float>) -> [Double] {
  let transposed = g.narrowed().transposed()
  return withSingleThreadedBLAS {
    inBlocks(of: 512, rows: x.rows) { rows in
      var products = [Float](repeating: 0, count: rows.count * transposed.rows)
      var span = products.mutableSpan
      multiplyTile(
        x.elements.span.extracting(rows.lowerBound * x.columns..<rows.upperBound * x.columns),
        transposed.elements.span, columns: x.columns, into: &span)
      return rows.enumerated().map { local, row in
        innerProduct(
          products.span.extracting(local * y.columns..<(local + 1) * y.columns),
          y.elements.span.extracting(y.range(ofRow: row)))
      }
    }
  }
}

private func inBlocks(
  of size: Int, rows: Int, _ values: @Sendable (Range<Int>) -> [Double]
) -> [Double] {
  let blocks: [[Double]] = parallelMap(count: (rows + size - 1) / size) { index in
    values(index * size..<min(rows, (index + 1) * size))
  }
  return blocks.flatMap { $0 }
}
