internal import Distribution
internal import Files
public import Statistics
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
/// Solved by C w = 1 with C = Z Zᵀ, Z = [t_j - tᵢ], C regularised by ε tr(C), and w scaled to sum 1: the weights do not
/// depend on the rows' unit (C in Float where its trace is above 1e-28, in Double otherwise).
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
    self.graph = graph
    let workers = Workers.current
    guard !workers.areThreadsOnly else {
      (weights, relativeErrors) = Self.solve(matrix, graph, 0..<graph.count, options)
      return
    }
    let key = BlockKey(
      "locally linear weights",
      [
        .floats(matrix.elements), .integers(graph.queries), .indices(graph.indices),
        .integers([matrix.rows, graph.k]), .text("\(options.regularisation)"),
      ])
    let block = 1024
    let blocks = workers.map(key, count: (graph.count + block - 1) / block) { index -> [Double] in
      let queries = index * block..<min((index + 1) * block, graph.count)
      let solved = Self.solve(matrix, graph, queries, options)
      // All weights, then all errors; an error is never NaN where it is defined.
      return solved.weights.map(Double.init) + solved.errors.map { $0 ?? .nan }
    }
    let parts = blocks.map { (numbers: $0, weights: $0.count / (graph.k + 1) * graph.k) }
    weights = parts.flatMap { part in part.numbers[..<part.weights].map { Float($0) } }
    relativeErrors = parts.flatMap { part in part.numbers[part.weights...].map { $0.isNaN ? nil : $0 } }
  }

  private static func solve(
    _ matrix: Matrix<Float>, _ graph: NeighbourGraph, _ queries: Range<Int>, _ options: LocallyLinearOptions
  ) -> (weights: [Float], errors: [Double?]) {
    let counter = JobProgress.current.counter(of: queries.count, "neighbourhoods")
    let parts: [(weights: [Float], errors: [Double?])] = parallelMap(count: (queries.count + 63) / 64) {
      part in
      defer { counter.add(64) }
      let start = queries.lowerBound + part * 64
      return solve(matrix, graph, start..<min(start + 64, queries.upperBound), options.regularisation)
    }
    return (parts.flatMap(\.weights), parts.flatMap(\.errors))
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
      if regularisation < smallestFloatRegularisation {
        gram = exactGram(matrix, row: graph.queries[query], neighbours: graph.neighbours(query))
      } else {
        system.gram(matrix, row: graph.queries[query], neighbours: graph.neighbours(query), into: &gram)
        if !isInReach(trace(gram, k)) {
          gram = exactGram(matrix, row: graph.queries[query], neighbours: graph.neighbours(query))
        }
      }
      let trace = trace(gram, k)
      let w = Self.weights(gram, k, trace: trace, regularisation)
      // ‖Σ wⱼ zⱼ‖² = wᵀ G w; equal weights give the mean of all entries.
      let equal = gram.reduce(0, +)
      errors.append(equal > 0 ? (max(energy(gram, w), 0) / equal).squareRoot() * Double(k) : nil)
      weights += w.map { Float($0) }
    }
    return (weights, errors)
  }

  /// The weights by C, [k x k].
  static func weights(_ gram: [Double], _ k: Int, trace: Double, _ regularisation: Double) -> [Double] {
    var regularised = gram
    for i in 0..<k { regularised[i * k + i] += trace > 0 ? regularisation * trace : regularisation }
    let solution = solveForOnes(&regularised, order: k)
    let sum = solution.reduce(0, +)
    return solution.map { $0 / sum }
  }

  /// Products in Float are off by some 10⁻⁷ of the trace; a system that is hardly regularised must not see that.
  private static let smallestFloatRegularisation = 1e-5

  private static func trace(_ gram: [Double], _ k: Int) -> Double {
    (0..<k).reduce(0.0) { $0 + gram[$1 * k + $1] }
  }

  /// Whether products in Float have neither overflowed nor lost what is below the smallest Float.
  private static func isInReach(_ trace: Double) -> Bool { trace > 1e-28 && trace.isFinite }

  /// Z Zᵀ in Double.
  private static func exactGram(
    _ matrix: Matrix<Float>, row: Int, neighbours: ArraySlice<Int32>
  ) -> [Double] {
    let own = matrix.elements[matrix.range(ofRow: row)]
    let differences = neighbours.map { neighbour in
      zip(matrix.elements[matrix.range(ofRow: Int(neighbour))], own).map { Double($0) - Double($1) }
    }
    return differences.flatMap { x in
      differences.map { y in zip(x, y).reduce(0.0) { $0 + $1.0 * $1.1 } }
    }
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
/// random halves of the tokens, whose neighbours and weights are found anew (``LocallyLinearHalves``); without them there is
/// no interval. *Null*: the second model's tokens permuted.
public struct LocallyLinearSimilarity: Sendable, Equatable, Codable {
  /// The mean cosine.
  public let meanCosine: Evaluation
  public let perToken: [Double]
  public let spread: Quantiles?
  /// Median relative reconstruction errors of the two models.
  public let medianErrorA: Double?
  public let medianErrorB: Double?

  /// - Parameters:
  ///   - a: the first model's weights over a full graph.
  ///   - b: the second model's, row i the same token in both.
  ///   - halves: of the same rows, for the interval.
  /// - Precondition: same k, same number of rows, every row a query.
  public init(
    _ a: LocallyLinearWeights, _ b: LocallyLinearWeights,
    _ options: LocallyLinearOptions = LocallyLinearOptions(), halves: LocallyLinearHalves? = nil
  ) {
    requireFull(a.graph, b.graph)
    let resampling = options.resampling
    let k = a.graph.k
    let unitA = Self.unitWeights(a)
    let unitB = Self.unitWeights(b)
    let key = BlockKey("locally linear weights", a.graph, b.graph).adding([.floats(unitA), .floats(unitB)])
    let (mean, perToken) = tokenMean(key, (a.graph, b.graph), resampling) { row, image in
      var sum = 0.0
      a.graph.forEachShared(with: b.graph, row: row, image: image) { own, theirs in
        sum += Double(unitA[row * k + own] * unitB[image[row] * k + theirs])
      }
      return sum
    }
    self.perToken = perToken
    meanCosine = halves?.evaluation(mean, \.cosine, least: -1) ?? mean
    spread = Quantiles(perToken)
    medianErrorA = Quantiles(a.relativeErrors.compactMap { $0 })?.median
    medianErrorB = Quantiles(b.relativeErrors.compactMap { $0 })?.median
  }

  /// The mean cosine alone.
  static func mean(_ a: LocallyLinearWeights, _ b: LocallyLinearWeights) -> Double {
    let (unitA, unitB, k, count) = (unitWeights(a), unitWeights(b), a.graph.k, a.graph.count)
    let identity = TokenImage(identity: count)
    var sum = 0.0
    for row in 0..<count {
      a.graph.forEachShared(with: b.graph, row: row, image: identity) { own, theirs in
        sum += Double(unitA[row * k + own] * unitB[row * k + theirs])
      }
    }
    return sum / Double(count)
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
