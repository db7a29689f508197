import Foundation
import Tensors

/// A fitted lens as a file that is never changed: `models/NAME.KIND.lens.h5`.
///
/// ```
/// /             sextant-lens 2.0.0, @kind, @model-name, @model-sha256, @corpus-name, @corpus-sha256, @prompts, @seed, @date
///   layers      I32 [n], ascending; -1 is what enters block 0, l what leaves block l
///   matrices    F32 [n · d_model x d_model]; y = M h + b
///   offsets     F32 [n x d_model]
///   options     text, JSON
///   scores      text, JSON
/// ```
public typealias LensStore = RecordStore<LensRecord>

extension RecordStore where Record == LensRecord {
  /// What its name ends in.
  public static var ending: String { ".lens.h5" }

  /// Where the lens of a model belongs: `FOLDER/NAME.KIND.lens.h5`.
  public static func path(folder: String, model: String, kind: String) -> String {
    "\(folder)/\(model).\(kind)\(ending)"
  }

  /// Opens a lens and reads it; 4 n d² bytes.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String) throws(StoreError) -> LensStore {
    try open(path, as: .lens) { (reader) throws(StoreError) in try LensRecord(from: reader) }
  }
}

extension LensRecord: ModelRecord {
  public static var remedy: String {
    "fit a lens of this model with `sextant lens fit`, or name the model that it was fitted on"
  }

  /// Writes a new file.
  ///
  /// - Throws: `StoreError.exists` when there is one already, `OutputError.locked` while another process writes it.
  public func write(to path: String) throws(StoreError) { try write(to: path, convertedFrom: nil) }

  /// - Parameter old: the file that is written anew, perhaps in its own place.
  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    guard old?.path == path || !FileManager.default.fileExists(atPath: path) else {
      throw .exists(path: path)
    }
    var builder = try StoreBuilder.begin(path: path, encoding: .lens, writer: toolVersion)
    let texts = [
      ("kind", kind), ("model-name", model.name), ("model-sha256", model.identity), ("corpus-name", corpus),
      ("corpus-sha256", corpusSHA256), ("seed", "\(seed)"), ("date", date),
    ]
    for (name, text) in texts { try builder.set(name, of: "/", to: .text(text)) }
    try builder.set("prompts", of: "/", to: .integer(prompts))
    try builder.vector("/layers", layers)
    try builder.matrix("/matrices", RowSource(matrices))
    try builder.matrix("/offsets", RowSource(offsets))
    try builder.string("/options", options)
    try builder.string("/scores", scores)
    try builder.finish(convertedFrom: old)
  }

  init(from reader: StoreReader) throws(StoreError) {
    let layers = try reader.vector("/layers", of: Int32.self)
    guard let first = layers.first, first >= -1, zip(layers, layers.dropFirst()).allSatisfy(<) else {
      throw reader.place("/layers").malformed(
        "layers", expected: "at least one, from -1 on, ascending", actual: "\(layers)")
    }
    let matrices = try reader.matrix("/matrices")
    guard matrices.rows == layers.count * matrices.columns else {
      throw reader.place("/matrices").malformed(
        "rows", expected: "\(layers.count * matrices.columns), \(layers.count) square matrices",
        actual: "\(matrices.rows)")
    }
    let offsets = try reader.matrix("/offsets")
    guard offsets.rows == layers.count, offsets.columns == matrices.columns else {
      throw reader.place("/offsets").malformed(
        "shape", expected: "\(layers.count) x \(matrices.columns)",
        actual: "\(offsets.rows) x \(offsets.columns)")
    }
    let seed = try reader.text("/", "seed")
    guard let number = UInt64(seed) else {
      throw reader.place("/@seed").malformed("attribute", expected: "a whole number", actual: seed)
    }
    self.init(
      kind: try reader.text("/", "kind"),
      model: StoreReference(
        name: try reader.text("/", "model-name"), identity: try reader.text("/", "model-sha256")),
      layers: layers, matrices: matrices, offsets: offsets, corpus: try reader.text("/", "corpus-name"),
      corpusSHA256: try reader.text("/", "corpus-sha256"), prompts: try reader.integer("/", "prompts"),
      seed: number, options: try reader.string("/options"), scores: try reader.string("/scores"),
      toolVersion: try reader.text("/", StoreBuilder.writerKey), date: try reader.text("/", "date"))
  }
}
