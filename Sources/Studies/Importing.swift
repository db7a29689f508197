public import Checkpoints
internal import Foundation
internal import Stores

/// Writes the embedding store of a checkpoint: input embedding, unembedding, tokens and provenance.
///
/// Cost: one pass over the embedding tensors, in row blocks; nothing else of the checkpoint is read.
/// - Parameters:
///   - name: what the model is called in reports.
///   - hash: SHA-256 of the checkpoint's file.
/// - Returns: what the user should know of the embeddings and tokens that were taken, a sentence each.
@discardableResult
public func importCheckpoint(
  _ checkpoint: Checkpoint, name: String, hash: String, to path: String
) throws -> [String] {
  let vocabulary = try checkpoint.vocabulary()
  let options = ImportOptions(
    toolVersion: toolVersion, date: Date.now.ISO8601Format(), sourceSHA256: hash, modelName: name)
  try EmbeddingContent(checkpoint: checkpoint, tokens: vocabulary.tokens, options: options).write(to: path)
  return checkpoint.remarks + vocabulary.remarks
}
