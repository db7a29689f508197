import Foundation
import Tensors

/// The nearest neighbours among rows of an embedding store.
public struct NeighbourRecord: Sendable, Equatable {
  public var store: StoreReference
  /// Which matrix: `input` or `output`.
  public var space: String
  /// What was done to the rows first: `raw`, `centred`, …
  public var normalisation: String
  /// `cosine` or `euclidean`.
  public var metric: String
  /// Rows of the store; neighbours were looked for among them.
  public var rows: [Int32]
  public var k: Int
  /// `neighbours[i * k ..< (i + 1) * k]`, positions in `rows`, belong to `rows[i]`, nearest first.
  public var neighbours: [Int32]
  /// Cosines, or minus the distances.
  public var similarities: [Float]
  public var toolVersion: String

  /// - Precondition: k neighbours and similarities for each row.
  public init(
    store: StoreReference, space: String, normalisation: String, metric: String, rows: [Int32], k: Int,
    neighbours: [Int32], similarities: [Float], toolVersion: String
  ) {
    precondition(
      neighbours.count == rows.count * k && similarities.count == neighbours.count,
      "\(rows.count) rows with k = \(k) and \(neighbours.count) neighbours, \(similarities.count) similarities"
    )
    self.store = store
    self.space = space
    self.normalisation = normalisation
    self.metric = metric
    self.rows = rows
    self.k = k
    self.neighbours = neighbours
    self.similarities = similarities
    self.toolVersion = toolVersion
  }
}

/// A neighbour graph as a file that is never changed, beside the store that it belongs to.
///
/// ```
/// /             sextant-neighbours 2.0.0, @store-name, @store-identity, @space, @normalisation, @metric
///   rows          I32 [n]
///   neighbours    I32 [n x k], positions in rows, nearest first
///   similarities  F32 [n x k]
/// ```
public struct NeighbourStore: Sendable {
  public let record: NeighbourRecord
  /// The file's tree, to be shown.
  public let fileDescription: FileDescription
  private let reader: StoreReader

  /// Where a graph belongs: `STORE.knnK-XXXXXXXX.h5`, the last part a hash of all that the neighbours depend on.
  public static func path(
    beside store: EmbeddingStore, space: String, normalisation: String, metric: String, rows: [Int32], k: Int
  ) -> String {
    var digest = ContentDigest()
    digest.update([store.identity, space, normalisation, metric, "ties at random"])
    digest.update(rows)
    let stem = store.path.hasSuffix(".h5") ? String(store.path.dropLast(3)) : store.path
    return "\(stem).knn\(k)-\(digest.finalized().prefix(8)).h5"
  }

  /// Opens a graph and reads it.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String) throws(StoreError) -> NeighbourStore {
    let reader = try StoreReader(path: path, expecting: .neighbours, allowUnsealed: false)
    return NeighbourStore(
      record: try NeighbourRecord(from: reader), fileDescription: reader.description, reader: reader)
  }

  /// Holds what the file says of itself against what is asked for.
  /// - Throws: `StoreError.misfit` naming what differs.
  public func requireFit(
    store: EmbeddingStore, space: String, normalisation: String, metric: String, rows: [Int32], k: Int
  ) throws(StoreError) {
    let pairs = [
      ("store", store.identity, record.store.identity), ("space", space, record.space),
      ("normalisation", normalisation, record.normalisation), ("metric", metric, record.metric),
      ("neighbours of a row", "\(k)", "\(record.k)"),
      ("rows", "\(rows.count)", "\(record.rows.count)"),
      ("rows", "those of \(store.path)", rows == record.rows ? "those of \(store.path)" : "others"),
    ]
    for (what, expected, actual) in pairs where expected != actual {
      throw .misfit(
        path: fileDescription.path, what: what, expected: expected, actual: actual,
        hint: "it is the graph of something else under this name; delete it, and it is made anew")
    }
  }

  /// Reads everything and compares it with the digests that were written with it.
  public func verify() throws(StoreError) { try reader.verify() }
}

extension NeighbourRecord {
  /// Writes a new file.
  ///
  /// - Throws: `StoreError.exists` when there is one already, `OutputError.locked` while another process
  ///   writes it.
  public func write(to path: String) throws(StoreError) { try write(to: path, convertedFrom: nil) }

  /// - Parameter old: the file that is written anew, perhaps in its own place.
  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    guard old?.path == path || !FileManager.default.fileExists(atPath: path) else {
      throw .exists(path: path)
    }
    let builder = try StoreBuilder.begin(path: path, encoding: .neighbours, writer: toolVersion)
    let texts = [
      ("store-name", store.name), ("store-identity", store.identity), ("space", space),
      ("normalisation", normalisation), ("metric", metric),
    ]
    for (name, text) in texts { try builder.set(name, of: "/", to: .text(text)) }
    try builder.vector("/rows", rows)
    try builder.table("/neighbours", neighbours, columns: k)
    try builder.table("/similarities", similarities, columns: k)
    try builder.finish(convertedFrom: old)
  }

  init(from reader: StoreReader) throws(StoreError) {
    let rows = try reader.vector("/rows", of: Int32.self)
    let (neighbours, k) = try reader.table("/neighbours", of: Int32.self, rows: rows.count)
    if let index = rows.firstIndex(where: { $0 < 0 }) {
      throw reader.place("/rows").malformed("entry \(index)", expected: "0 or more", actual: "\(rows[index])")
    }
    guard k >= 1, k < rows.count else {
      throw reader.place("/neighbours").malformed(
        "columns", expected: "1 to \(rows.count - 1), for \(rows.count) rows", actual: "\(k)")
    }
    let (similarities, columns) = try reader.table("/similarities", of: Float.self, rows: rows.count)
    guard columns == k else {
      throw reader.place("/similarities").malformed("columns", expected: "\(k)", actual: "\(columns)")
    }
    if let index = neighbours.firstIndex(where: { $0 < 0 || $0 >= rows.count }) {
      throw reader.place("/neighbours").malformed(
        "entry \(index)", expected: "0..<\(rows.count)", actual: "\(neighbours[index])")
    }
    try requireFinite(similarities, columns: max(k, 1), firstRow: 0, place: reader.place("/similarities"))
    self.init(
      store: StoreReference(
        name: try reader.text("/", "store-name"), identity: try reader.text("/", "store-identity")),
      space: try reader.text("/", "space"), normalisation: try reader.text("/", "normalisation"),
      metric: try reader.text("/", "metric"), rows: rows, k: k, neighbours: neighbours,
      similarities: similarities, toolVersion: try reader.text("/", StoreBuilder.writerKey))
  }
}
