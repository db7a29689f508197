public import Tensors

/// Where a space's neighbour graphs come from and go to; files beside a store are one such place.
public protocol GraphStore: Sendable {
  /// The k nearest rows of every row.
  ///
  /// - Parameters:
  ///   - rows: in the gauge.
  ///   - gauge: names the graph; the rows are in it already.
  /// - Throws: as `Neighbours.graph(of:k:metric:)`, or for a kept graph that cannot be read.
  func graph(
    of rows: Matrix<Float>, in gauge: Gauge, k: Int, metric: NeighbourMetric
  ) throws -> NeighbourGraph
}

/// Graphs that are searched for whenever they are asked for, and kept nowhere.
public struct SearchedGraphs: GraphStore {
  public init() {}

  /// Searches: O(n² d).
  public func graph(
    of rows: Matrix<Float>, in gauge: Gauge, k: Int, metric: NeighbourMetric
  ) throws -> NeighbourGraph {
    try Neighbours.graph(of: rows, k: k, metric: metric)
  }
}
