internal import LinearAlgebra
internal import Statistics
internal import Tensors

/// The rows around a point as numbers: distances, spectrum, and what their components and weights leave of the point.
struct LocalShape: Sendable {
  /// To the m nearest rows, ascending.
  let distances: [Double]
  /// Σ log(r_m / r_j) over j < m; nil where a distance is 0 or all are equal.
  let logRatios: Double?
  /// Eigenvalues of the neighbourhood's covariance (divisor m - 1), descending.
  let spectrum: [Double]
  /// (Σλ)² / Σλ², and without each row; nil where the rows coincide.
  let participation: (value: Double, deleteOne: [Double])?
  /// 1 less the centred cosine of the k-th nearest row by it.
  let angle: Double
  /// ‖(I - VᵀV)(x - m)‖ with the leading components V.
  let residual: Double
  /// Over the k nearest.
  let weights: [Double]
  let reconstructionError: Double?

  /// O(m² d + m³).
  ///
  /// - Parameters:
  ///   - near: the m nearest rows by Euclidean distance, then the k nearest by centred cosine (``wishes(_:)``).
  init(
    _ point: PointQuery, _ lists: ArraySlice<[ScoredRow]>, in rows: PointRows, _ options: PointOptions
  ) throws(GeometryError) {
    let (near, neighbours) = (lists[lists.startIndex], options.neighbours)
    let (m, columns) = (near.count, rows.matrix.columns)
    angle = 1 - lists[lists.startIndex + 1][neighbours - 1].score
    let distances = near.map { -$0.score }
    self.distances = distances
    logRatios = LevinaBickel.logRatios(distances)

    // From the point on: what coincides with it stays at exactly zero.
    var cloud = rows.matrix.selecting(rows: near.map(\.row)).widened()
    for row in 0..<m {
      for column in 0..<columns { cloud[row, column] -= Double(point.numbers[column]) }
    }
    let leading = Matrix(
      rows: neighbours, columns: columns, elements: Array(cloud.elements[..<(neighbours * columns)]))
    (weights, reconstructionError) = Self.weights(multiply(leading, leading, transposingB: true))

    var mean = [Double](repeating: 0, count: columns)
    for row in 0..<m { for column in 0..<columns { mean[column] += cloud[row, column] / Double(m) } }
    for row in 0..<m { for column in 0..<columns { cloud[row, column] -= mean[column] } }
    let gram = multiply(cloud, cloud, transposingB: true)
    let eigen = try decomposing("local components of a point") { () throws(LinearAlgebraError) in
      try symmetricEigen(gram)
    }
    let order = (0..<m).reversed().prefix(min(m - 1, columns))
    spectrum = order.map { max(eigen.values[$0], 0) / Double(m - 1) }
    participation = Self.participation(gram)
    let largest = max(eigen.values.last ?? 0, 0)
    // The point lies at minus the mean from the mean; along vⱼ = Zᵀwⱼ/√λⱼ that is -wⱼᵀ Z mean / √λⱼ.
    let products = multiply(cloud, Matrix(rows: columns, columns: 1, elements: mean)).elements
    var left = squaredLength(mean[...])
    // All dimensions would leave nothing but rounding.
    for index in order.prefix(min(options.components, columns - 1))
    where eigen.values[index] > 1e-12 * largest {
      var along = 0.0
      for row in 0..<m { along += eigen.vectors[index, row] * products[row] }
      left -= along * along / eigen.values[index]
    }
    residual = max(left, 0).squareRoot()
  }

  /// Of all points, side by side; the last lists of each are those of ``wishes(_:)``.
  static func all(
    _ points: [PointQuery], _ lists: [[[ScoredRow]]], in rows: PointRows, _ options: PointOptions,
    whenOneIsDone tell: @Sendable () -> Void = {}
  ) throws(GeometryError) -> [LocalShape] {
    let found: [Result<LocalShape, GeometryError>] = withSingleThreadedBLAS {
      parallelMap(count: points.count) { index in
        defer { tell() }
        return Result { () throws(GeometryError) in
          try LocalShape(points[index], lists[index].suffix(2), in: rows, options)
        }
      }
    }
    return try found.map { found throws(GeometryError) in try found.get() }
  }

  /// The lists that it is made of.
  static func wishes(_ options: PointOptions) -> [PointWish] {
    [
      PointWish(nearness: .euclidean, k: options.neighbourhood, isOfRest: true),
      PointWish(nearness: .centred, k: options.neighbours, isOfRest: true),
    ]
  }

  /// Locally linear weights from ⟨rᵢ - x, rⱼ - x⟩, as ``LocallyLinearWeights`` solves them.
  private static func weights(_ gram: Matrix<Double>) -> ([Double], Double?) {
    let k = gram.rows
    let trace = trace(gram)
    let weights = LocallyLinearWeights.weights(
      gram.elements, k, trace: trace, LocallyLinearOptions().regularisation)
    var (energy, equal) = (0.0, 0.0)
    for i in 0..<k {
      for j in 0..<k {
        energy += weights[i] * weights[j] * gram[i, j]
        equal += gram[i, j]
      }
    }
    return (weights, equal > 1e-14 * trace ? (max(energy, 0) / equal).squareRoot() * Double(k) : nil)
  }

  /// tr² / ‖·‖² of a centred Gram matrix of m rows, and of those of m - 1 rows: without row i the scatter matrix S becomes
  /// S - c z zᵀ with c = m / (m - 1).
  private static func participation(_ gram: Matrix<Double>) -> (Double, [Double])? {
    let m = gram.rows
    let trace = trace(gram)
    let square = squaredLength(gram.elements[...])
    guard trace > 0, square > 0 else { return nil }
    let c = Double(m) / Double(m - 1)
    let without = (0..<m).map { i in
      let own = gram[i, i]
      let rest = trace - c * own
      let energy = square - 2 * c * squaredLength(gram.elements[gram.range(ofRow: i)]) + c * c * own * own
      return energy > 0 ? rest * rest / energy : 0
    }
    return (trace * trace / square, without)
  }

  /// (m - 1) / Σ log(r_m / r_j).
  var dimension: Double? { logRatios.map { Double(distances.count - 1) / $0 } }
}
