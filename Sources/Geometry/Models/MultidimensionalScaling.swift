internal import LinearAlgebra
internal import Tensors

/// A map of models: points whose distances come as near to the measured ones as a plane allows.
///
/// Classical scaling: with squared distances D² and J = I - 11ᵀ/N,
///
///     B = -½ J D² J = Σ λᵢ vᵢ vᵢᵀ,   coordinates √λᵢ vᵢ for the largest positive λᵢ
///
/// If the distances were those of points in that many dimensions, they come back exactly. Axes have no meaning
/// by themselves: only distances do. Each is turned so that its largest coordinate is positive. O(N³).
///
/// Torgerson 1952; Gower 1966. Read ``stress`` and ``negativeShare`` before the picture.
public struct MultidimensionalScaling: Sendable, Equatable, Codable {
  public let names: [String]
  /// Row i: model i, as many coordinates as asked for; 0 where no positive eigenvalue is left.
  public let coordinates: [[Double]]
  /// All N, descending.
  public let eigenvalues: [Double]
  /// √(Σ (d - d̂)² / Σ d²) over pairs, d̂ the distances of the map: 0 is perfect, above 0.2 a poor map
  /// (Kruskal 1964's stress-1). nil when all distances are 0.
  public let stress: Double?
  /// Σ of the negative eigenvalues' sizes over Σ |λᵢ|: how far the distances are from those of any points at
  /// all, in however many dimensions. nil when all distances are 0.
  public let negativeShare: Double?
  /// Σ of the drawn eigenvalues over the sum of the positive ones: what the drawn axes show of the spread. nil
  /// when none is positive.
  public let shownShare: Double?

  /// - Parameter dimensions: axes of the map; 2 for a page.
  /// - Throws: `GeometryError.decomposition`.
  /// - Precondition: `dimensions` is at least 1.
  public init(_ distances: ModelDistances, dimensions: Int = 2) throws(GeometryError) {
    precondition(dimensions > 0, "a map of \(dimensions) dimensions, expected at least 1")
    let count = distances.names.count
    names = distances.names
    let centred = Self.doublyCentred(distances.values)
    let eigen = try decomposing("multidimensional scaling") { () throws(LinearAlgebraError) in
      try symmetricEigen(centred)
    }
    let order = Array((0..<count).reversed())
    let values = order.map { eigen.values[$0] }
    let rounding = 1e-12 * (values.map { abs($0) }.max() ?? 0)
    var coordinates = distances.names.map { _ in [Double](repeating: 0, count: dimensions) }
    for axis in 0..<min(dimensions, count) where values[axis] > rounding {
      let vector = eigen.vectors.row(order[axis])
      let largest = vector.max { abs($0) < abs($1) } ?? 0
      let scale = values[axis].squareRoot() * (largest < 0 ? -1 : 1)
      for model in 0..<count { coordinates[model][axis] = scale * vector[model] }
    }
    self.coordinates = coordinates
    eigenvalues = values
    stress = Self.stress(distances.values, coordinates)
    let positive = values.filter { $0 > rounding }.reduce(0, +)
    let negative = values.filter { $0 < -rounding }.reduce(0, -)
    negativeShare = positive + negative > 0 ? negative / (positive + negative) : nil
    shownShare =
      positive > 0 ? values.prefix(dimensions).filter { $0 > rounding }.reduce(0, +) / positive : nil
  }

  private static func doublyCentred(_ distances: [[Double]]) -> Matrix<Double> {
    let count = distances.count
    let squares = distances.map { row in row.map { $0 * $0 } }
    let means = squares.map { $0.reduce(0, +) / Double(max(count, 1)) }
    let mean = means.reduce(0, +) / Double(max(count, 1))
    var centred = Matrix<Double>(rows: count, columns: count, repeating: 0)
    for i in 0..<count {
      for j in 0..<count { centred[i, j] = -(squares[i][j] - means[i] - means[j] + mean) / 2 }
    }
    return centred
  }

  private static func stress(_ distances: [[Double]], _ coordinates: [[Double]]) -> Double? {
    var (misfit, total) = (0.0, 0.0)
    for i in distances.indices {
      for j in distances.indices where j > i {
        let squared = zip(coordinates[i], coordinates[j]).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        let error = distances[i][j] - squared.squareRoot()
        misfit += error * error
        total += distances[i][j] * distances[i][j]
      }
    }
    return total > 0 ? (misfit / total).squareRoot() : nil
  }
}
