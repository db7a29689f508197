internal import LinearAlgebra
internal import Tensors

/// Gaussian clouds of the size and width of a matrix, to hold measures of shape against.
struct GaussianClouds {
  let source: Matrix<Float>
  let seed: UInt64

  init(_ source: Matrix<Float>, seed: UInt64) {
    self.source = source
    self.seed = seed
  }

  /// Independent standard normal numbers. The same for any number of threads.
  func isotropic() -> Matrix<Float> {
    let chunk = 256
    var root = SeededRandom(seed: seed ^ 0x4741_5553_5349_414E)
    let generators = (0..<(source.rows + chunk - 1) / chunk).map { _ in SeededRandom(seed: root.next()) }
    return .parallelRows(rows: source.rows, columns: source.columns, chunk: chunk) { rows, part in
      var random = generators[rows.lowerBound / chunk]
      for i in part.indices { part[i] = Float(random.normal()) }
    }
  }

  /// μ + z Σ^{1/2}: the mean and covariance of the source.
  func matched() throws(GeometryError) -> Matrix<Float> {
    let moments = ColumnMoments(source)
    let centred = Normalisation.centred.applied(to: source)
    let root = try Self.squareRoot(gram(centred), divisor: Double(max(source.rows, 1)))
    var cloud = multiply(isotropic(), root)
    for row in 0..<cloud.rows {
      for column in 0..<cloud.columns {
        cloud.elements[row * cloud.columns + column] += Float(moments.means[column])
      }
    }
    return cloud
  }

  /// Vᵀ √(Λ / divisor) V.
  private static func squareRoot(
    _ matrix: Matrix<Double>, divisor: Double
  ) throws(GeometryError) -> Matrix<Float> {
    let eigen: SymmetricEigen
    do { eigen = try symmetricEigen(matrix) } catch {
      throw .decomposition(measure: "covariance-matched cloud", reason: error.description)
    }
    var scaled = eigen.vectors
    for row in 0..<scaled.rows {
      let weight = max(eigen.values[row] / divisor, 0).squareRoot().squareRoot()
      for column in 0..<scaled.columns { scaled[row, column] *= weight }
    }
    return multiply(scaled, scaled, transposingA: true).narrowed()
  }
}
