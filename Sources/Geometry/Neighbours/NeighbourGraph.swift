/// What "near" means.
public enum NeighbourMetric: String, Sendable, Codable, CaseIterable {
  /// Larger cosine is nearer; a zero row has cosine 0 to every row.
  case cosine
  /// Smaller Euclidean distance is nearer.
  case euclidean
}

/// The k nearest rows of each query row, nearest first, itself left out.
///
/// *Ties*: equally near rows come in an order that is random for each query and each matrix (seeded by the numbers of the
/// matrix), so the same search gives the same graph, and two models' choices among ties are independent: a measure of two
/// graphs counts a tie at its expectation plus the noise of one draw a token. Permuting the rows changes only that draw.
public struct NeighbourGraph: Sendable, Equatable {
  /// Rows that were asked about, in order; all rows in a full graph.
  public let queries: [Int]
  /// Rows that could be neighbours: the matrix' row count.
  public let candidates: Int
  /// Neighbours of each query.
  public let k: Int
  public let metric: NeighbourMetric
  /// Row numbers; `indices[q * k ..< (q + 1) * k]` belong to `queries[q]`.
  public let indices: [Int32]
  /// Cosines, or minus the distances: larger is nearer in either metric.
  public let similarities: [Float]

  /// - Precondition: `indices` and `similarities` hold k entries for each query.
  public init(
    queries: [Int], candidates: Int, k: Int, metric: NeighbourMetric, indices: [Int32],
    similarities: [Float]
  ) {
    precondition(
      indices.count == queries.count * k && similarities.count == indices.count,
      "\(queries.count) queries with k = \(k) need \(queries.count * k) entries, got \(indices.count) and \(similarities.count)"
    )
    self.queries = queries
    self.candidates = candidates
    self.k = k
    self.metric = metric
    self.indices = indices
    self.similarities = similarities
  }

  public var count: Int { queries.count }

  /// Rows near the query at this position, nearest first.
  public func neighbours(_ position: Int) -> ArraySlice<Int32> {
    indices[position * k..<(position + 1) * k]
  }

  /// Distances of a Euclidean graph, ascending.
  public func distances(_ position: Int) -> [Double] {
    similarities[position * k..<(position + 1) * k].map { -Double($0) }
  }

  /// The same graph with fewer neighbours.
  ///
  /// - Precondition: `0 < k ≤ self.k`.
  public func prefix(_ smaller: Int) -> NeighbourGraph {
    precondition(smaller > 0 && smaller <= k, "\(smaller) of \(k) neighbours")
    return NeighbourGraph(
      queries: queries, candidates: candidates, k: smaller, metric: metric,
      indices: queries.indices.flatMap { indices[$0 * k..<$0 * k + smaller] },
      similarities: queries.indices.flatMap { similarities[$0 * k..<$0 * k + smaller] })
  }

  /// The given queries only, by position.
  public func selecting(_ positions: [Int]) -> NeighbourGraph {
    NeighbourGraph(
      queries: positions.map { queries[$0] }, candidates: candidates, k: k, metric: metric,
      indices: positions.flatMap { indices[$0 * k..<($0 + 1) * k] },
      similarities: positions.flatMap { similarities[$0 * k..<($0 + 1) * k] })
  }
}
