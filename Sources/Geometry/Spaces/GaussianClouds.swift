internal import LinearAlgebra
internal import Tensors

/// Independent standard normal numbers in the shape of a matrix; the same for any number of threads.
func gaussianCloud(like source: Matrix<Float>, seed: UInt64) -> Matrix<Float> {
  let chunk = 256
  var root = SeededRandom(seed: seed ^ 0x4741_5553_5349_414E)
  let generators = (0..<(source.rows + chunk - 1) / chunk).map { _ in SeededRandom(seed: root.next()) }
  return .parallelRows(rows: source.rows, columns: source.columns, chunk: chunk) { rows, part in
    var random = generators[rows.lowerBound / chunk]
    for i in part.indices { part[i] = Float(random.normal()) }
  }
}

/// What a covariance-matched cloud is, as a null.
let covarianceMatchedMeaning = "a Gaussian cloud with the model's mean and covariance"

/// μ + z Σ^{1/2}: normal numbers given the mean and covariance of the source.
func covarianceMatchedCloud(
  _ normal: Matrix<Float>, to source: Matrix<Float>
) throws(GeometryError) -> Matrix<Float> {
  let means = ColumnMoments(source).means
  let centred = source.centred()
  let root = try squareRoot(gram(centred), divisor: Double(max(source.rows, 1)))
  var cloud = multiply(normal, root)
  var elements = cloud.elements.mutableSpan
  for row in 0..<normal.rows {
    for column in means.indices { elements[row * normal.columns + column] += Float(means[column]) }
  }
  return cloud
}

/// Vᵀ √(Λ / divisor) V.
private func squareRoot(
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
