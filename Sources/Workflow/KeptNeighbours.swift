internal import Distribution
internal import Foundation
public import Geometry
public import Stores
public import Tensors

/// Neighbour graphs of one store's rows, each kept in a file beside the store and found again.
public struct KeptNeighbours: GraphStore {
  public let store: EmbeddingStore
  /// As the user calls the store.
  public let name: String
  public let space: EmbeddingSpace
  /// Rows of the store that take part.
  public let rows: [Int]
  /// Called with what the user should know: a graph that cannot be kept.
  let warn: @Sendable (String) -> Void

  public init(
    _ store: EmbeddingStore, name: String, space: EmbeddingSpace, rows: [Int],
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.store, self.name, self.space, self.rows, self.warn) = (store, name, space, rows, warn)
  }

  /// The graph of the rows, from its file where there is one, otherwise searched for and kept.
  ///
  /// The file is bound to the store's hash, so that the graph of a store that was imported anew is never
  /// taken for this one's; what it says of itself is held against what is asked. A folder that cannot be written to costs
  /// only the search next time, and a word.
  ///
  /// - Parameters:
  ///   - matrix: the rows in the gauge, in the order of `rows`.
  ///   - gauge: a graph in one that is not plain is searched for and not kept.
  /// - Throws: as `Neighbours.graph(of:k:metric:)`; `StoreError` for a file that is damaged, or the graph of something else.
  public func graph(
    of matrix: Matrix<Float>, in gauge: Gauge, k: Int, metric: NeighbourMetric = .cosine
  ) throws -> NeighbourGraph {
    guard gauge.isPlain else { return try Neighbours.graph(of: matrix, k: k, metric: metric) }
    let kept = try kept(of: matrix, in: gauge, k: k, metric: metric)
    if let failure = kept.failure { warn("the neighbour graph is not kept: \(failure)") }
    return kept.graph
  }

  /// The same, with the reason for which the graph could not be kept; nil where it is.
  public func kept(
    of matrix: Matrix<Float>, in gauge: Gauge, k: Int, metric: NeighbourMetric = .cosine
  ) throws -> (graph: NeighbourGraph, failure: (any Error)?) {
    let path = path(in: gauge, k: k, metric: metric)
    let numbers = rows.map { Int32($0) }
    if Workers.current.decided(FileManager.default.fileExists(atPath: path)) {
      let found = try NeighbourStore.open(path)
      try found.requireFit(
        store: store, space: space.rawValue, normalisation: gauge.rawValue, metric: metric.rawValue,
        rows: numbers, k: k)
      let graph = NeighbourGraph(
        queries: Array(rows.indices), candidates: rows.count, k: k, metric: metric,
        indices: found.record.neighbours, similarities: found.record.similarities)
      return (graph, nil)
    }
    return try Workers.current.untilStored {
      let graph = try Neighbours.graph(of: matrix, k: k, metric: metric)
      guard Workers.current.isRoot else { return ((graph, nil), false) }
      do {
        try NeighbourRecord(
          store: StoreReference(name: name, identity: store.identity), space: space.rawValue,
          normalisation: gauge.rawValue, metric: metric.rawValue, rows: numbers, k: k,
          neighbours: graph.indices, similarities: graph.similarities, toolVersion: toolVersion
        ).write(to: path)
        return ((graph, nil), true)
      } catch {
        return ((graph, error), false)
      }
    }
  }

  /// Where a graph is kept.
  public func path(in gauge: Gauge, k: Int, metric: NeighbourMetric = .cosine) -> String {
    NeighbourStore.path(
      beside: store, space: space.rawValue, normalisation: gauge.rawValue, metric: metric.rawValue,
      rows: rows.map { Int32($0) }, k: k)
  }
}
