internal import Distribution
public import Statistics

/// Does a hop to a neighbour in one model lead back in the other?
///
///     C = (1/n) #{i : i ∈ S_home(j) for some j ∈ S_out(i)}
///
/// Huh, Cheung, Wang, Isola 2024 (cycle-kNN of their code: out = B, home = A). It is not symmetric; swap the
/// graphs for the other direction. A hub among the neighbours loses the way back, so the value falls with
/// ``Hubness``.
///
/// O(n k²), deterministic in the seed; invariant to rotation and scale of either model. *Uncertainty*: none: nearly all tokens have
/// a way back in most spaces, and what is left of them does not shrink as halves of the tokens have it (docs/coverage.md). Ties: see
/// ``NeighbourGraph``. *Null*: the second model's tokens permuted, K sampled permutations.
public struct CycleNeighbours: Sendable, Equatable, Codable {
  /// The share of tokens with a way back.
  public let share: Evaluation
  public let k: Int
  /// 1 for a token with a way back, otherwise 0.
  public let perToken: [Double]

  /// - Parameters:
  ///   - out: the full graph of the first hop.
  ///   - home: the full graph of the second hop, of the same tokens.
  ///   - k: neighbours that count, nil for all of the graphs.
  /// - Precondition: graphs of at least k neighbours, same number of rows, every row a query.
  public init(
    out: NeighbourGraph, home: NeighbourGraph, k: Int? = nil, _ options: Resampling = Resampling()
  ) {
    let k = k ?? out.k
    requireFull(out, home, k: k)
    self.k = k
    (share, perToken) = neighbourMean("cycle neighbours", out, home, k: k, options) { out, home, row, image in
      let returns = out.neighbours(row).contains { home.isNeighbour(image[row], of: image[Int($0)]) }
      return returns ? 1 : 0
    }
  }
}

extension CycleNeighbours: PairMeasure {
  public static let name = "cycle_knn"
  public static let version = 1
  public static let group: MeasureGroup? = .neighbourGraphs
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning:
      "The share of tokens from which a hop to a neighbour in one model and one in the other lead back.",
    high:
      "High values mean that one hop to a neighbour in one model and one in the other lead back to where they began.",
    cite:
      "Cite it centred beside hubness, which takes ways back away; it saturates near 1 and has no interval, so it cannot tell good from very good."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { options.wideReach }

  public static func metrics(_ options: MeasureOptions) -> [Metric<Evaluation>] {
    [Metric("cycle_knn", "cycle k-NN", .byCosine) { $0 }]
  }

  public static func measure(_ pair: PairBench) throws -> Evaluation {
    let graphs = try pair.wideGraphs(k: pair.options.neighbours)
    return CycleNeighbours(out: graphs.a, home: graphs.b, k: pair.options.neighbours, pair.options.resampling)
      .share
  }
}
