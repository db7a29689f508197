internal import COpenBLAS
public import Tensors

/// `X` with `A X = B` for a symmetric positive definite `A` (`LAPACKE_dpotrf`, `cblas_dtrsm`); O(d³/3 + 2 d² m).
///
/// The right-hand sides are spread over the processors: run it inside ``withSingleThreadedBLAS(_:)``.
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
  var solution = b
  guard !solution.elements.isEmpty else { return b }
  let (order, columns) = (Int32(a.rows), Int32(b.columns))
  // Our lower triangle is the upper one column by column: A = Uᵀ U, where U read by rows is lower.
  let info = unsafe LAPACKE_dpotrf(LAPACK_COL_MAJOR, CChar(UInt8(ascii: "U")), order, &factor, order)
  guard info == 0 else { throw .notPositiveDefinite(routine: "dpotrf", minor: Int(info)) }
  let count = solution.elements.count
  unsafe solution.elements.withUnsafeMutableBufferPointer { right in
    nonisolated(unsafe) let right = unsafe right
    // A strip of right-hand sides for every worker; each column is solved alone, whatever its strip.
    parallelForEach(count: b.columns, chunk: 128) { [factor] strip in
      guard let base = unsafe right.baseAddress, strip.upperBound <= count else { return }
      for transpose in [CblasNoTrans, CblasTrans] {
        unsafe cblas_dtrsm(
          CblasRowMajor, CblasLeft, CblasLower, transpose, CblasNonUnit, order, blasint(strip.count), 1,
          factor, order, base + strip.lowerBound, columns)
      }
    }
  }
  return solution
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
