internal import Distribution
internal import Foundation
public import Geometry
public import Stores
public import Tensors

/// Neighbour graphs of one store's rows, each kept in a file beside the store and found again.
public struct KeptNeighbours: Sendable {
  public let store: EmbeddingStore
  /// As the user calls the store.
  public let name: String
  public let space: EmbeddingSpace
  /// Rows of the store that take part.
  public let rows: [Int]

  public init(_ store: EmbeddingStore, name: String, space: EmbeddingSpace, rows: [Int]) {
    (self.store, self.name, self.space, self.rows) = (store, name, space, rows)
  }

  /// The graph of the rows, from its file where there is one, otherwise searched for and kept.
  ///
  /// The file is bound to the store's hash, so that the graph of a store that was imported anew is never
  /// taken for this one's. A folder that cannot be written to costs only the search next time.
  ///
  /// - Parameter matrix: the rows after `normalisation`, in the order of `rows`.
  /// - Throws: as `Neighbours.graph(of:k:metric:)`; `StoreError` for a file that is damaged.
  public func graph(
    of matrix: Matrix<Float>, normalisation: Normalisation, k: Int, metric: NeighbourMetric = .cosine
  ) throws -> NeighbourGraph {
    let path = path(normalisation: normalisation, k: k, metric: metric)
    if Workers.current.decided(FileManager.default.fileExists(atPath: path)) {
      let record = try NeighbourStore.open(path).record
      return NeighbourGraph(
        queries: Array(rows.indices), candidates: rows.count, k: k, metric: metric,
        indices: record.neighbours, similarities: record.similarities)
    }
    let graph = try Neighbours.graph(of: matrix, k: k, metric: metric)
    guard Workers.current.isRoot else { return graph }
    try? NeighbourRecord(
      store: StoreReference(name: name, identity: store.identity), space: space.rawValue,
      normalisation: normalisation.rawValue, metric: metric.rawValue, rows: rows.map { Int32($0) }, k: k,
      neighbours: graph.indices, similarities: graph.similarities, toolVersion: toolVersion
    ).write(to: path)
    return graph
  }

  /// Where a graph is kept.
  public func path(normalisation: Normalisation, k: Int, metric: NeighbourMetric = .cosine) -> String {
    NeighbourStore.path(
      beside: store, space: space.rawValue, normalisation: normalisation.rawValue, metric: metric.rawValue,
      rows: rows.map { Int32($0) }, k: k)
  }
}
