public import Statistics

/// How unevenly tokens occur among the neighbours of others.
///
///     N_k(j) = #{i : j ∈ S(i)},  skewness = (1/n) Σ_j (N_k(j) - k)³ / σ³,  σ² = (1/n) Σ_j (N_k(j) - k)²
///
/// The mean of N_k is exactly k. A large skewness means hubs: a few tokens near everything, many near
/// nothing, which makes neighbour measures noisy and nearest-neighbour translation wrong. Radovanović,
/// Nanopoulos, Ivanović 2010.
///
/// O(n k), deterministic in the seed; invariant to whatever keeps the graph (rotation and scale).
/// *Uncertainty*: random halves of the tokens, for which the graphs must be wider than k
/// (``NeighbourGraph/width(forIntervalsOf:count:)``); without that there is no interval. Ties: see ``NeighbourGraph``. *Null*: each token's neighbours drawn at
/// random, so that N_k is binomial with n - 1 trials and p = k/(n-1); its skewness is known exactly.
public struct Hubness: Sendable, Equatable, Codable {
  public let skewness: Evaluation
  public let k: Int
  /// N_k(j) of each token.
  public let occurrences: [Int]
  /// The largest N_k.
  public let largest: Int
  /// The share of tokens that are nobody's neighbour (anti-hubs).
  public let antihubShare: Double

  /// - Parameters:
  ///   - wide: a full graph.
  ///   - k: neighbours that count, nil for all of the graph; those beyond serve the interval.
  /// - Precondition: every row a query, at least k neighbours.
  public init(_ wide: NeighbourGraph, k: Int? = nil, _ options: Resampling = Resampling()) {
    precondition(
      wide.count == wide.candidates, "\(wide.count) queries in a graph of \(wide.candidates) rows")
    let graph = wide.narrowed(to: k ?? wide.k)
    let occurrences = Self.occurrences(graph)
    self.occurrences = occurrences
    self.k = graph.k
    largest = occurrences.max() ?? 0
    antihubShare = Double(occurrences.count { $0 == 0 }) / Double(max(graph.count, 1))
    if let reason = wide.reasonAgainstTies("the model", k: graph.k) {
      skewness = .notEvaluable(reason: reason)
      return
    }
    guard let value = Self.skewness(occurrences, rows: occurrences.indices) else {
      skewness = .notEvaluable(reason: "every token occurs \(graph.k) times")
      return
    }
    let others = Double(graph.candidates - 1)
    let p = Double(graph.k) / others
    let null = NullDistribution(
      meaning: "each token's neighbours drawn at random",
      mean: (1 - 2 * p) / (others * p * (1 - p)).squareRoot())
    let splits = HalfSplits(count: graph.count, options)
    let error = splits.standardError(of: [wide], k: graph.k) { graphs, _ in
      let counts = Self.occurrences(graphs[0])
      return Self.skewness(counts, rows: counts.indices)
    }
    skewness = .estimate(
      Estimate(value: value, n: graph.count, confidence: options.confidence, null: null)
        .with(splits.interval(value, standardError: error), .halfSplits))
  }

  private static func occurrences(_ graph: NeighbourGraph) -> [Int] {
    var occurrences = [Int](repeating: 0, count: graph.count)
    for neighbour in graph.indices { occurrences[Int(neighbour)] += 1 }
    return occurrences
  }

  /// nil when the counts do not vary.
  private static func skewness(_ counts: [Int], rows: some Collection<Int>) -> Double? {
    let n = Double(rows.count)
    let mean = Double(rows.reduce(0) { $0 + counts[$1] }) / n
    var squares = 0.0
    var cubes = 0.0
    for row in rows {
      let difference = Double(counts[row]) - mean
      squares += difference * difference
      cubes += difference * difference * difference
    }
    guard squares > 0 else { return nil }
    let variance = squares / n
    return cubes / n / (variance * variance.squareRoot())
  }
}

extension Hubness: SpaceMeasure {
  public static let name = "hubness"
  public static let version = 1
  public static let group: MeasureGroup? = .neighbourGraphs
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning:
      "How unevenly tokens are neighbours of others: the skewness of how often each is one; high where a "
      + "few are everybody's.",
    high:
      "High values mean hubs: a few tokens are neighbours of very many and many of none, which makes neighbours noisy and translation by nearest rows wrong.",
    cite:
      "Cite it in the gauge in which you cite neighbours, since centring removes much of it."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { options.wideReach }

  public static func metrics(_ options: MeasureOptions) -> [Metric<Evaluation>] {
    [Metric("hubness_{side}", "hubness of {model}", .byCosine) { $0 }]
  }

  public static func measure(_ space: SpaceView) throws -> Evaluation {
    let graph = try space.bench.wideGraph(in: space.gauge, k: space.options.neighbours)
    return Hubness(graph, k: space.options.neighbours, space.options.resampling).skewness
  }
}
