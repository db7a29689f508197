internal import COpenBLAS
public import Tensors

/// `x_r := x_r M(r mod n)` in place: rows that lie `period` apart are multiplied by one matrix.
///
/// Every matrix is asked for once, by the worker that multiplies with it. O(rows · d²), and for each worker a copy of its rows.
/// Run inside ``withSingleThreadedBLAS(_:)``.
/// - Parameter matrix: the square matrix of a number below n, as wide as X.
/// - Precondition: the rows of X are a multiple of `period`.
public func multiplyRows(
  of x: inout Matrix<Float>, period: Int, by matrix: @Sendable (Int) -> Matrix<Float>
) {
  let width = x.columns
  precondition(period > 0 && x.rows % period == 0, "every \(period) of \(x.rows) rows")
  let copies = x.rows / period
  unsafe x.elements.withUnsafeMutableBufferPointer { buffer in
    nonisolated(unsafe) let elements = unsafe buffer
    parallelForEach(count: period) { range in
      for row in range {
        let factor = matrix(row)
        precondition(
          factor.rows == width && factor.columns == width,
          "a matrix of \(factor.rows) x \(factor.columns) for rows of \(width)")
        guard let base = unsafe elements.baseAddress.map({ unsafe $0 + row * width })
        else { return }
        let product = unsafe [Float](unsafeUninitializedCapacity: copies * width) { target, initialized in
          unsafe cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(copies), blasint(width), blasint(width), 1,
            base, blasint(period * width), factor.elements, blasint(width), 0, target.baseAddress,
            blasint(width))
          initialized = copies * width
        }
        unsafe product.withUnsafeBufferPointer { product in
          guard let source = product.baseAddress else { return }
          for copy in 0..<copies {
            unsafe (base + copy * period * width).update(from: source + copy * width, count: width)
          }
        }
      }
    }
  }
}
