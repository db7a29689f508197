internal import LinearAlgebra
public import Tensors

/// How the weights of locally linear reconstruction are solved.
public struct LocallyLinearOptions: Sendable, Equatable, Codable {
  /// ε in C + ε tr(C) I. Larger values pull the weights towards 1/k; needed when k > d or neighbours nearly
  /// coincide. Positive.
  public var regularisation = 1e-3
  public var resampling = Resampling()

  public init() {}
}

/// Locally linear weights: each row written as a weighted mean of its neighbours.
///
///     minimise ‖tᵢ - Σ_j w_ij t_j‖²  over the neighbours j of i,  Σ_j w_ij = 1
///
/// Solved by C w = 1 with C = Z Zᵀ, Z = [t_j - tᵢ], C regularised by ε tr(C), and w scaled to sum 1.
/// O(n k² d); Roweis, Saul 2000. Where all neighbours coincide with the row, C is taken as ε I, so that the
/// weights are equal. The neighbours' metric is the graph's; the weights use the rows as given.
public struct LocallyLinearWeights: Sendable, Equatable {
  /// Row numbers and order as in the graph.
  public let graph: NeighbourGraph
  /// `weights[q * k ..< (q + 1) * k]` of query q, in the order of its neighbours.
  public let weights: [Float]
  /// ‖tᵢ - Σ w_ij t_j‖ / ‖tᵢ - mean of its neighbours‖ for each query: 0 when the neighbours span the row,
  /// 1 when the weights do no better than equal ones, nil where that mean is the row itself.
  public let relativeErrors: [Double?]

  /// - Precondition: the graph was made of a matrix with as many rows.
  public init(
    _ matrix: Matrix<Float>, _ graph: NeighbourGraph,
    _ options: LocallyLinearOptions = LocallyLinearOptions()
  ) {
    precondition(
      graph.candidates == matrix.rows, "a graph of \(graph.candidates) rows with \(matrix.rows) rows")
    let solved: [(weights: [Float], error: Double?)] = parallelMap(count: graph.count, chunk: 64) {
      Self.solve(matrix, graph.queries[$0], graph.neighbours($0), options.regularisation)
    }
    self.graph = graph
    weights = solved.flatMap(\.weights)
    relativeErrors = solved.map(\.error)
  }

  private static func solve(
    _ matrix: Matrix<Float>, _ row: Int, _ neighbours: ArraySlice<Int32>, _ regularisation: Double
  ) -> (weights: [Float], error: Double?) {
    let k = neighbours.count
    let d = matrix.columns
    var differences: [Float] = []
    differences.reserveCapacity(k * d)
    let elements = matrix.elements.span
    for neighbour in neighbours {
      for column in 0..<d {
        differences.append(elements[Int(neighbour) * d + column] - elements[row * d + column])
      }
    }
    let gram = smallGram(differences, rows: k, columns: d)
    let trace = (0..<k).reduce(0.0) { $0 + gram[$1 * k + $1] }
    var system = gram
    for i in 0..<k { system[i * k + i] += trace > 0 ? regularisation * trace : regularisation }
    var weights = solvePositive(system, order: k)
    let sum = weights.reduce(0, +)
    weights = weights.map { $0 / sum }
    func error(_ w: [Double]) -> Double {
      var total = 0.0
      for i in 0..<k { for j in 0..<k { total += w[i] * w[j] * gram[i * k + j] } }
      return max(total, 0).squareRoot()
    }
    let equal = error(Array(repeating: 1 / Double(k), count: k))
    return (weights.map { Float($0) }, equal > 0 ? error(weights) / equal : nil)
  }
}

/// Z Zᵀ in Double.
private func smallGram(_ z: [Float], rows: Int, columns: Int) -> [Double] {
  var gram = [Double](repeating: 0, count: rows * rows)
  for i in 0..<rows {
    for j in 0...i {
      let value = innerProduct(
        z.span.extracting(i * columns..<(i + 1) * columns), z.span.extracting(j * columns..<(j + 1) * columns)
      )
      gram[i * rows + j] = value
      gram[j * rows + i] = value
    }
  }
  return gram
}

/// w with C w = 1, by Cholesky; C is small, symmetric and, once regularised, positive definite.
private func solvePositive(_ matrix: [Double], order k: Int) -> [Double] {
  var l = matrix
  for j in 0..<k {
    for p in 0..<j { l[j * k + j] -= l[j * k + p] * l[j * k + p] }
    l[j * k + j] = max(l[j * k + j], .leastNormalMagnitude).squareRoot()
    for i in j + 1..<max(k, j + 1) {
      for p in 0..<j { l[i * k + j] -= l[i * k + p] * l[j * k + p] }
      l[i * k + j] /= l[j * k + j]
    }
  }
  var w = [Double](repeating: 1, count: k)
  for i in 0..<k {
    for p in 0..<i { w[i] -= l[i * k + p] * w[p] }
    w[i] /= l[i * k + i]
  }
  for i in stride(from: k - 1, through: 0, by: -1) {
    for p in i + 1..<max(k, i + 1) { w[i] -= l[p * k + i] * w[p] }
    w[i] /= l[i * k + i]
  }
  return w
}

/// Do two models write a token with the same neighbours and weights?
///
/// Each token's weights are a sparse vector over the vocabulary; the score is the cosine of the two models'
/// vectors, so it mixes shared neighbours with agreement of their weights. Lee et al. 2025. *Uncertainty*:
/// bootstrap over tokens. *Null*: the second model's tokens permuted.
public struct LocallyLinearSimilarity: Sendable, Equatable, Codable {
  /// The mean cosine.
  public let meanCosine: Evaluation
  public let perToken: [Double]
  public let spread: Quantiles?
  /// Median relative reconstruction errors of the two models.
  public let medianErrorA: Double?
  public let medianErrorB: Double?

  /// - Parameters: weights over full graphs of the same tokens, row i the same token in both.
  /// - Precondition: same k, same number of rows, every row a query.
  public init(
    _ a: LocallyLinearWeights, _ b: LocallyLinearWeights,
    _ options: LocallyLinearOptions = LocallyLinearOptions()
  ) {
    requireFull(a.graph, b.graph)
    let resampling = options.resampling
    let k = a.graph.k
    let unitA = Self.unitWeights(a)
    let unitB = Self.unitWeights(b)
    (meanCosine, perToken) = tokenMean(count: a.graph.count, resampling) { row, image in
      var sum = 0.0
      a.graph.forEachShared(with: b.graph, row: row, image: image) { own, theirs in
        sum += Double(unitA[row * k + own] * unitB[image[row] * k + theirs])
      }
      return sum
    }
    spread = Quantiles(perToken)
    medianErrorA = Quantiles(a.relativeErrors.compactMap { $0 })?.median
    medianErrorB = Quantiles(b.relativeErrors.compactMap { $0 })?.median
  }

  private static func unitWeights(_ w: LocallyLinearWeights) -> [Float] {
    let k = w.graph.k
    return (0..<w.graph.count).flatMap { query -> [Float] in
      let part = w.weights[query * k..<(query + 1) * k]
      let norm = part.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      return part.map { norm > 0 ? Float(Double($0) / norm) : 0 }
    }
  }
}
