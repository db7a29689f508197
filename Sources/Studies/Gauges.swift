public import Geometry
internal import Stores
internal import Tensors

/// How much of what a comparison finds is a matter of the gauge.
public struct GaugeResult: Sendable, Codable {
  /// One space in one gauge, held against the rows as they are.
  public struct Space: Sendable, Codable {
    public let model: String
    public let gauge: GaugeKind
    public let neighbourCosine: Evaluation
    /// Less the mean cosine of all pairs.
    public let corrected: Evaluation
    /// Against the raw rows; nil for these themselves.
    public let cosines: Evaluation?
    public let sharedNeighbours: Evaluation?
    public let nearestKept: Evaluation?
  }

  public let pair: GaugeComparison
  public let spaces: [Space]

  /// Cost: two graphs for each gauge of each space, O(n² d): about 4 minutes a pair of 45 000 tokens on two processors.
  init(_ a: ComparedSpace, _ b: ComparedSpace, k: Int, _ resampling: Resampling) throws {
    var options = GaugeTestOptions()
    options.k = k
    options.resampling = resampling
    // The causal inner product is that of the whole unembedding, not of the tokens that are compared.
    let gauges = try [a, b].map { side in
      Gauge.standard(
        unembedding: try side.unembedding ?? RowCovariance(side.neighbours.store.readOutput()))
    }
    pair = try GaugeComparison(a.rows, b.rows, gauges: (gauges[0], gauges[1]), options)
    spaces = try zip([a, b], gauges).flatMap { side, gauges in
      let test = try GaugeTest(side.rows, gauges: gauges, options)
      return test.views.map { view in
        let change = test.changes.first { $0.to == view.gauge }
        return Space(
          model: side.name, gauge: view.gauge, neighbourCosine: view.neighbours.meanCosine,
          corrected: view.neighbours.corrected, cosines: change?.cosines,
          sharedNeighbours: change?.sharedNeighbours, nearestKept: change?.nearestKept)
      }
    }
  }
}

/// How evenly one space fills its directions, and how long its rows are.
public struct IsotropyResult: Sendable, Codable {
  public let model: String
  public let isoScoreStar: IsoScoreStar
  public let partition: PartitionScore
  public let norms: NormsByRank

  /// Cost: O(n d²), and as much again for each of the partition score's null draws.
  init(_ space: ComparedSpace, _ resampling: Resampling) throws {
    model = space.name
    var star = IsoScoreStarOptions()
    // Embeddings have variances far below 1, on which shrinkage to the identity says nothing.
    star.target = .meanVariance
    star.interval = resampling.interval
    isoScoreStar = try IsoScoreStar(space.rows, star)
    var options = PartitionScoreOptions()
    options.seed = resampling.seed
    partition = try PartitionScore(space.rows, options)
    // Strata hold the tokens' ranks, which are what is asked about.
    var unstratified = resampling
    unstratified.strata = nil
    norms = try NormsByRank(space.rows, ranks: space.neighbours.rows, unstratified)
  }
}
