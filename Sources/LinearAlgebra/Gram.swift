internal import COpenBLAS
public import Tensors

/// `Xᵀ Y` of two Float matrices with the same rows, accumulated in Double (`cblas_dgemm` by row blocks).
///
/// d_X x d_Y; O(n d_X d_Y) time, O(d_X d_Y) memory: no n x n matrix, and only a block of rows is widened.
public func crossGram(_ x: Matrix<Float>, _ y: Matrix<Float>) -> Matrix<Double> {
  precondition(x.rows == y.rows, "cross-Gram of \(x.rows) and \(y.rows) rows")
  var gram = Matrix<Double>(rows: x.columns, columns: y.columns, repeating: 0)
  forRowBlocks(of: x) { rows, left in
    let right = widen(y, rows)
    unsafe cblas_dgemm(
      CblasRowMajor, CblasTrans, CblasNoTrans, blasint(x.columns), blasint(y.columns),
      blasint(rows.count), 1, left, blasint(x.columns), right, blasint(y.columns), 1, &gram.elements,
      blasint(y.columns))
  }
  return gram
}

/// `Xᵀ X`, symmetric d x d, accumulated in Double (`cblas_dsyrk` by row blocks); O(n d² / 2).
public func gram(_ x: Matrix<Float>) -> Matrix<Double> {
  var gram = Matrix<Double>(rows: x.columns, columns: x.columns, repeating: 0)
  forRowBlocks(of: x) { rows, block in
    unsafe cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasTrans, blasint(x.columns), blasint(rows.count), 1, block,
      blasint(x.columns), 1, &gram.elements, blasint(x.columns))
  }
  for i in 0..<gram.rows {
    for j in 0..<i { gram[i, j] = gram[j, i] }
  }
  return gram
}

private func forRowBlocks(of x: Matrix<Float>, _ body: (Range<Int>, [Double]) -> Void) {
  guard x.columns > 0 else { return }
  for start in stride(from: 0, to: x.rows, by: 2048) {
    let rows = start..<min(x.rows, start + 2048)
    body(rows, widen(x, rows))
  }
}

private func widen(_ x: Matrix<Float>, _ rows: Range<Int>) -> [Double] {
  x.elements[rows.lowerBound * x.columns..<rows.upperBound * x.columns].map(Double.init)
}
