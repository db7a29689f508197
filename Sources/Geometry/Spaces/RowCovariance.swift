internal import LinearAlgebra
public import Tensors

/// Mean and covariance of a set of rows, kept so that another matrix can be measured by them.
///
///     μ = (1/n) Σ xᵢ,   C = (1/(n-1)) Σ (xᵢ - μ)(xᵢ - μ)ᵀ
///
/// d numbers and d × d numbers; O(n d²), in Double, of centred rows.
public struct RowCovariance: Sendable, Equatable {
  /// Rows that it was taken over.
  public let count: Int
  public let mean: [Double]
  /// Symmetric, d × d.
  public let covariance: Matrix<Double>

  /// - Throws: `GeometryError.notFinite`; `.tooFewTokens` for fewer than two rows.
  public init(_ matrix: Matrix<Float>) throws(GeometryError) {
    try requireFinite(matrix, "rows of a covariance")
    guard matrix.rows > 1 else {
      throw .tooFewTokens(measure: "covariance of rows", needed: 2, actual: matrix.rows)
    }
    count = matrix.rows
    mean = ColumnMoments(matrix).means
    let scatter = gram(matrix.centred())
    let divisor = Double(matrix.rows - 1)
    covariance = Matrix(
      rows: scatter.rows, columns: scatter.columns, elements: scatter.elements.map { $0 / divisor })
  }

  /// Columns of the rows.
  public var width: Int { covariance.columns }

  /// `Vᵀ (Λ + ε mean(λ))^{-1/2} V`, symmetric; without ε, on the directions that Float rows can tell from
  /// rounding, and zero on the others.
  func inverseSquareRoot(regularisation: Double, measure: String) throws(GeometryError) -> Matrix<Double> {
    let energy = trace(covariance) + mean.reduce(0) { $0 + $1 * $1 }
    guard regularisation > 0 else {
      let spectrum = try Spectrum(gram: covariance, scale: energy, measure: measure)
      return Self.symmetric(spectrum.vectors, weights: inverseRoots(spectrum.values))
    }
    let added = regularisation * trace(covariance) / Double(max(width, 1))
    let eigen = try decomposing(measure) { () throws(LinearAlgebraError) in try symmetricEigen(covariance) }
    let weights = eigen.values.map { value in
      let sum = max(value, 0) + added
      return sum > 0 ? 1 / sum.squareRoot() : 0
    }
    return Self.symmetric(eigen.vectors, weights: weights)
  }

  /// `Σ wᵢ vᵢ vᵢᵀ` for vectors in rows.
  static func symmetric(_ vectors: Matrix<Double>, weights: [Double]) -> Matrix<Double> {
    var scaled = vectors
    var elements = scaled.elements.mutableSpan
    for row in weights.indices {
      for column in 0..<vectors.columns { elements[row * vectors.columns + column] *= weights[row] }
    }
    return multiply(vectors, scaled, transposingA: true)
  }
}

/// `(x - shift) M` for every row, in Double by blocks: M may be as ill-conditioned as a whitening.
func mapped(_ matrix: Matrix<Float>, shift: [Double], by map: Matrix<Double>) -> Matrix<Float> {
  precondition(
    shift.count == matrix.columns && map.rows == matrix.columns,
    "rows of \(matrix.columns) numbers less \(shift.count), times \(map.rows) x \(map.columns)")
  var elements: [Float] = []
  elements.reserveCapacity(matrix.rows * map.columns)
  for start in stride(from: 0, to: matrix.rows, by: 2048) {
    let rows = start..<min(matrix.rows, start + 2048)
    let block: [Double] = parallelMap(count: rows.count * matrix.columns, chunk: 1 << 16) { position in
      Double(matrix.elements[start * matrix.columns + position]) - shift[position % matrix.columns]
    }
    let product = multiply(Matrix(rows: rows.count, columns: matrix.columns, elements: block), map)
    elements.append(contentsOf: product.elements.lazy.map { Float($0) })
  }
  return Matrix(rows: matrix.rows, columns: map.columns, elements: elements)
}
