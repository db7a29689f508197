internal import RealModule
public import Statistics

/// The intrinsic dimension of a cloud at one scale.
public struct GrideScale: Sendable, Equatable, Codable {
  /// The nearer of the two neighbours, k; the other is the 2k-th.
  public let neighbour: Int
  /// d with the standard error and normal interval of its likelihood; n counts tokens.
  public let dimension: Evaluation
  /// √(Σ sᵢ²) / I with each token's score sᵢ and the information I: the error that holds where the model of
  /// the ratios does not. Well above the likelihood's, it says that tokens do not share one dimension.
  public let robustError: Double?
  /// Mean of r_k and r_2k over the tokens, in the units of the embedding.
  public let radius: Double?
  /// Tokens left out because r_k = 0: k or more copies of them.
  public let coincident: Int
  /// Tokens with r_2k = r_k > 0, which stay: see ``Gride``.
  public let tied: Int
}

/// How the intrinsic dimension of a cloud changes with the scale it is looked at.
///
/// With μ = r_2k / r_k, the ratio of the distances to the 2k-th and the k-th neighbour, and locally constant
/// density, μ has the density d (μᵈ - 1)ᵏ⁻¹ / (B(k,k) μ^((2k-1)d+1)). d maximises the likelihood of the n
/// ratios; with n - 1 for n in the first term, which takes away the bias at k = 1, the derivative falls from +∞ to
/// -k Σ log μ, so there is exactly one root of
///
///     (n-1)/d + (k-1) Σ log μᵢ / (1 - μᵢ⁻ᵈ) - (2k-1) Σ log μᵢ = 0
///
/// found by Newton's method within a bracket, and with the observed information
///
///     I = n/d² + (k-1) Σ (log μᵢ)² μᵢᵈ / (μᵢᵈ - 1)²,  standard error 1/√I
///
/// Denti, Doimo, Laio, Mira 2022, "The generalized ratios intrinsic dimension estimator"; the same as dadapy's
/// `return_id_scaling_gride`, which besides drops ratios above q₅₀ + 20 (q₉₅ - q₅₀): here every ratio counts.
/// k = 1 gives the likelihood form of ``TwoNN``. All scales 1, 2, 4, … come from one Euclidean graph of at least twice as many neighbours: O(n) a Newton step, some
/// ten steps a scale; sums in Double, deterministic.
///
/// *Ties and copies*: a token with r_k = 0 has no ratio at that scale; it is left out and counted, and may
/// return at a larger one. Copies stay as neighbours of others, as equally far ones. A token with
/// r_2k = r_k > 0, by such copies or by rounding, has likelihood 0 for k > 1; it stays, through the limits 1/d
/// and 1/d² of its terms, and is counted. Ties raise d: where they are many, drop copies of rows first.
///
/// *Uncertainty*: normal interval from the likelihood, which takes tokens for independent, where the graph has a few of its rows as
/// queries. Of all rows, those near each other share neighbours, ever more so at larger k: there the error is the least
/// that it can be, and there is no interval.
/// *Null*: a Gaussian cloud of the same covariance and as many points, see ``against(_:)``.
public struct Gride: Sendable, Equatable, Codable {
  /// Ascending in k.
  public let scales: [GrideScale]

  /// - Parameters:
  ///   - graph: neighbours of all rows, or of a sample of them.
  ///   - options: the coverage of the intervals.
  /// - Precondition: a Euclidean graph with k ≥ 2.
  public init(_ graph: NeighbourGraph, _ options: IntervalOptions = IntervalOptions()) {
    precondition(
      graph.metric == .euclidean && graph.k >= 2,
      "GRIDE needs a Euclidean graph with k ≥ 2, got \(graph.metric.rawValue) with k = \(graph.k)")
    scales = sequence(first: 1) { $0 * 2 }.prefix { 2 * $0 <= graph.k }.map {
      Self.scale($0, graph, confidence: options.confidence)
    }
  }

  init(scales: [GrideScale]) {
    self.scales = scales
  }

  private static func scale(_ k: Int, _ graph: NeighbourGraph, confidence: Double) -> GrideScale {
    let similarities = graph.similarities.span
    var logs: [Double] = []
    logs.reserveCapacity(graph.count)
    var radii = 0.0
    for query in 0..<graph.count {
      let near = -Double(similarities[query * graph.k + k - 1])
      let far = -Double(similarities[query * graph.k + 2 * k - 1])
      radii += (near + far) / 2
      if near > 0 { logs.append(Double.log(far / near)) }
    }
    let fit = GrideFit(logs, k: k)
    let reach = normalQuantile((1 + confidence) / 2)
    let isSample = graph.count < graph.candidates
    return GrideScale(
      neighbour: k,
      dimension: fit.map {
        .estimate(
          Estimate(
            value: $0.dimension, n: logs.count, standardError: $0.error,
            lower: isSample ? max($0.dimension - reach * $0.error, 0) : nil,
            upper: isSample ? $0.dimension + reach * $0.error : nil, confidence: confidence,
            uncertainty: .likelihood))
      }
        ?? .notEvaluable(
          reason: "neighbours \(k) and \(2 * k) are equally far, or at distance 0, for all but "
            + "\(logs.count { $0 > 0 }) of \(graph.count) tokens; 10 are needed"),
      robustError: fit?.robustError, radius: graph.count > 0 ? radii / Double(graph.count) : nil,
      coincident: graph.count - logs.count, tied: logs.count { $0 == 0 })
  }
}

