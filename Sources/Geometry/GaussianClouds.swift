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
  func matched() -> Matrix<Float> {
    let moments = ColumnMoments(source)
    let centred = Normalisation.centred.applied(to: source)
    let root = symmetricSquareRoot(gram(centred), divisor: Double(max(source.rows, 1)))
    let normal = isotropic()
    return .parallelRows(rows: source.rows, columns: source.columns, chunk: 512) { rows, part in
      multiplyTile(
        normal.elements.span.extracting(
          rows.lowerBound * source.columns..<rows.upperBound * source.columns),
        root.elements.span, columns: source.columns, into: &part)
      for local in 0..<rows.count {
        for column in 0..<source.columns {
          part[local * source.columns + column] += Float(moments.means[column])
        }
      }
    }
  }

  /// V √(Λ / divisor) Vᵀ.
  private func symmetricSquareRoot(_ matrix: Matrix<Double>, divisor: Double) -> Matrix<Float> {
    let eigen = symmetricEigen(matrix)
    var scaled = eigen.vectors
    for row in 0..<scaled.rows {
      for column in 0..<scaled.columns {
        scaled[row, column] *= max(eigen.values[column] / divisor, 0).squareRoot().squareRoot()
      }
    }
    let half = scaled.narrowed()
    var root = [Float](repeating: 0, count: half.rows * half.rows)
    var span = root.mutableSpan
    multiplyTile(half.elements.span, half.elements.span, columns: half.columns, into: &span)
    return Matrix(rows: half.rows, columns: half.rows, elements: root)
  }
}
