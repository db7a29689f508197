/// How unevenly tokens occur among the neighbours of others.
///
///     N_k(j) = #{i : j ∈ S(i)},  skewness = (1/n) Σ_j (N_k(j) - k)³ / σ³,  σ² = (1/n) Σ_j (N_k(j) - k)²
///
/// The mean of N_k is exactly k. A large skewness means hubs: a few tokens near everything, many near
/// nothing, which makes neighbour measures noisy and nearest-neighbour translation wrong. Radovanović,
/// Nanopoulos, Ivanović 2010.
///
/// O(n k), deterministic in the seed; invariant to whatever keeps the graph (rotation and scale).
/// *Uncertainty*: bootstrap over tokens with the graph held fixed. *Null*: each token's neighbours drawn at
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

  /// - Parameter graph: a full graph.
  /// - Precondition: every row a query.
  public init(_ graph: NeighbourGraph, _ options: Resampling = Resampling()) {
    precondition(
      graph.count == graph.candidates, "\(graph.count) queries in a graph of \(graph.candidates) rows")
    var occurrences = [Int](repeating: 0, count: graph.count)
    for neighbour in graph.indices { occurrences[Int(neighbour)] += 1 }
    self.occurrences = occurrences
    k = graph.k
    largest = occurrences.max() ?? 0
    antihubShare = Double(occurrences.count { $0 == 0 }) / Double(max(graph.count, 1))
    guard let value = Self.skewness(occurrences, rows: occurrences.indices) else {
      skewness = .notEvaluable(reason: "every token occurs \(graph.k) times")
      return
    }
    let counts = occurrences
    let spread = bootstrap(count: graph.count, options) { Self.skewness(counts, rows: $0) }
    let others = Double(graph.candidates - 1)
    let p = Double(graph.k) / others
    let null = NullDistribution(
      meaning: "each token's neighbours drawn at random",
      mean: (1 - 2 * p) / (others * p * (1 - p)).squareRoot())
    skewness = .estimate(
      Estimate(
        value: value, n: graph.count, standardError: spread?.standardError, lower: spread?.lower,
        upper: spread?.upper, confidence: options.confidence, uncertainty: .bootstrap, null: null))
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
