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
    let parts: [(weights: [Float], errors: [Double?])] = parallelMap(count: (graph.count + 63) / 64) { part in
      Self.solve(matrix, graph, part * 64..<min((part + 1) * 64, graph.count), options.regularisation)
    }
    self.graph = graph
    weights = parts.flatMap(\.weights)
    relativeErrors = parts.flatMap(\.errors)
  }

  private static func solve(
    _ matrix: Matrix<Float>, _ graph: NeighbourGraph, _ queries: Range<Int>, _ regularisation: Double
  ) -> (weights: [Float], errors: [Double?]) {
    let k = graph.k
    var system = NeighbourSystem(count: k, columns: matrix.columns)
    var gram = [Double](repeating: 0, count: k * k)
    var weights: [Float] = []
    var errors: [Double?] = []
    for query in queries {
      system.gram(matrix, row: graph.queries[query], neighbours: graph.neighbours(query), into: &gram)
      let trace = (0..<k).reduce(0.0) { $0 + gram[$1 * k + $1] }
      var regularised = gram
      for i in 0..<k { regularised[i * k + i] += trace > 0 ? regularisation * trace : regularisation }
      let solution = solveForOnes(&regularised, order: k)
      let sum = solution.reduce(0, +)
      let w = solution.map { $0 / sum }
      // ‖Σ wⱼ zⱼ‖² = wᵀ G w; equal weights give the mean of all entries.
      let equal = gram.reduce(0, +)
      errors.append(equal > 0 ? (max(energy(gram, w), 0) / equal).squareRoot() * Double(k) : nil)
      weights += w.map { Float($0) }
    }
    return (weights, errors)
  }

  /// wᵀ G w.
  private static func energy(_ gram: [Double], _ w: [Double]) -> Double {
    let k = w.count
    var total = 0.0
    // Row i of G times wᵢ, all columns side by side: no sum has to wait for another.
    var columns = [Double](repeating: 0, count: k)
    for i in 0..<k {
      let weight = w[i]
      for j in 0..<k { columns[j] += weight * gram[i * k + j] }
    }
    for j in 0..<k { total += columns[j] * w[j] }
    return total
  }
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
