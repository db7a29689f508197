internal import COpenBLAS
public import Tensors

/// `A B`, `Aᵀ B`, `A Bᵀ` or `Aᵀ Bᵀ` (`cblas_sgemm`); O(m n k).
///
/// - Precondition: the inner dimensions agree.
public func multiply(
  _ a: Matrix<Float>, _ b: Matrix<Float>, transposingA: Bool = false, transposingB: Bool = false
) -> Matrix<Float> {
  let shape = ProductShape(a, b, transposingA, transposingB)
  var product = Matrix<Float>(rows: shape.rows, columns: shape.columns, repeating: 0)
  guard shape.isComputed else { return product }
  unsafe cblas_sgemm(
    CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans,
    blasint(shape.rows), blasint(shape.columns), blasint(shape.inner), 1, a.elements,
    blasint(a.columns), b.elements, blasint(b.columns), 0, &product.elements, blasint(shape.columns))
  return product
}

/// `A B`, `Aᵀ B`, `A Bᵀ` or `Aᵀ Bᵀ` in Double (`cblas_dgemm`); O(m n k).
///
/// - Precondition: the inner dimensions agree.
public func multiply(
  _ a: Matrix<Double>, _ b: Matrix<Double>, transposingA: Bool = false, transposingB: Bool = false
) -> Matrix<Double> {
  let shape = ProductShape(a, b, transposingA, transposingB)
  var product = Matrix<Double>(rows: shape.rows, columns: shape.columns, repeating: 0)
  guard shape.isComputed else { return product }
  unsafe cblas_dgemm(
    CblasRowMajor, transposingA ? CblasTrans : CblasNoTrans, transposingB ? CblasTrans : CblasNoTrans,
    blasint(shape.rows), blasint(shape.columns), blasint(shape.inner), 1, a.elements,
    blasint(a.columns), b.elements, blasint(b.columns), 0, &product.elements, blasint(shape.columns))
  return product
}

/// `A Bᵀ` of two row-major tiles with `columns` columns each (`cblas_sgemm`), for parallel loops over tiles.
///
/// - Parameters:
///   - a: m x `columns` numbers.
///   - b: n x `columns` numbers.
///   - product: receives m x n numbers, row-major.
/// - Precondition: the counts are whole rows, and `product` holds m n numbers.
public func multiplyTile(
  _ a: Span<Float>, _ b: Span<Float>, columns: Int, into product: inout MutableSpan<Float>
) {
  let m = a.count / columns
  let n = b.count / columns
  precondition(
    m * columns == a.count && n * columns == b.count && product.count == m * n,
    "tiles of \(a.count) and \(b.count) numbers with \(columns) columns do not fill \(product.count)")
  multiplyTiles(
    a, MatrixTile(rows: m, columns: columns, stride: columns), b,
    MatrixTile(rows: n, columns: columns, stride: columns), transposingB: true, into: &product,
    MatrixTile(rows: m, columns: n, stride: n))
}

private struct ProductShape {
  let rows: Int
  let columns: Int
  let inner: Int
  var isComputed: Bool { rows > 0 && columns > 0 && inner > 0 }

  init<Element>(
    _ a: Matrix<Element>, _ b: Matrix<Element>, _ transposingA: Bool, _ transposingB: Bool
  ) {
    rows = transposingA ? a.columns : a.rows
    inner = transposingA ? a.rows : a.columns
    columns = transposingB ? b.rows : b.columns
    let other = transposingB ? b.columns : b.rows
    precondition(inner == other, "product with inner dimensions \(inner) and \(other)")
  }
}
