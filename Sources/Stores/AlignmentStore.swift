import Foundation
import Tensors

/// A fitted map as a file that is never changed: `alignments/A--B.METHOD.h5`.
///
/// ```
/// /                     sextant-alignment 2.0.0, @method, @space, @date
///   map/weights         F32 [d_A x d_B]; y = (x - meanA) · weights + meanB
///   map/mean-a          F32 [d_A]
///   map/mean-b          F32 [d_B]
///   match/row-a, row-b  I32 [pairs], rows of the two stores
///   match/reason        U8 [pairs], positions in match/reason-name
///   match/reason-name   text [reasons]
///   match/held-out      I32, positions in the match table
///   stores/             @name-a, @identity-a, @source-a (the checkpoint's SHA-256), @name-b, @identity-b, @source-b
///   options, scores     text, JSON
/// ```
public struct AlignmentStore: Sendable {
  /// Everything in the file.
  public let record: AlignmentRecord
  /// SHA-256 over the content, 64 hexadecimal digits: what a transferred vector names.
  public let identity: String
  /// The file's tree, to be shown.
  public let fileDescription: FileDescription
  private let reader: StoreReader

  public var path: String { fileDescription.path }

  /// Where the alignment of two stores by a method belongs: `FOLDER/A--B.METHOD.h5`.
  public static func path(folder: String, nameA: String, nameB: String, method: String) -> String {
    "\(folder)/\(nameA)--\(nameB).\(method).h5"
  }

  /// Opens an alignment and reads it.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String) throws(StoreError) -> AlignmentStore {
    let reader = try StoreReader(path: path, expecting: .alignment, allowUnsealed: false)
    return AlignmentStore(
      record: try AlignmentRecord(from: reader), identity: reader.identity,
      fileDescription: reader.description, reader: reader)
  }

  /// Opens an alignment for use with two stores.
  /// - Throws: `StoreError.misfit` when it was fitted on others.
  public static func open(
    _ path: String, a: EmbeddingStore, b: EmbeddingStore
  ) throws(StoreError) -> AlignmentStore {
    let alignment = try open(path)
    try alignment.requireFit(a: a, b: b)
    return alignment
  }

  /// - Throws: `StoreError.misfit` when the alignment was fitted on other stores than these.
  public func requireFit(a: EmbeddingStore, b: EmbeddingStore) throws(StoreError) {
    try requireFit(record.storeA, a, side: "A")
    try requireFit(record.storeB, b, side: "B")
  }

  private func requireFit(
    _ reference: StoreReference, _ store: EmbeddingStore, side: String
  ) throws(StoreError) {
    guard reference.identity == store.identity else {
      throw .misfit(
        path: path, what: "store \(side) (\(reference.name), given \(store.path))",
        expected: "identity \(reference.identity)", actual: store.identity,
        hint: "fit the alignment again on these stores, or name the stores that it was fitted on")
    }
  }

  /// Reads everything and compares it with the digests that were written with it.
  public func verify() throws(StoreError) { try reader.verify() }
}

extension AlignmentRecord {
  /// Writes a new alignment file.
  ///
  /// - Throws: `StoreError.exists` when there is one already, `OutputError.locked` while another process
  ///   writes it.
  public func write(to path: String) throws(StoreError) { try write(to: path, convertedFrom: nil) }

  /// - Parameter old: the file that is written anew, perhaps in its own place.
  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    guard old?.path == path || !FileManager.default.fileExists(atPath: path) else {
      throw .exists(path: path)
    }
    var builder = try StoreBuilder.begin(path: path, encoding: .alignment, writer: toolVersion)
    for (name, text) in [("method", method), ("space", space), ("date", date)] {
      try builder.set(name, of: "/", to: .text(text))
    }
    try builder.group("/map")
    try builder.matrix("/map/weights", RowSource(weights))
    try builder.vector("/map/mean-a", meanA)
    try builder.vector("/map/mean-b", meanB)
    try builder.group("/match")
    try builder.vector("/match/row-a", match.rowsA)
    try builder.vector("/match/row-b", match.rowsB)
    try builder.vector("/match/reason", match.reasons)
    try builder.strings("/match/reason-name", match.reasonNames)
    try builder.vector("/match/held-out", heldOut)
    try builder.group("/stores")
    for (side, store) in [("a", storeA), ("b", storeB)] {
      try builder.set("name-" + side, of: "/stores", to: .text(store.name))
      try builder.set("identity-" + side, of: "/stores", to: .text(store.identity))
      if let source = store.source { try builder.set("source-" + side, of: "/stores", to: .text(source)) }
    }
    try builder.string("/options", options)
    try builder.string("/scores", scores)
    try builder.finish(convertedFrom: old)
  }

  init(from reader: StoreReader) throws(StoreError) {
    let weights = try reader.matrix("/map/weights")
    let (rows, columns) = (weights.rows, weights.columns)
    let meanA = try reader.vector("/map/mean-a", of: Float.self, count: rows)
    let meanB = try reader.vector("/map/mean-b", of: Float.self, count: columns)
    try requireFinite(meanA, columns: 1, firstRow: 0, place: reader.place("/map/mean-a"))
    try requireFinite(meanB, columns: 1, firstRow: 0, place: reader.place("/map/mean-b"))
    let rowsA = try reader.vector("/match/row-a", of: Int32.self)
    let match = MatchTable(
      rowsA: rowsA,
      rowsB: try reader.vector("/match/row-b", of: Int32.self, count: rowsA.count),
      reasons: try reader.vector("/match/reason", of: UInt8.self, count: rowsA.count),
      reasonNames: try reader.strings("/match/reason-name"))
    let heldOut = try reader.vector("/match/held-out", of: Int32.self)
    self.init(
      method: try reader.text("/", "method"), space: try reader.text("/", "space"), weights: weights,
      meanA: meanA, meanB: meanB, storeA: try Self.store("a", in: reader),
      storeB: try Self.store("b", in: reader), match: match, heldOut: heldOut,
      options: try reader.string("/options"), scores: try reader.string("/scores"),
      toolVersion: try reader.text("/", StoreBuilder.writerKey), date: try reader.text("/", "date"))
    try checkPositions(in: reader)
  }

  private static func store(_ side: String, in reader: StoreReader) throws(StoreError) -> StoreReference {
    StoreReference(
      name: try reader.text("/stores", "name-" + side),
      identity: try reader.text("/stores", "identity-" + side),
      source: try reader.textIfThere("/stores", "source-" + side))
  }

  /// Positions must lie in the tables that they point into.
  private func checkPositions(in reader: StoreReader) throws(StoreError) {
    func check(_ element: String, _ values: [some BinaryInteger], below limit: Int) throws(StoreError) {
      guard let index = values.firstIndex(where: { $0 < 0 || $0 >= limit }) else { return }
      throw reader.place(element).malformed(
        "entry \(index)", expected: "0..<\(limit)", actual: "\(values[index])")
    }
    try check("/match/row-a", match.rowsA, below: Int(Int32.max))
    try check("/match/row-b", match.rowsB, below: Int(Int32.max))
    try check("/match/reason", match.reasons, below: match.reasonNames.count)
    try check("/match/held-out", heldOut, below: match.count)
  }
}
