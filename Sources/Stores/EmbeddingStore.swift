public import Tensors
public import Tokenizers

/// A model's embeddings and vocabulary as a file: `models/NAME.h5`.
///
/// ```
/// /                     sextant-embeddings 2.0.0
///   embedding/          @tied = 1 when the unembedding is the input embedding
///     input             F32 [vocabulary x d_model]
///     output            F32 [vocabulary x d_model], absent when tied
///   tokens/
///     form/             as the tokenizer file spells it: data U8 (UTF-8), offset I64 [vocabulary + 1]
///     bytes/            data U8, offset I64 [vocabulary + 1]
///     kind              U8 [vocabulary]: 0 normal, 1 control, 2 byte, 3 unused
///   provenance/         attributes
/// ```
/// Files of version 1 hold their text in other ways and are read as well; `sextant convert` writes them anew. The file stays
/// open, so the store is the same even when another import replaces it.
public struct EmbeddingStore: Sendable {
  static let input = "/embedding/input"
  static let output = "/embedding/output"
  static let form = "/tokens/form"
  static let bytes = "/tokens/bytes"
  static let kind = "/tokens/kind"

  private let reader: StoreReader
  public let vocabularySize: Int
  /// d_model.
  public let width: Int
  /// Whether the model uses its input embedding as unembedding.
  public let isTied: Bool
  public let provenance: Provenance

  /// Opens a store for reading and checks its structure.
  ///
  /// Cost: reads the vocabulary's part of the file, not the matrices; about 10 ms a 100,000 tokens.
  /// - Parameter allowUnsealed: also open a file that another tool wrote. Damage in such a file can take the
  ///   process down inside the HDF5 library, so only for files that you trust.
  /// - Throws: `StoreError` naming the element that is damaged, missing, unknown or refused.
  public static func open(_ path: String, allowUnsealed: Bool = false) throws(StoreError) -> EmbeddingStore {
    try EmbeddingStore(
      reader: StoreReader(path: path, expecting: .embeddings, allowUnsealed: allowUnsealed))
  }

  init(reader: StoreReader) throws(StoreError) {
    self.reader = reader
    let shape = try reader.shape(of: Self.input, type: "F32", rank: 2)
    (vocabularySize, width) = (shape[0], shape[1])
    isTied = try reader.integer("/embedding", "tied") != 0
    provenance = try Provenance(from: reader)
    if !isTied {
      let output = try reader.shape(of: Self.output, type: "F32", rank: 2)
      try Self.require(output, shape, of: Self.output, in: reader)
    }
    try Self.require([try reader.textCount(Self.form)], [vocabularySize], of: Self.form, in: reader)
    let kinds = try reader.shape(of: Self.kind, type: "U8", rank: 1)
    try Self.require(kinds, [vocabularySize], of: Self.kind, in: reader)
    let offsets = try reader.shape(of: Self.bytes + "/offset", type: "I64", rank: 1)
    try Self.require(offsets, [vocabularySize + 1], of: Self.bytes + "/offset", in: reader)
  }

  private static func require(
    _ actual: [Int], _ expected: [Int], of element: String, in reader: StoreReader
  ) throws(StoreError) {
    guard actual == expected else {
      throw reader.place(element).malformed("shape", expected: "\(expected)", actual: "\(actual)")
    }
  }

  public var path: String { reader.path }

  /// SHA-256 over the content, 64 hexadecimal digits: equal for equal numbers and tokens, whenever imported.
  public var identity: String { reader.identity }

  /// The file's tree, to be shown.
  public var fileDescription: FileDescription { reader.description }

  /// Rows of the input embedding E, [rows x d_model]; all without `rows`.
  /// - Precondition: the rows are within the vocabulary.
  /// - Throws: also when a number is not finite.
  public func readInput(rows: Range<Int>? = nil) throws(StoreError) -> Matrix<Float> {
    try reader.matrix(Self.input, rows: rows)
  }

  /// Rows of the unembedding U, [rows x d_model]: those of the input embedding when tied.
  /// - Precondition: the rows are within the vocabulary.
  public func readOutput(rows: Range<Int>? = nil) throws(StoreError) -> Matrix<Float> {
    try reader.matrix(isTied ? Self.input : Self.output, rows: rows)
  }

  /// The vocabulary, one token a row.
  public func readTokens() throws(StoreError) -> [Token] {
    let forms = try reader.strings(Self.form)
    let bytes = try reader.raggedBytes(Self.bytes)
    let kinds = try reader.vector(Self.kind, of: UInt8.self)
    var tokens: [Token] = []
    tokens.reserveCapacity(forms.count)
    for row in 0..<vocabularySize {
      guard let kind = TokenKind(rawValue: kinds[row]) else {
        throw reader.place(Self.kind).malformed("row \(row)", expected: "0...3", actual: "\(kinds[row])")
      }
      tokens.append(Token(id: row, form: forms[row], bytes: bytes[row], kind: kind))
    }
    return tokens
  }

  /// Everything in the store, to be written again; the matrices stay in the file until then.
  func content() throws(StoreError) -> EmbeddingContent {
    let rows = vocabularySize
    func source(_ read: @escaping @Sendable (Range<Int>) throws(StoreError) -> Matrix<Float>) -> RowSource {
      RowSource(rows: rows, columns: width) { (range: Range<Int>) throws(StoreError) in
        try read(range).elements
      }
    }
    return EmbeddingContent(
      input: source { (range: Range<Int>) throws(StoreError) in try readInput(rows: range) },
      output: isTied ? nil : source { (range: Range<Int>) throws(StoreError) in try readOutput(rows: range) },
      tokens: try readTokens(), provenance: provenance)
  }

  /// Reads everything as a user would, and compares it with the digests that were written with it.
  ///
  /// Cost: one pass over the file.
  /// - Throws: `StoreError.corrupt` naming the element that is not as it was written; `.malformed` for one that cannot be
  ///   used as it is: numbers that are not finite, offsets out of order, unknown kinds.
  public func verify() throws(StoreError) {
    try reader.verify()
    _ = try readTokens()
  }
}
