internal import RealModule
public import Statistics

/// The intrinsic dimension by maximum likelihood from the distances to k neighbours.
///
///     dᵢ = (k-1) / Σ_{j<k} log(r_k / r_j)
///
/// Levina, Bickel 2004. The cloud's value combines the tokens by the harmonic mean, n / Σ 1/dᵢ (MacKay,
/// Ghahramani 2005). O(n k) given the graph. *Uncertainty*: random halves of the tokens, for which a
/// full graph must be wider than k; without that there is no interval. *Null*:
/// Gaussian clouds of as many points, see ``against(_:)``.
///
/// *Copies and ties*: a token with a neighbour at distance 0, or with all neighbours equally far, has no
/// estimate (nil) and is counted. Copies stay as neighbours of other tokens; equal distances short of r_k count
/// as they are.
public struct LevinaBickel: Sendable, Equatable, Codable {
  public let dimension: Evaluation
  /// dᵢ for each query; nil where distances vanish or do not differ.
  public let perToken: [Double?]
  public let spread: Quantiles?
  public let k: Int
  /// Tokens without an estimate.
  public let undefined: Int

  /// - Parameters:
  ///   - wide: a Euclidean graph.
  ///   - k: neighbours that count, nil for all of the graph; those beyond serve the interval.
  /// - Precondition: a Euclidean graph with k ≥ 2.
  public init(_ wide: NeighbourGraph, k: Int? = nil, _ options: Resampling = Resampling()) {
    let graph = wide.narrowed(to: k ?? wide.k)
    precondition(
      graph.metric == .euclidean && graph.k >= 2,
      "the estimate needs a Euclidean graph with k ≥ 2, got \(graph.metric.rawValue) with k = \(graph.k)")
    let inverses = Self.inverses(graph)
    let defined = inverses.compactMap { $0 }
    perToken = inverses.map { $0.map { 1 / $0 } }
    spread = Quantiles(defined.map { 1 / $0 })
    self.k = graph.k
    undefined = graph.count - defined.count
    guard !defined.isEmpty else {
      dimension = .notEvaluable(reason: "no token has \(graph.k) neighbours at distinct positive distances")
      return
    }
    let splits = HalfSplits(count: graph.count, options)
    // Fewer points see a smaller dimension, so what halves differ by is taken in proportion.
    let error = splits.standardError(of: [wide], k: graph.k) { graphs, _ in
      let inverses = Self.inverses(graphs[0]).compactMap { $0 }
      return .log(Double(inverses.count) / inverses.reduce(0, +))
    }
    let value = Double(defined.count) / defined.reduce(0, +)
    let estimate = Estimate(value: value, n: defined.count, confidence: options.confidence)
    // A few points of a cloud hardly share neighbours: they can be drawn again.
    dimension = .estimate(
      graph.count < graph.candidates
        ? estimate.with(bootstrapOfMean(defined, options.ungrouped) { 1 / $0 }, .bootstrap)
        : estimate.with(
          splits.interval(value, standardError: error.map { $0 * value }), .halfSplits, least: 0))
  }

  /// 1/dᵢ of each query.
  private static func inverses(_ graph: NeighbourGraph) -> [Double?] {
    (0..<graph.count).map { logRatios(graph.distances($0)).map { $0 / Double(graph.k - 1) } }
  }

  /// Σ log(r_k / r_j) over j < k of ascending distances; nil where one is 0 or all are equal.
  static func logRatios(_ distances: [Double]) -> Double? {
    guard let farthest = distances.last, distances[0] > 0 else { return nil }
    let sum = distances.dropLast().reduce(0) { $0 + Double.log(farthest / $1) }
    return sum > 0 ? sum : nil
  }

  init(dimension: Evaluation, perToken: [Double?], spread: Quantiles?, k: Int, undefined: Int) {
    self.dimension = dimension
    self.perToken = perToken
    self.spread = spread
    self.k = k
    self.undefined = undefined
  }
}
