internal import COpenBLAS
public import Tensors

/// `A = Vᵀ diag(λ) V` of a symmetric matrix.
public struct SymmetricEigen: Sendable {
  /// Eigenvalues, ascending.
  public let values: [Double]
  /// Row `i` is the unit eigenvector of `values[i]`.
  public let vectors: Matrix<Double>
}

/// Eigenvalues and eigenvectors of a symmetric matrix (`LAPACKE_dsyevd`); O(d³).
///
/// - Throws: `LinearAlgebraError.notConverged`.
/// - Precondition: `matrix` is square; only its lower triangle is read.
public func symmetricEigen(_ matrix: Matrix<Double>) throws(LinearAlgebraError) -> SymmetricEigen {
  precondition(matrix.rows == matrix.columns, "eigenvectors of \(matrix.rows) x \(matrix.columns)")
  var vectors = matrix.elements
  var values = [Double](repeating: 0, count: matrix.rows)
  guard matrix.rows > 0 else { return SymmetricEigen(values: [], vectors: matrix) }
  // Column-major on a symmetric matrix: LAPACK reads the same numbers and returns eigenvectors as our rows.
  let info = unsafe LAPACKE_dsyevd(
    LAPACK_COL_MAJOR, jobVectors, upper, Int32(matrix.rows), &vectors, Int32(matrix.rows),
    &values)
  guard info == 0 else { throw .notConverged(routine: "dsyevd", info: Int(info)) }
  return SymmetricEigen(
    values: values, vectors: Matrix(rows: matrix.rows, columns: matrix.rows, elements: vectors))
}

/// Eigenvalues of a symmetric matrix, ascending (`LAPACKE_dsyevd`, values only); O(d³), 2.5 times faster than with
/// the eigenvectors. Safe inside parallel loops when BLAS is single-threaded.
///
/// - Throws: `LinearAlgebraError.notConverged`.
/// - Precondition: `matrix` is square; only its lower triangle is read.
public func symmetricEigenvalues(_ matrix: Matrix<Double>) throws(LinearAlgebraError) -> [Double] {
  precondition(matrix.rows == matrix.columns, "eigenvalues of \(matrix.rows) x \(matrix.columns)")
  var work = matrix.elements
  var values = [Double](repeating: 0, count: matrix.rows)
  guard matrix.rows > 0 else { return [] }
  let info = unsafe LAPACKE_dsyevd(
    LAPACK_COL_MAJOR, jobValues, upper, Int32(matrix.rows), &work, Int32(matrix.rows), &values)
  guard info == 0 else { throw .notConverged(routine: "dsyevd", info: Int(info)) }
  return values
}

/// Eigenvalues of a symmetric tridiagonal matrix, ascending (`LAPACKE_ssterf`); O(d²).
///
/// - Throws: `LinearAlgebraError.notConverged`.
public func eigenvalues(_ matrix: Tridiagonal) throws(LinearAlgebraError) -> [Float] {
  var values = matrix.diagonal
  var beside = matrix.beside
  let info = unsafe LAPACKE_ssterf_work(Int32(values.count), &values, &beside)
  guard info == 0 else { throw .notConverged(routine: "ssterf", info: Int(info)) }
  return values
}

private let jobVectors = CChar(UInt8(ascii: "V"))
private let jobValues = CChar(UInt8(ascii: "N"))
private let upper = CChar(UInt8(ascii: "U"))
