internal import COpenBLAS
public import Tensors

/// The thin decomposition `A = U diag(σ) Vᵀ` of an m x n matrix, r = min(m, n).
public struct SingularValueDecomposition: Sendable {
  /// m x r, orthonormal columns.
  public let u: Matrix<Double>
  /// r values, descending.
  public let singularValues: [Double]
  /// r x n, orthonormal rows.
  public let vTransposed: Matrix<Double>
}

/// Thin singular value decomposition (`LAPACKE_dgesdd`); O(m n min(m, n)).
///
/// - Throws: `LinearAlgebraError.notConverged`.
public func singularValueDecomposition(
  _ matrix: Matrix<Double>
) throws(LinearAlgebraError) -> SingularValueDecomposition {
  let (m, n) = (matrix.rows, matrix.columns)
  let r = min(m, n)
  var u = Matrix<Double>(rows: m, columns: r, repeating: 0)
  var v = Matrix<Double>(rows: r, columns: n, repeating: 0)
  var values = [Double](repeating: 0, count: r)
  guard r > 0 else {
    return SingularValueDecomposition(u: u, singularValues: values, vTransposed: v)
  }
  var work = matrix.elements
  // Column-major on row-major numbers decomposes Aᵀ = V diag(σ) Uᵀ: its left factor, read by rows, is Vᵀ.
  let info = unsafe LAPACKE_dgesdd(
    LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), Int32(n), Int32(m), &work, Int32(n),
    &values, &v.elements, Int32(n), &u.elements, Int32(r))
  guard info == 0 else { throw .notConverged(routine: "dgesdd", info: Int(info)) }
  return SingularValueDecomposition(u: u, singularValues: values, vTransposed: v)
}

/// Singular values alone, descending (`LAPACKE_dgesdd` without vectors); O(m n min(m, n)), several times
/// faster than with the factors.
///
/// - Throws: `LinearAlgebraError.notConverged`.
public func singularValues(of matrix: Matrix<Double>) throws(LinearAlgebraError) -> [Double] {
  let (m, n) = (matrix.rows, matrix.columns)
  var values = [Double](repeating: 0, count: min(m, n))
  guard !values.isEmpty else { return [] }
  var work = matrix.elements
  // No factor is written, but the routine wants an address and a leading dimension of at least 1.
  var unused = [0.0]
  var alsoUnused = [0.0]
  let info = unsafe LAPACKE_dgesdd(
    LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), Int32(n), Int32(m), &work, Int32(n), &values, &unused,
    Int32(n), &alsoUnused, Int32(min(m, n)))
  guard info == 0 else { throw .notConverged(routine: "dgesdd", info: Int(info)) }
  return values
}
