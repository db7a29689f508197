public import Checkpoints
internal import Foundation
public import Stores
internal import Tensors
internal import Tokenizers

/// Writes the embedding store of a checkpoint: input embedding, unembedding, tokens and provenance.
///
/// Cost: one pass over the embedding tensors, in row blocks; nothing else of the checkpoint is read.
public func importCheckpoint(_ checkpoint: Checkpoint, name: String, hash: String, to path: String) throws {
  let tokenizer = try Tokenizer(checkpoint.tokenizerDefinition())
  let input = checkpoint.inputEmbedding
  let tokens = paddedVocabulary(tokenizer.vocabulary, rows: input.rows)
  let content = EmbeddingContent(
    input: RowSource(input), output: checkpoint.unembedding.map { RowSource($0) }, tokens: tokens,
    provenance: Provenance(
      sourceFile: URL(filePath: checkpoint.path).lastPathComponent, sourceSHA256: hash,
      architecture: checkpoint.architecture, quantisation: checkpoint.quantisation, modelName: name,
      tokenizerSHA256: EmbeddingContent.tokenizerSHA256(of: tokens), toolVersion: toolVersion,
      date: Date.now.ISO8601Format()))
  try content.write(to: path)
}

/// Embeddings often have more rows than the tokenizer has entries: the rest was never trained.
private func paddedVocabulary(_ tokens: [Token], rows: Int) -> [Token] {
  tokens.prefix(rows)
    + (min(tokens.count, rows)..<rows).map { Token(id: $0, form: "<unused\($0)>", bytes: [], kind: .unused) }
}

extension RowSource {
  /// The rows of a mapped tensor, dequantised block by block.
  init(_ matrix: PackedMatrix) {
    self.init(rows: matrix.rows, columns: matrix.columns) { (range: Range<Int>) throws(StoreError) in
      var rows = [Float](repeating: 0, count: range.count * matrix.columns)
      var span = rows.mutableSpan
      matrix.dequantise(rows: range, into: &span)
      return rows
    }
  }
}
