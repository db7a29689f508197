package import Checkpoints
package import Stores
internal import Tensors

/// How large a model is, as far as it decides what steps cost.
package struct ModelSize: Sendable, Equatable {
  /// Tokens, and the width of their embeddings.
  package let rows: Int
  package let width: Int
  /// Of all its tensors; 0 where only a store is known.
  package var parameters = 0
  /// Of these tensors in their file.
  package var bytes = 0
  package var blocks = 0

  package init(rows: Int, width: Int) { (self.rows, self.width) = (rows, width) }

  package init(_ store: EmbeddingStore) { self.init(rows: store.vocabularySize, width: store.width) }

  /// Reads headers only.
  /// - Throws: for a checkpoint without an input embedding.
  package init(_ checkpoint: Checkpoint) throws {
    let embedding = try checkpoint.inputEmbedding
    self.init(rows: embedding.rows, width: embedding.columns)
    for name in checkpoint.tensorNames {
      guard let tensor = try? checkpoint.tensor(name) else { continue }
      parameters += tensor.rows * tensor.columns
      bytes += tensor.rows * tensor.rowBytes
    }
    blocks = (try? checkpoint.configuration.blockCount) ?? 0
  }
}

/// Two models, and how many tokens are compared.
package struct PairSizes: Sendable, Equatable {
  package let a: ModelSize
  package let b: ModelSize
  package let tokens: Int

  /// - Parameter tokens: nil takes nine tenths of the smaller vocabulary.
  package init(_ a: ModelSize, _ b: ModelSize, tokens: Int? = nil) {
    (self.a, self.b) = (a, b)
    self.tokens = tokens ?? min(a.rows, b.rows) * 9 / 10
  }
}
