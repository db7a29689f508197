internal import COpenBLAS
public import Tensors

/// `X` with `A X = B` for a symmetric positive definite `A` (`LAPACKE_dposv`, Cholesky); O(d³/3 + d² m).
///
/// - Parameters:
///   - a: d x d; only its lower triangle is read.
///   - b: d x m.
/// - Throws: `LinearAlgebraError.notPositiveDefinite`.
public func solvePositiveDefinite(
  _ a: Matrix<Double>, _ b: Matrix<Double>
) throws(LinearAlgebraError) -> Matrix<Double> {
  precondition(
    a.rows == a.columns && a.rows == b.rows,
    "system of \(a.rows) x \(a.columns) with \(b.rows) right-hand rows")
  var factor = a.elements
  // Column-major right-hand sides are the rows of Bᵀ.
  var solution = b.transposed().elements
  guard !solution.isEmpty else { return b }
  let info = unsafe LAPACKE_dposv(
    LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), Int32(a.rows), Int32(b.columns), &factor,
    Int32(a.rows), &solution, Int32(a.rows))
  guard info == 0 else { throw .notPositiveDefinite(routine: "dposv", minor: Int(info)) }
  return Matrix(rows: b.columns, columns: b.rows, elements: solution).transposed()
}

/// The matrix `X` of least norm that minimises `‖A X - B‖_F` (`LAPACKE_dgelsd`, rank-revealing); O(m n²).
///
/// The reference for the faster normal equations: exact also when `A` is rank-deficient.
/// - Throws: `LinearAlgebraError.notConverged`.
public func leastSquares(
  _ a: Matrix<Double>, _ b: Matrix<Double>
) throws(LinearAlgebraError) -> Matrix<Double> {
  precondition(a.rows == b.rows, "least squares with \(a.rows) and \(b.rows) rows")
  let (m, n) = (a.rows, a.columns)
  guard m > 0, n > 0, b.columns > 0 else {
    return Matrix(rows: n, columns: b.columns, repeating: 0)
  }
  var factor = a.transposed().elements
  let leading = max(m, n)
  var right = [Double](repeating: 0, count: leading * b.columns)
  for column in 0..<b.columns {
    for row in 0..<m { right[column * leading + row] = b[row, column] }
  }
  var singular = [Double](repeating: 0, count: min(m, n))
  var rank: Int32 = 0
  let info = unsafe LAPACKE_dgelsd(
    LAPACK_COL_MAJOR, Int32(m), Int32(n), Int32(b.columns), &factor, Int32(m),
    &right, Int32(leading), &singular, -1, &rank)
  guard info == 0 else { throw .notConverged(routine: "dgelsd", info: Int(info)) }
  var solution = Matrix<Double>(rows: n, columns: b.columns, repeating: 0)
  for column in 0..<b.columns {
    for row in 0..<n { solution[row, column] = right[column * leading + row] }
  }
  return solution
}
