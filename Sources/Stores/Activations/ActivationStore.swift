import Foundation
public import Tensors

/// Activations of a model on prompts, as a file that `sextant activations` writes.
///
/// ```
/// /                 sextant-activations 2.0.0
///   residualPost/   a group a site
///     12            F32 or F16 [rows x d_model], a matrix a block; rows are tokens (positions all) or prompts
///   sentence/       in place of sites, where an encoder of sentences made a vector of each text
///     mean          by the way in which it was pooled
///   prompts/        data U8 (UTF-8), offset I64 [prompts + 1]
///   source/         @model, @model-sha256, @tokenizer-sha256, @chat-template, @positions, @points
///   tokens/
///     id            I32 [tokens], prompt after prompt
///     offset        I64 [prompts + 1]: prompt i has the tokens offset[i] ..< offset[i + 1]
/// ```
/// Matrices lie in chunks of rows and have no greatest number of rows, so other tools can add to a copy.
public struct ActivationStore: Sendable {
  public let record: ActivationRecord
  private let reader: StoreReader

  /// Opens a file for reading and checks its structure; no matrix is read.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String) throws(StoreError) -> ActivationStore {
    try ActivationStore(StoreReader(path: path, expecting: .activations, allowUnsealed: false))
  }

  init(_ reader: StoreReader) throws(StoreError) {
    self.reader = reader
    record = try ActivationRecord(from: reader)
  }

  public var path: String { reader.path }

  /// The file's tree, to be shown.
  public var fileDescription: FileDescription { reader.description }

  /// Where each prompt's tokens begin, and behind the last.
  /// - Throws: also where they do not ascend to the number of tokens.
  public func tokenOffsets() throws(StoreError) -> [Int] {
    let element = ActivationRecord.tokens + "/offset"
    let offsets = try reader.vector(element, of: Int64.self, count: record.promptCount + 1)
    guard offsets.first == 0, offsets.last == Int64(record.tokenCount),
      zip(offsets, offsets.dropFirst()).allSatisfy({ $0 < $1 })
    else {
      throw reader.place(element).malformed(
        "offsets", expected: "ascending from 0 to \(record.tokenCount)", actual: "others")
    }
    return offsets.map { Int($0) }
  }

  /// The tokens of all prompts, one after the other.
  public func tokens() throws(StoreError) -> [Int32] {
    try reader.vector(ActivationRecord.tokens + "/id", of: Int32.self, count: record.tokenCount)
  }

  /// The texts, in the order of their rows.
  public func prompts() throws(StoreError) -> [String] { try reader.strings(ActivationRecord.prompts) }

  /// Rows of a point's matrix, all without `rows`: `[rows x d_model]`.
  ///
  /// Cost: the first time in a process also the digest of the whole matrix.
  /// - Parameter point: as ``ActivationRecord/points`` names it, such as `residualPost/12`.
  /// - Throws: `StoreError` for a point that is not there, and for numbers that are not as they were written.
  /// - Precondition: the rows are there.
  public func states(_ point: String, rows: Range<Int>? = nil) throws(StoreError) -> Matrix<Float> {
    guard record.points.contains(point) else {
      throw reader.place("/" + point).malformed(
        "matrix", expected: "one of \(record.points.joined(separator: ", "))", actual: "none of that name")
    }
    let element = "/" + point
    guard record.precision == .f16 else { return try reader.matrix(element, rows: rows) }
    let rows = rows ?? 0..<record.rowCount
    precondition(rows.lowerBound >= 0 && rows.upperBound <= record.rowCount, "rows \(rows) in \(element)")
    try reader.verifyOnce(element)
    let halves = try reader.unverifiedRows(element, of: Half.self, rows: rows, columns: record.width)
    let bits = halves.map(\.bits)
    let elements = HalfPrecision.floats(bits.span)
    return Matrix(rows: rows.count, columns: record.width, elements: elements)
  }

  /// Reads everything and compares it with the digests that were written with it.
  public func verify() throws(StoreError) {
    try reader.verify()
    _ = try tokenOffsets()
  }

  // MARK: - Going on

  /// A file that is there and can be gone on from; nil where nothing is.
  /// - Throws: `StoreError.exists` for a kind of file that cannot; as ``open(_:)``.
  public static func there(_ path: String, _ format: ActivationFormat) throws(StoreError) -> ActivationStore?
  {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    guard format == .h5 else { throw .exists(path: path) }
    return try open(path)
  }

  /// Makes sure that a record is this file's, or that of more prompts.
  /// - Parameter beginning: SHA-256 over the first prompts, as many as the file has; nil where there are fewer.
  /// - Throws: `StoreError.misfit` naming what differs.
  public func requireBeginning(of other: ActivationRecord, _ beginning: String?) throws(StoreError) {
    let hint = "delete it, or choose another name"
    try other.requireSettings(of: record, path: path, hint: hint)
    guard beginning == record.promptsSHA256 else {
      throw .misfit(
        path: path, what: "prompts",
        expected: "the first \(min(record.promptCount, other.promptCount)) of the \(other.promptCount) given",
        actual: "\(record.promptCount) that differ from them", hint: hint)
    }
  }

  // MARK: - Writing it anew

  /// The rows of a point as they lie in the file, block by block, held against their digest.
  func eachBlock<Number: HDF5Number>(
    of point: String, as _: Number.Type, _ body: (_ firstRow: Int, [Number]) throws(StoreError) -> Void
  ) throws(StoreError) {
    let element = "/" + point
    var digest = ContentDigest()
    let block = max(1, (8 << 20) / (record.width * record.precision.byteCount))
    for start in stride(from: 0, to: record.rowCount, by: block) {
      let rows = start..<min(record.rowCount, start + block)
      let values = try reader.unverifiedRows(element, of: Number.self, rows: rows, columns: record.width)
      digest.update(values)
      try body(start, values)
    }
    try reader.require(digest.finalized(), of: element)
  }

  /// The same content as a new file in the present format.
  func write(to output: String) throws(StoreError) {
    var writer = try ActivationWriter.begin(record, to: output, as: .h5)
    try writer.copy(self)
    let (prompts, tokens, offsets) = (try prompts(), try tokens(), try tokenOffsets())
    for (index, prompt) in prompts.enumerated() {
      try writer.add(prompt, tokens: tokens[offsets[index]..<offsets[index + 1]].map { Int($0) })
    }
    try writer.finish()
  }
}
