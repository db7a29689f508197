internal import LinearAlgebra
public import Tensors

/// First principal component of the pair differences `h⁺ - h⁻`, not centred; its sign makes the majority of pairs positive,
/// its norm is that of the mean difference (after repeng, Vogel 2024). One singular value decomposition of n x d.
///
/// Exchanging the texts of a pair changes the sign of its difference, which the component itself does not see: labels decide
/// its sign and norm alone. So its null of permuted labels is one of mean differences
/// (``permutedLabelVectors(_:from:block:count:seed:identity:positions:)``).
public struct PrincipalComponent: DirectionEstimator {
  public static let name = "principalComponent"

  public init() {}

  /// The first right singular vector, with sign and norm.
  ///
  /// - Throws: `LinearAlgebraError` where the decomposition does not converge.
  public func direction(of differences: Matrix<Double>) throws -> [Double] {
    let first = try singularValueDecomposition(differences).vTransposed.row(0)
    let projections = (0..<differences.rows).map { row in
      zip(differences.row(row), first).reduce(0.0) { $0 + $1.0 * $1.1 }
    }
    let positive = projections.count { $0 > 0 }
    let mean = differences.columnMeans
    let norm = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let scale = 2 * positive >= projections.count ? norm : -norm
    return first.map { $0 * scale }
  }
}
