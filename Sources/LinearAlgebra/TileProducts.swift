internal import COpenBLAS
public import Tensors

/// A part of a row-major matrix: `rows` x `columns` numbers from `offset` on, `stride` from one row to the next.
public struct MatrixTile: Sendable, Equatable {
  public let offset: Int
  public let rows: Int
  public let columns: Int
  public let stride: Int

  public init(offset: Int = 0, rows: Int, columns: Int, stride: Int) {
    (self.offset, self.rows, self.columns, self.stride) = (offset, rows, columns, stride)
  }

  /// All of a matrix.
  public init(_ matrix: Matrix<Float>) {
    self.init(rows: matrix.rows, columns: matrix.columns, stride: matrix.columns)
  }

  /// One past its last number.
  fileprivate var end: Int { rows == 0 || columns == 0 ? offset : offset + (rows - 1) * stride + columns }

  fileprivate func fits(in count: Int) -> Bool {
    offset >= 0 && rows >= 0 && columns >= 0 && (columns <= stride || rows <= 1) && end <= count
  }
}

/// `C := A B`, or `C += A B`, of parts of matrices, A or B transposed on demand (`cblas_sgemm`), on this thread where BLAS
/// has one: for parallel loops over tiles.
///
/// - Parameter adding: whether the product is added to what stands in `c`.
/// - Precondition: the tiles lie inside, and their shapes agree.
public func multiplyTiles(
  _ a: Span<Float>, _ aTile: MatrixTile, transposingA: Bool = false,
  _ b: Span<Float>, _ bTile: MatrixTile, transposingB: Bool = false,
  into c: inout MutableSpan<Float>, _ cTile: MatrixTile, adding: Bool = false
) {
  let (m, inner) = transposingA ? (aTile.columns, aTile.rows) : (aTile.rows, aTile.columns)
  let (other, n) = transposingB ? (bTile.columns, bTile.rows) : (bTile.rows, bTile.columns)
  precondition(
    inner == other && m == cTile.rows && n == cTile.columns && aTile.fits(in: a.count)
      && bTile.fits(in: b.count) && cTile.fits(in: c.count),
    "product of tiles \(aTile) and \(bTile) into \(cTile)")
  guard m > 0, n > 0 else { return }
  unsafe a.withUnsafeBufferPointer { a in
    unsafe b.withUnsafeBufferPointer { b in
      unsafe c.withUnsafeMutableBufferPointer { c in
        guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
        unsafe cblas_sgemm(
          CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans,
          blasint(m), blasint(n), blasint(inner), 1, a + aTile.offset, blasint(aTile.stride),
          b + bTile.offset, blasint(bTile.stride), adding ? 1 : 0, c + cTile.offset, blasint(cTile.stride))
      }
    }
  }
}
