/// The matrix of a model that is looked at.
public enum EmbeddingSpace: String, Sendable, Codable, CaseIterable {
  /// The rows that tokens enter with.
  case input
  /// The unembedding: the rows that make logits.
  case output

  /// The names, as options take them.
  public static var names: String { allCases.map(\.rawValue).joined(separator: " or ") }
}
