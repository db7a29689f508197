public import Checkpoints
import Foundation
public import Tensors
public import Tokenizers

/// What an import writes besides the numbers.
public struct ImportOptions: Sendable {
  /// Name and version of the program, such as `sextant 0.1.0`.
  public var toolVersion: String
  /// ISO 8601 in UTC; the present time where nothing is given.
  public var date: String
  /// SHA-256 of the source, where the caller knows it already; computed otherwise.
  public var sourceSHA256: String?
  /// What to call the model; what the checkpoint calls itself where nothing is given.
  public var modelName: String?

  public init(
    toolVersion: String, date: String? = nil, sourceSHA256: String? = nil, modelName: String? = nil
  ) {
    self.toolVersion = toolVersion
    self.modelName = modelName
    self.sourceSHA256 = sourceSHA256
    self.date = date ?? Date().formatted(.iso8601)
  }
}

extension EmbeddingContent {
  /// What a checkpoint has for an embedding store, still in the checkpoint's file: rows are decoded to F32
  /// block by block when the store is written.
  ///
  /// Vocabularies are often padded: a row without a token becomes an unused token, a token without a row
  /// (of a part that this checkpoint lacks) is left out; more of either than padding explains is an error.
  /// Cost: hashes the checkpoint's file, unless its hash is given.
  /// - Parameter tokens: the vocabulary in the order of its ids.
  /// - Throws: `StoreError.checkpoint` when there is no embedding or its rows and the tokens are of two models, and later,
  ///   when rows are read, for one that holds NaN or infinity, with its token; `.misfit` when embedding and unembedding
  ///   differ in shape.
  public init(
    checkpoint: Checkpoint, tokens: [Token], options: ImportOptions
  ) throws(StoreError) {
    let input = try checkpointErrors { () throws(CheckpointError) in try checkpoint.inputEmbedding }
    let output = try checkpointErrors { () throws(CheckpointError) in try checkpoint.unembedding }
    if let output, output.rows != input.rows || output.columns != input.columns {
      throw .misfit(
        path: checkpoint.path, what: "unembedding", expected: "\(input.rows) x \(input.columns)",
        actual: "\(output.rows) x \(output.columns)",
        hint: "only models with one vocabulary and one width can be imported")
    }
    let named = (tokens.lastIndex { $0.kind != .unused } ?? -1) + 1
    try checkpointErrors { () throws(CheckpointError) in
      try checkpoint.checkVocabulary(named, rows: input.rows)
    }
    let rows = Self.tokens(tokens, rows: input.rows)
    self.init(
      input: RowSource(input, tokens: rows), output: output.map { RowSource($0, tokens: rows) }, tokens: rows,
      provenance: Provenance(
        sourceFile: checkpoint.path.split(separator: "/").last.map(String.init) ?? checkpoint.path,
        sourceSHA256: options.sourceSHA256 ?? checkpoint.sha256(), architecture: checkpoint.architecture,
        quantisation: checkpoint.quantisation, modelName: options.modelName ?? checkpoint.name,
        tokenizerSHA256: Self.tokenizerSHA256(of: rows), toolVersion: options.toolVersion,
        date: options.date))
  }

  /// One token a row of the embedding: the vocabulary, cut or padded with unused tokens.
  package static func tokens(_ vocabulary: [Token], rows: Int) -> [Token] {
    let known = vocabulary.prefix(rows)
    return known
      + (known.count..<rows).map { Token(id: $0, form: "<row \($0)>", bytes: [], kind: .unused) }
  }
}

extension RowSource {
  /// A matrix that stays in its checkpoint and has a row for each token; a row that holds NaN or infinity is an error
  /// that names its token.
  init(_ packed: PackedMatrix, tokens: [Token]) {
    let source = RowSource(packed)
    let columns = packed.columns
    self.init(rows: packed.rows, columns: columns) { (range: Range<Int>) throws(StoreError) in
      let block = try source.read(range)
      guard let index = block.firstIndex(where: { !$0.isFinite }) else { return block }
      let row = range.lowerBound + index / columns
      throw .checkpoint(
        .malformed(
          path: packed.path, offset: packed.offset + row * packed.rowBytes,
          what: "row \(row) of \(packed.name), token \(tokens[row].form.debugDescription)",
          expected: "finite numbers", actual: "\(block[index])"))
    }
  }

  /// A matrix that stays in its checkpoint; blocks are decoded on all processors.
  public init(_ packed: PackedMatrix) {
    let columns = packed.columns
    self.init(rows: packed.rows, columns: columns) { (range: Range<Int>) throws(StoreError) in
      let chunk = max(1, 65_536 / max(1, columns))
      return Matrix<Float>.parallelRows(rows: range.count, columns: columns, chunk: chunk) { rows, elements in
        let first = range.lowerBound + rows.lowerBound
        packed.dequantise(rows: first..<first + rows.count, into: &elements)
      }.elements
    }
  }
}
