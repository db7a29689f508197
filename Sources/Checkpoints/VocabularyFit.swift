extension Checkpoint {
  /// Whether tokens and rows of the embedding can belong together.
  ///
  /// Embeddings are padded to a round number of rows, and some checkpoints lack the last rows of added tokens (Gemma 3's
  /// text models have no row for the image token). A larger difference means that tokenizer and weights are of two models.
  /// - Throws: with both numbers, when rows exceed the tokens by 1024 and a sixteenth, or tokens the rows by more
  ///   than 16.
  public func checkVocabulary(_ tokens: Int, rows: Int) throws(CheckpointError) {
    let padding = rows - tokens
    guard padding >= -16 && (padding < 1024 || padding <= rows / 16) else {
      throw .malformed(
        path: path, offset: 0, what: "vocabulary",
        expected: "about \(rows) tokens, as the embedding has rows",
        actual: "\(tokens)")
    }
  }
}