extension Gride: SpaceMeasure {
  public static let name = "gride"
  public static let version = 1
  public static let group: MeasureGroup? = .tokenProfiles
  public static let gauges: [Gauge] = [.raw]
  public static let task = "dimension_scales/{model}"
  public static let depends: Set<MeasureOptions.Field> = [.seed]
  public static let uses: [any SpaceMeasure.Type] = [DistanceDimensions.self]

  /// Neighbours of the nearer of each two: the farther is twice as far, the widest the 64th.
  private static let scales = [1, 2, 4, 8, 16, 32]

  public static let concept: Concept? = Concept(
    meaning:
      "The dimension at growing scales: where it falls with the scale, what the small ones see is noise.",
    high:
      "High values at a scale mean many dimensions there; a value that grows with the scale is one of noise or curvature rather than of a thin sheet.",
    cite:
      "Of raw rows; cite the whole curve beside that of the Gaussian clouds, never one scale."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] {
    [.euclidean: NeighbourGraph.width(forIntervalsOf: DistanceDimensions.neighbours, count: .max)]
  }

  public static func metrics(_ options: MeasureOptions) -> [Metric<Gride>] {
    scales.map { scale in
      Metric("gride_\(scale)", "GRIDE, neighbours \(scale) and \(2 * scale)", Invariance(.dimension, .shape))
      {
        found in found.scales.first { $0.neighbour == scale }?.dimension
      }
    }
  }

  public static func measure(_ space: SpaceView) throws -> Gride {
    let graph = try space.bench.wideGraph(
      in: space.gauge, k: DistanceDimensions.neighbours, metric: .euclidean)
    return Gride(graph).against(try space.finding(DistanceDimensions.self).gaussian)
  }
}

/// The maximum of the likelihood of log ratios at one scale.
struct GrideFit {
  let dimension: Double
  let error: Double
  let robustError: Double

  /// - Returns: nil when fewer than ten ratios differ from 1, or when they are too close to 1 for Double.
  init?(_ logs: [Double], k: Int) {
    guard logs.count(where: { $0 > 0 }) >= 10 else { return nil }
    // The root for k = 1, and a start of the right size for the others.
    let total = logs.reduce(0, +)
    var low = 0.0
    var high = Double.infinity
    var d = Double(logs.count - 1) / total
    for _ in 0..<200 {
      let (score, information) = Self.derivatives(logs, k, d)
      if score > 0 { low = d } else { high = d }
      let newton = d + score / information
      let next = newton > low && newton < high ? newton : high.isFinite ? (low + high) / 2 : 2 * d
      let step = abs(next - d)
      d = next
      if step <= 1e-13 * d { break }
    }
    let (_, information) = Self.derivatives(logs, k, d)
    guard d.isFinite, d > 0, information > 0, information.isFinite else { return nil }
    let squares = logs.reduce(0.0) {
      let score = Self.score($1, k, d)
      return $0 + score * score
    }
    dimension = d
    error = 1 / information.squareRoot()
    robustError = squares.squareRoot() / information
  }

  /// The corrected first derivative of the likelihood, and minus the second.
  private static func derivatives(_ logs: [Double], _ k: Int, _ d: Double) -> (Double, Double) {
    var score = -1 / d
    var information = 0.0
    for log in logs {
      score += Self.score(log, k, d)
      guard k > 1 else { continue }
      // (log μ)² μᵈ / (μᵈ - 1)² = (log μ / (2 sinh(d log μ / 2)))²
      let x = d * log / 2
      let term = x > 1e-8 ? (x < 350 ? log / (2 * Double.sinh(x)) : 0) : 1 / d
      information += Double(k - 1) * term * term
    }
    return (score, information + Double(logs.count) / (d * d))
  }

  /// One token's share of the first derivative.
  private static func score(_ log: Double, _ k: Int, _ d: Double) -> Double {
    let x = d * log
    let ratio = x > 1e-8 ? log / -Double.expMinusOne(-x) : 1 / d
    return 1 / d + Double(k - 1) * ratio - Double(2 * k - 1) * log
  }
}
