internal import RealModule
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
/// O(n log n) given the graph. *Uncertainty*: bootstrap over tokens, the graph held fixed. *Null*: Gaussian clouds
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
    let logs: [Double] = (0..<graph.count).compactMap { query in
      let near = -Double(graph.similarities[query * graph.k])
      let next = -Double(graph.similarities[query * graph.k + 1])
      return near > 0 ? Double.log(next / near) : nil
    }.sorted()
    coincident = graph.count - logs.count
    guard logs.count >= 10, let largest = logs.last, largest > 0 else {
      let reason = Evaluation.notEvaluable(
        reason: "needs 10 tokens with distinct neighbours, got \(logs.count)")
      (fitted, maximumLikelihood) = (reason, reason)
      return
    }
    let resampling = options.resampling
    let discarded = options.discarded
    fitted = Self.evaluation(
      Self.slope(logs, Array(repeating: 1, count: logs.count), discarded),
      n: logs.count,
      bootstrap(count: logs.count, resampling) { rows in
        var counts = [Int](repeating: 0, count: logs.count)
        for row in rows { counts[row] += 1 }
        return Self.slope(logs, counts, discarded)
      }, resampling)
    let likelihood: @Sendable (Double) -> Double = { Double(logs.count - 1) / Double(logs.count) / $0 }
    maximumLikelihood = Self.evaluation(
      likelihood(logs.reduce(0, +) / Double(logs.count)), n: logs.count,
      bootstrapOfMean(logs, resampling, transform: likelihood), resampling)
  }

  init(fitted: Evaluation, maximumLikelihood: Evaluation, coincident: Int) {
    self.fitted = fitted
    self.maximumLikelihood = maximumLikelihood
    self.coincident = coincident
  }

  /// The fit's slope for ascending logs, each present `counts` times.
  private static func slope(_ logs: [Double], _ counts: [Int], _ discarded: Double) -> Double? {
    let total = counts.reduce(0, +)
    let used = Int((Double(total) * (1 - discarded)).rounded(.down))
    var rank = 0
    var xx = 0.0
    var xy = 0.0
    for (log, count) in zip(logs, counts) {
      for _ in 0..<count where rank < min(used, total - 1) {
        rank += 1
        xx += log * log
        xy -= log * Double.log(1 - Double(rank) / Double(total))
      }
    }
    return xx > 0 ? xy / xx : nil
  }

  private static func evaluation(
    _ value: Double?, n: Int, _ spread: (standardError: Double, lower: Double, upper: Double)?,
    _ resampling: Resampling
  ) -> Evaluation {
    guard let value, value.isFinite else {
      return .notEvaluable(reason: "nearest and second distances do not differ")
    }
    return .estimate(
      Estimate(
        value: value, n: n, standardError: spread?.standardError, lower: spread?.lower,
        upper: spread?.upper, confidence: resampling.confidence, uncertainty: .bootstrap))
  }
}
