public import Tensors

/// Every measure of two neighbour graphs beyond their overlap, without the per-token values.
public struct NeighbourSimilarity: Sendable, Equatable, Codable {
  public let jaccard: Evaluation
  public let rankSimilarity: Evaluation
  public let secondOrderCosine: Evaluation
  /// Out along the first model's neighbours, home along the second's.
  public let cycle: Evaluation
  public let cknna: Evaluation
  public let hubnessOfFirst: Evaluation
  public let hubnessOfSecond: Evaluation

  /// Cost: O(n k²) a permutation for each measure but the second-order cosine, O(n k d).
  ///
  /// - Parameters:
  ///   - a: the first model's rows, with their full graph by cosine.
  ///   - b: the second model's, row i the same token.
  ///   - k: neighbours that count, nil for all of the graphs; those beyond serve the intervals.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: graphs of at least k neighbours, same number of rows, every row a query; the metric is cosine.
  public init(
    _ a: Matrix<Float>, _ graphA: NeighbourGraph, _ b: Matrix<Float>, _ graphB: NeighbourGraph, k: Int? = nil,
    _ options: Resampling = Resampling()
  ) throws(GeometryError) {
    jaccard = NeighbourJaccard(graphA, graphB, k: k, options).overlap
    rankSimilarity = RankSimilarity(graphA, graphB, k: k, options).similarity
    secondOrderCosine = try SecondOrderCosine(a, graphA, b, graphB, k: k, options).similarity
    cycle = CycleNeighbours(out: graphA, home: graphB, k: k, options).share
    cknna = CKNNA(graphA, graphB, k: k, options).alignment
    hubnessOfFirst = Hubness(graphA, k: k, options).skewness
    hubnessOfSecond = Hubness(graphB, k: k, options).skewness
  }
}
