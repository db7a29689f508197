public import Stores
public import Tensors

/// The matrix of a model that is looked at.
public enum EmbeddingSpace: String, Sendable, Codable, CaseIterable {
  /// The rows that tokens enter with.
  case input
  /// The unembedding: the rows that make logits.
  case output

  /// The names, as options take them.
  public static var names: String { allCases.map(\.rawValue).joined(separator: " or ") }
}

extension EmbeddingStore {
  /// The matrix of a space, [vocabulary x d_model]; of tied ones there is one.
  /// - Throws: also when a number is not finite.
  public func rows(of space: EmbeddingSpace) throws(StoreError) -> Matrix<Float> {
    switch space {
    case .input: try readInput()
    case .output: try readOutput()
    }
  }
}
