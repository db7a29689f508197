internal import Distribution
internal import RealModule
public import Statistics

/// Jaccard overlap of a token's nearest neighbours in two models.
///
///     J = (1/n) Σᵢ |S_A(i) ∩ S_B(i)| / |S_A(i) ∪ S_B(i)|
///
/// Schumacher et al. 2021; ReSi benchmark (Klabunde et al. 2025). O(n k²), deterministic in the seed;
/// invariant to rotation and scale of either model. With s shared neighbours, a token counts s/(2k - s):
/// the same order as ``MutualNeighbours`` for each token, with more weight on tokens that share much.
/// *Uncertainty*: none, see that of ``MutualNeighbours``: halves of the tokens would overstate the error by a quarter where words have
/// several forms (docs/coverage.md). Ties: see ``NeighbourGraph``. *Null*: the second model's tokens permuted, K sampled permutations;
/// its mean is known exactly.
public struct NeighbourJaccard: Sendable, Equatable, Codable {
  public let overlap: Evaluation
  public let k: Int
  /// The exact mean of the null: s is hypergeometric, k drawn from n - 1 of which k count.
  public let expectedByChance: Double
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
    expectedByChance = Self.expected(k: k, others: a.candidates - 1)
    (overlap, perToken) = neighbourMean("Jaccard", a, b, k: k, options) { a, b, row, image in
      let shared = a.shared(with: b, row: row, image: image)
      return Double(shared) / Double(2 * k - shared)
    }
  }

  /// Σ P(s) s/(2k - s), with P from its ratios P(s+1)/P(s), scaled to sum 1.
  private static func expected(k: Int, others: Int) -> Double {
    let least = max(0, 2 * k - others)
    var logarithm = 0.0
    let logarithms = (least...k).map { s in
      defer {
        if s < k {
          let up = Double(k - s) * Double(k - s)
          logarithm += .log(up / (Double(s + 1) * Double(others - 2 * k + s + 1)))
        }
      }
      return logarithm
    }
    let largest = logarithms.max() ?? 0
    let weights = logarithms.map { Double.exp($0 - largest) }
    let mean = zip(least...k, weights).reduce(0) { $0 + $1.1 * Double($1.0) / Double(2 * k - $1.0) }
    return mean / weights.reduce(0, +)
  }
}

extension NeighbourJaccard: PairMeasure {
  public static let name = "jaccard"
  public static let version = 1
  public static let group: MeasureGroup? = .neighbourGraphs
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed, .strata]

  public static let concept: Concept? = Concept(
    meaning: "The neighbours that both models give a token, as a share of those that either gives.",
    high:
      "High values mean that the two sets of a token's neighbours are nearly one set; half of the neighbours shared are a third.",
    cite:
      "Cite it centred, or rather mutual k-NN, which says the same in shares that are easier to read."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { options.wideReach }

  public static func metrics(_ options: MeasureOptions) -> [Metric<Evaluation>] {
    [Metric("jaccard", "neighbours, Jaccard", .byCosine) { $0 }]
  }

  public static func measure(_ pair: PairBench) throws -> Evaluation {
    let graphs = try pair.wideGraphs(k: pair.options.neighbours)
    return NeighbourJaccard(graphs.a, graphs.b, k: pair.options.neighbours, pair.options.resampling).overlap
  }
}
