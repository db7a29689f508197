internal import LinearAlgebra
public import Tensors

/// Rows on the plane in which they spread most, for a picture of them.
///
/// With μ the mean of the n rows and C their covariance, C vᵢ = λᵢ vᵢ in descending order of λ,
///
///     place of row x on axis i:  vᵢ · (x - μ),   share of axis i:  λᵢ / Σ λ
///
/// in the units of the rows. A share is of all d dimensions; two axes often show a few percent: then rows that lie together in the
/// picture need not lie together in the space. Each axis is turned so that its largest place is positive. O(n d² + d³).
///
/// Pearson 1901; Hotelling 1933.
public struct PrincipalComponents: Sendable, Equatable, Codable {
  /// One row a place, one number an axis.
  public let places: [[Double]]
  /// The variance along each axis as a share of all; 0 for rows that are all the same.
  public let shares: [Double]

  /// - Parameters:
  ///   - axes: how many; at most the width of the rows.
  ///   - shown: the rows whose places are wanted, nil for all; the axes are those of all rows.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`; `.tooFewTokens` for fewer than two rows.
  /// - Precondition: 1 ≤ `axes` ≤ the width of the rows.
  public init(_ matrix: Matrix<Float>, axes: Int = 2, shown: [Int]? = nil) throws(GeometryError) {
    precondition((1...max(1, matrix.columns)).contains(axes), "\(axes) axes of \(matrix.columns)")
    let moments = try RowCovariance(matrix)
    let eigen = try decomposing("principal components") { () throws(LinearAlgebraError) in
      try symmetricEigen(moments.covariance)
    }
    let last = eigen.values.count - 1
    let total = eigen.values.reduce(0) { $0 + max($1, 0) }
    shares = (0..<axes).map { total > 0 ? max(eigen.values[last - $0], 0) / total : 0 }
    let vectors = (0..<axes).map { eigen.vectors.row(last - $0) }
    var places = (shown ?? Array(0..<matrix.rows)).map { row in
      let centred = zip(matrix.row(row), moments.mean).map { Double($0) - $1 }
      return vectors.map { vector in zip(centred, vector).reduce(0) { $0 + $1.0 * $1.1 } }
    }
    for axis in 0..<axes {
      let largest = places.map { $0[axis] }.max { abs($0) < abs($1) } ?? 0
      if largest < 0 { for row in places.indices { places[row][axis].negate() } }
    }
    self.places = places
  }

  private init(places: [[Double]], shares: [Double]) { (self.places, self.shares) = (places, shares) }

  /// The same, with each axis the way round in which it goes along with the other's: the sign of a component has no meaning.
  ///
  /// - Precondition: equal numbers of places and axes.
  public func turned(towards other: PrincipalComponents) -> PrincipalComponents {
    precondition(
      places.count == other.places.count && shares.count == other.shares.count,
      "\(places.count) places on \(shares.count) axes, \(other.places.count) on \(other.shares.count)")
    let signs = shares.indices.map { axis -> Double in
      zip(places, other.places).reduce(0) { $0 + $1.0[axis] * $1.1[axis] } < 0 ? -1 : 1
    }
    return PrincipalComponents(places: places.map { zip($0, signs).map { $0 * $1 } }, shares: shares)
  }
}
