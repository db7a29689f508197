internal import CKernels

/// Whether ``transposedProductTile(_:_:_:_:rows:isDiagonal:sums:)`` and ``QuadraticForm`` are fast on this processor (AVX-512);
/// elsewhere they give the same in plain loops, and BLAS is faster.
public let hasWideDoubleKernels = sextant_has_wide_doubles() != 0

/// What computes products of transposes and quadratic forms.
package enum ProductPath: Sendable {
  case tiles, blas

  /// The faster one on this processor; tests set the other.
  @TaskLocal package static var current: ProductPath = hasWideDoubleKernels ? .tiles : .blas
}

/// How the numbers of a product of Floats are summed.
public enum ProductSums: Sendable {
  /// Exact products, sums in Double.
  case double
  /// Products and their sums over 128 rows in Float, the sums of these in Double: about 1e-8 of ‖x‖ ‖y‖ for columns x
  /// and y, in half the time. For rows whose numbers are rounded to Float anyway.
  case float
}

/// A tile of `Xᵀ Y` in Double: columns `left` of X times columns `right` of Y, over some of the rows.
///
/// Floats are widened exactly as they are read, and every element is summed in the order of the rows: the bits do not
/// depend on the tile. O(rows · height · width); room for 128 rows of the tile's columns and for the tile.
///
/// - Parameters:
///   - rows: numbers of the rows that count, in that order; all of them where it is nil.
///   - isDiagonal: X is Y and `left` is `right`; elements below the diagonal are left as they come.
///   - sums: for Floats only.
/// - Returns: the tile, row-major.
/// - Precondition: X and Y have the same rows, and columns and rows lie inside.
public func transposedProductTile<Element: BinaryFloatingPoint & BitwiseCopyable>(
  _ x: Matrix<Element>, _ left: Range<Int>, _ y: Matrix<Element>, _ right: Range<Int>, rows: [UInt32]?,
  isDiagonal: Bool, sums: ProductSums = .double
) -> [Double] {
  precondition(
    Element.self == Float.self || Element.self == Double.self && sums == .double,
    "a product of \(Element.self), summed in \(sums)")
  precondition(
    x.rows == y.rows && 0 <= left.lowerBound && left.upperBound <= x.columns && 0 <= right.lowerBound
      && right.upperBound <= y.columns && rows?.allSatisfy { $0 < x.rows } ?? true,
    "tile \(left) x \(right) of matrices of \(x.rows) x \(x.columns) and \(y.rows) x \(y.columns)")
  let count = left.count * right.count
  let needed = sextant_products_room(left.count, right.count) * MemoryLayout<Double>.stride
  let kind = Element.self == Double.self ? SEXTANT_DOUBLES : sums == .float ? SEXTANT_FLOATS : SEXTANT_WIDENED
  let room = UnsafeMutableRawPointer.allocate(byteCount: needed, alignment: 64)
  defer { unsafe room.deallocate() }
  return unsafe [Double](unsafeUninitializedCapacity: count) { tile, initialized in
    guard count > 0 else { return }
    unsafe x.elements.withUnsafeBufferPointer { a in
      unsafe y.elements.withUnsafeBufferPointer { b in
        unsafe withNumbers(rows) { numbers in
          unsafe sextant_transposed_products(
            a.baseAddress.map { unsafe UnsafeRawPointer($0 + left.lowerBound) }, x.columns, left.count,
            b.baseAddress.map { unsafe UnsafeRawPointer($0 + right.lowerBound) }, y.columns, right.count,
            numbers, rows?.count ?? x.rows, kind, isDiagonal ? 1 : 0,
            room.assumingMemoryBound(to: Double.self), tile.baseAddress, right.count)
        }
      }
    }
    initialized = count
  }
}

/// Adds some rows of a matrix to `sums` in Double and returns the sum of the squares of their numbers.
///
/// - Parameter rows: numbers of the rows, in the order of the sum.
/// - Precondition: the rows lie inside, and there is one sum a column.
public func addColumns(of matrix: Matrix<Float>, rows: ArraySlice<UInt32>, to sums: inout [Double]) -> Double
{
  precondition(
    sums.count == matrix.columns && rows.allSatisfy { $0 < matrix.rows },
    "\(sums.count) sums of \(matrix.columns) columns of \(matrix.rows) rows")
  guard !sums.isEmpty, !rows.isEmpty else { return 0 }
  return unsafe rows.withUnsafeBufferPointer { rows in
    unsafe sextant_column_sums(matrix.elements, matrix.columns, rows.baseAddress, rows.count, &sums)
  }
}

/// The same of rows that follow each other.
public func addColumns(of matrix: Matrix<Float>, rows: Range<Int>, to sums: inout [Double]) -> Double {
  precondition(
    sums.count == matrix.columns && 0 <= rows.lowerBound && rows.upperBound <= matrix.rows,
    "\(sums.count) sums of rows \(rows) of \(matrix.rows) x \(matrix.columns)")
  guard !sums.isEmpty, !rows.isEmpty else { return 0 }
  return unsafe matrix.elements.withUnsafeBufferPointer { x in
    unsafe sextant_column_sums(
      x.baseAddress.map { unsafe $0 + rows.lowerBound * matrix.columns }, matrix.columns, nil, rows.count,
      &sums)
  }
}

private func withNumbers(_ rows: [UInt32]?, _ body: (UnsafePointer<UInt32>?) -> Void) {
  guard let rows else {
    body(nil)
    return
  }
  unsafe rows.withUnsafeBufferPointer { unsafe body($0.baseAddress) }
}
