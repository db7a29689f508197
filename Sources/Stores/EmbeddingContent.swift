public import Tokenizers

/// What goes into an embedding store.
public struct EmbeddingContent: Sendable {
  /// The input embedding, [vocabulary x d_model].
  public var input: RowSource
  /// The unembedding, [vocabulary x d_model]; `nil` when it is tied to the input embedding.
  public var output: RowSource?
  /// One token a row, `tokens[i].id == i`.
  public var tokens: [Token]
  public var provenance: Provenance

  /// - Precondition: as many tokens as rows, in the order of the rows; both matrices of one shape.
  public init(input: RowSource, output: RowSource?, tokens: [Token], provenance: Provenance) {
    precondition(tokens.count == input.rows, "\(tokens.count) tokens for \(input.rows) rows")
    precondition(
      tokens.indices.allSatisfy { tokens[$0].id == $0 }, "tokens are not in the order of the rows")
    if let output {
      precondition(
        output.rows == input.rows && output.columns == input.columns,
        "unembedding \(output.rows) x \(output.columns), embedding \(input.rows) x \(input.columns)")
    }
    self.input = input
    self.output = output
    self.tokens = tokens
    self.provenance = provenance
  }

  /// Writes an embedding store; readers see the old file or the new one, never a part.
  ///
  /// Cost: one pass, memory for one block of rows (8 MiB) and the tokens.
  /// - Throws: `OutputError.locked` while another process writes the same file, as `StoreError.output`; `StoreError.malformed` for a
  ///   number that is not finite. The old file is whole then.
  public func write(to path: String) throws(StoreError) { try write(to: path, convertedFrom: nil) }

  /// - Parameter old: the file that is written anew, perhaps in its own place.
  func write(to path: String, convertedFrom old: StoreReader?) throws(StoreError) {
    var builder = try StoreBuilder.begin(
      path: path, encoding: .embeddings, writer: provenance.toolVersion)
    try builder.group("/embedding")
    try builder.set("tied", of: "/embedding", to: .integer(output == nil ? 1 : 0))
    try builder.matrix(EmbeddingStore.input, input)
    if let output { try builder.matrix(EmbeddingStore.output, output) }
    try builder.group("/tokens")
    try builder.text(EmbeddingStore.form, tokens.map(\.form))
    try builder.raggedBytes(EmbeddingStore.bytes, tokens.map(\.bytes))
    try builder.vector(EmbeddingStore.kind, tokens.map(\.kind.rawValue))
    try provenance.write(to: builder)
    try builder.finish(convertedFrom: old)
  }

  /// The hash of a vocabulary that `Provenance.tokenizerSHA256` states.
  public static func tokenizerSHA256(of tokens: [Token]) -> String {
    var digest = ContentDigest()
    digest.update(tokens.map(\.form))
    for token in tokens {
      digest.update([Int64(token.bytes.count)])
      digest.update(token.bytes)
    }
    digest.update(tokens.map(\.kind.rawValue))
    return digest.finalized()
  }
}
