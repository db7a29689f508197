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
  /// - Parameters: matched rows, row i the same token in both, and their full graphs by cosine.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: same k, same number of rows, every row a query; the metric is cosine.
  public init(
    _ a: Matrix<Float>, _ graphA: NeighbourGraph, _ b: Matrix<Float>, _ graphB: NeighbourGraph,
    _ options: Resampling = Resampling()
  ) throws(GeometryError) {
    jaccard = NeighbourJaccard(graphA, graphB, options).overlap
    rankSimilarity = RankSimilarity(graphA, graphB, options).similarity
    secondOrderCosine = try SecondOrderCosine(a, graphA, b, graphB, options).similarity
    cycle = CycleNeighbours(out: graphA, home: graphB, options).share
    cknna = CKNNA(graphA, graphB, options).alignment
    hubnessOfFirst = Hubness(graphA, options).skewness
    hubnessOfSecond = Hubness(graphB, options).skewness
  }
}
