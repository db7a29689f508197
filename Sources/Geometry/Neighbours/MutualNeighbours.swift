internal import Distribution
public import Statistics
internal import Tensors

/// How many nearest neighbours a token shares between two models.
///
///     mKNN = (1/n) Σᵢ |S_A(i) ∩ S_B(i)| / k
///
/// Huh, Cheung, Wang, Isola 2024. O(n k²), deterministic in the seed. The value grows with k and falls with n: compare it at
/// one k and n, or calibrated. *Uncertainty*: random halves of the tokens, for which the graphs must be wider than k
/// (``NeighbourGraph/width(forIntervalsOf:count:)``); without that there is no interval. Ties: see ``NeighbourGraph``.
/// *Null*: the second model's tokens permuted, K sampled permutations; its mean
/// is exactly k/(n-1).
public struct MutualNeighbours: Sendable, Equatable, Codable {
  public let overlap: Evaluation
  public let k: Int
  /// k/(n-1), the exact mean of the null.
  public let expectedByChance: Double
  /// |S_A(i) ∩ S_B(i)| / k for each token.
  public let perToken: [Double]

  /// - Parameters:
  ///   - a: full graph of the first model.
  ///   - b: full graph of the second model; row i is the same token in both.
  ///   - k: neighbours that count, nil for all of the graphs; those beyond serve the interval.
  /// - Precondition: graphs of at least k neighbours, same number of rows, every row a query.
  public init(
    _ a: NeighbourGraph, _ b: NeighbourGraph, k: Int? = nil, _ options: Resampling = Resampling()
  ) {
    let k = k ?? a.k
    requireFull(a, b, k: k)
    self.k = k
    expectedByChance = Double(k) / Double(a.candidates - 1)
    (overlap, perToken) = neighbourMean(
      "mutual neighbours", a, b, k: k, options, hasInterval: true
    ) { a, b, row, image in
      Double(a.shared(with: b, row: row, image: image)) / Double(a.k)
    }
  }
}

/// |S_A(i) ∩ S_B(i)| / k of each token, without what ``MutualNeighbours`` says of the mean.
func sharedNeighbours(_ a: NeighbourGraph, _ b: NeighbourGraph) -> [Double] {
  requireFull(a, b)
  let identity = TokenImage(identity: a.count)
  return parallelMap(count: a.count, chunk: 256) { row in
    Double(a.shared(with: b, row: row, image: identity)) / Double(a.k)
  }
}

/// Two full graphs over the same tokens.
func requireFull(_ a: NeighbourGraph, _ b: NeighbourGraph, k: Int? = nil) {
  precondition(
    (k.map { $0 > 0 && $0 <= min(a.k, b.k) } ?? (a.k == b.k)) && a.count == a.candidates
      && b.count == b.candidates && a.count == b.count,
    "graphs over the same tokens need k of \(k.map { "\($0)" } ?? "both") and all rows: k \(a.k) and \(b.k), \(a.count) of \(a.candidates) and \(b.count) of \(b.candidates) rows"
  )
}

extension MutualNeighbours: PairMeasure {
  public static let name = "mutual_knn"
  public static let version = 1
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning: "The share of a token's nearest neighbours that both models have, on average.",
    high:
      "High values mean that a token has the same nearest neighbours in both models: the local arrangement is shared, whatever the wholes look like.",
    cite:
      "Cite it centred, with k and the number of tokens, since chance is k over that number and both move the value."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { options.wideReach }

  public static func metrics(_ options: MeasureOptions) -> [Metric<MutualNeighbours>] {
    [
      Metric(
        "mutual_knn", "mutual \(options.neighbours)-NN overlap", .byCosine, isHeadline: true
      ) { $0.overlap }
    ]
  }

  public static func tokenColumns(_ options: MeasureOptions) -> [TokenColumn<MutualNeighbours>] {
    [
      TokenColumn("mutual_knn", "share of the token's \(options.neighbours) neighbours that both models have")
      {
        found, _ in found.perToken
      }
    ]
  }

  public static func measure(_ pair: PairBench) throws -> MutualNeighbours {
    let graphs = try pair.wideGraphs(k: pair.options.neighbours)
    return MutualNeighbours(graphs.a, graphs.b, k: pair.options.neighbours, pair.options.resampling)
  }
}
