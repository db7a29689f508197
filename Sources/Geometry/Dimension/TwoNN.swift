internal import RealModule
public import Statistics
internal import Tensors

/// How the TwoNN estimator fits.
public struct TwoNNOptions: Sendable, Equatable, Codable {
  /// Share of the largest ratios that the line fit leaves out, in [0, 1). Larger values lean on small scales.
  public var discarded = 0.1
  public var resampling = Resampling()

  public init() {}
}

/// The intrinsic dimension of a cloud at the scale of two nearest neighbours.
///
/// With μ = r₂/r₁ and F(μ₍ᵢ₎) = i/N, log(1 - F) = -d log μ: a line through the origin fitted to all but the
/// largest 10 %. The maximum-likelihood form is d = (N-1)/Σ log μ. Facco, d'Errico, Rodriguez, Laio 2017.
/// O(n log n) given the graph. *Uncertainty*: random halves of the tokens, for which a full graph must be wider than 2
/// (``NeighbourGraph/width(forIntervalsOf:count:)``); without that there is no interval. *Null*: Gaussian clouds
/// of as many points, see ``against(_:)``.
///
/// *Copies and ties*: a token with r₁ = 0 has no ratio; it is left out and counted, and N counts the others. Copies
/// stay as neighbours of other tokens, for which they make r₁ = r₂: such a token stays with log μ = 0 and raises d.
public struct TwoNN: Sendable, Equatable, Codable {
  public let fitted: Evaluation
  public let maximumLikelihood: Evaluation
  /// Tokens left out because r₁ = 0.
  public let coincident: Int

  /// - Precondition: a Euclidean graph with k ≥ 2.
  public init(_ graph: NeighbourGraph, _ options: TwoNNOptions = TwoNNOptions()) {
    precondition(
      graph.metric == .euclidean && graph.k >= 2,
      "TwoNN needs a Euclidean graph with k ≥ 2, got \(graph.metric.rawValue) with k = \(graph.k)")
    let logs = Self.logRatios(graph)
    coincident = graph.count - logs.count
    guard logs.count >= 10, let largest = logs.last, largest > 0 else {
      let reason = Evaluation.notEvaluable(
        reason: "needs 10 tokens with distinct neighbours, got \(logs.count)")
      (fitted, maximumLikelihood) = (reason, reason)
      return
    }
    let resampling = options.resampling
    let discarded = options.discarded
    let splits = HalfSplits(count: graph.count, resampling)
    // In proportion, as LevinaBickel's.
    let errors = splits.standardErrors(of: [graph], k: 2, count: 2) { graphs, _ in
      let logs = Self.logRatios(graphs[0])
      return [Self.slope(logs, discarded), Self.likelihood(logs)].map { $0.map { .log($0) } }
    }
    func evaluation(_ statistic: @Sendable ([Double]) -> Double?, _ error: Double?) -> Evaluation {
      guard let value = statistic(logs), value.isFinite else {
        return .notEvaluable(reason: "nearest and second distances do not differ")
      }
      let estimate = Estimate(value: value, n: logs.count, confidence: resampling.confidence)
      // A few points of a cloud hardly share neighbours: they can be drawn again.
      return .estimate(
        graph.count < graph.candidates
          ? estimate.with(
            bootstrap(count: logs.count, resampling.ungrouped) { rows in
              statistic(rows.map { logs[$0] }.sorted())
            }, .bootstrap)
          : estimate.with(
            splits.interval(value, standardError: error.map { $0 * value }), .halfSplits, least: 0))
    }
    fitted = evaluation({ Self.slope($0, discarded) }, errors.first ?? nil)
    maximumLikelihood = evaluation(Self.likelihood, errors.last ?? nil)
  }

  /// log(r₂/r₁), ascending, of the queries with r₁ > 0.
  private static func logRatios(_ graph: NeighbourGraph) -> [Double] {
    (0..<graph.count).compactMap { query in
      let near = -Double(graph.similarities[query * graph.k])
      let next = -Double(graph.similarities[query * graph.k + 1])
      return near > 0 ? Double.log(next / near) : nil
    }.sorted()
  }

  /// (N-1)/Σ log μ.
  private static func likelihood(_ logs: [Double]) -> Double? {
    let sum = logs.reduce(0, +)
    return sum > 0 ? Double(logs.count - 1) / sum : nil
  }

  init(fitted: Evaluation, maximumLikelihood: Evaluation, coincident: Int) {
    self.fitted = fitted
    self.maximumLikelihood = maximumLikelihood
    self.coincident = coincident
  }

  /// The fit's slope for ascending logs.
  private static func slope(_ logs: [Double], _ discarded: Double) -> Double? {
    let used = Int((Double(logs.count) * (1 - discarded)).rounded(.down))
    var (xx, xy) = (0.0, 0.0)
    for rank in 0..<min(used, logs.count - 1) {
      xx += logs[rank] * logs[rank]
      xy -= logs[rank] * Double.log(1 - Double(rank + 1) / Double(logs.count))
    }
    return xx > 0 ? xy / xx : nil
  }
}
