internal import Distribution
public import Statistics

/// Do two models order a token's shared neighbours alike?
///
///     R = (1/n) Σᵢ (1/H_c) Σ_{j ∈ S_A(i) ∩ S_B(i)} 2 / ((1 + |r_A(j) - r_B(j)|) (r_A(j) + r_B(j)))
///
/// r(j) is the neighbour's rank from 1, c the number of shared neighbours and H_c = Σ_{m ≤ c} 1/m. Near ones
/// and equal ranks count most; a token that shares none counts 0. Wang et al. 2022; ReSi benchmark (Klabunde
/// et al. 2025). H_c is reached when the shared neighbours are the first c in both models, so the value does
/// not say how many are shared: read it beside ``MutualNeighbours``.
///
/// O(n k²), deterministic in the seed; invariant to rotation and scale of either model. *Uncertainty*: none: halves of the tokens
/// understate the error where words have several forms (95 % intervals cover 89 %, docs/coverage.md). Ties: see
/// ``NeighbourGraph``. *Null*: the second model's tokens permuted, K sampled permutations.
public struct RankSimilarity: Sendable, Equatable, Codable {
  public let similarity: Evaluation
  public let k: Int
  public let perToken: [Double]

  /// - Parameters:
  ///   - a: full graph of the first model.
  ///   - b: full graph of the second model; row i is the same token in both.
  ///   - k: neighbours that count, nil for all of the graphs.
  /// - Precondition: graphs of at least k neighbours, same number of rows, every row a query.
  public init(
    _ a: NeighbourGraph, _ b: NeighbourGraph, k: Int? = nil, _ options: Resampling = Resampling()
  ) {
    let k = k ?? a.k
    requireFull(a, b, k: k)
    self.k = k
    let harmonic = (0...k).map { count in (0..<count).reduce(0.0) { $0 + 1 / Double($1 + 1) } }
    (similarity, perToken) = neighbourMean("rank similarity", a, b, k: k, options) { a, b, row, image in
      var sum = 0.0
      var count = 0
      a.forEachShared(with: b, row: row, image: image) { own, theirs in
        sum += 2 / (Double(1 + abs(own - theirs)) * Double(own + theirs + 2))
        count += 1
      }
      return count > 0 ? sum / harmonic[count] : 0
    }
  }
}

extension RankSimilarity: PairMeasure {
  public static let name = "rank_similarity"
  public static let version = 1
  public static let group: MeasureGroup? = .neighbourGraphs
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning: "How much the order of the shared neighbours agrees, near ones counting most.",
    high:
      "High values mean that the neighbours that are shared also come in the same order.",
    cite:
      "Cite it centred and only beside mutual k-NN, as it does not say how many are shared."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { options.wideReach }

  public static func metrics(_ options: MeasureOptions) -> [Metric<Evaluation>] {
    [Metric("rank_similarity", "neighbours, rank similarity", .byCosine) { $0 }]
  }

  public static func measure(_ pair: PairBench) throws -> Evaluation {
    let graphs = try pair.wideGraphs(k: pair.options.neighbours)
    return RankSimilarity(graphs.a, graphs.b, k: pair.options.neighbours, pair.options.resampling).similarity
  }
}
