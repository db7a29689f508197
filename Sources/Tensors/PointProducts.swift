import CKernels

/// ``innerProduct(_:_:)`` of a point with rows of a matrix that follow each other, with the same bits, three times as fast.
///
/// - Parameter products: receives one number a row, from its start.
/// - Precondition: the rows lie inside a matrix as wide as the point, and `products` has room.
public func innerProducts(
  of point: Span<Float>, with rows: Range<Int>, in matrix: Matrix<Float>, into products: inout [Double]
) {
  precondition(
    point.count == matrix.columns && rows.lowerBound >= 0 && rows.upperBound <= matrix.rows
      && rows.count <= products.count,
    "inner products of \(point.count) numbers with rows \(rows) of \(matrix.rows) x \(matrix.columns), into \(products.count)"
  )
  let numbers = (0..<UInt32(rows.count)).map { $0 }
  let (start, columns) = (rows.lowerBound * matrix.columns, matrix.columns)
  unsafe point.withUnsafeBufferPointer { point in
    unsafe matrix.elements.withUnsafeBufferPointer { rows in
      unsafe products.withUnsafeMutableBufferPointer { products in
        guard let target = products.baseAddress else { return }
        guard let point = point.baseAddress, let rows = rows.baseAddress else {
          unsafe products.update(repeating: 0)
          return
        }
        unsafe sextant_inner_products(point, rows + start, numbers, numbers.count, columns, target)
      }
    }
  }
}
