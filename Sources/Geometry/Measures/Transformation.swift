/// What can be done to all rows of a space.
public enum Transformation: String, Sendable, Codable, CaseIterable {
  /// x Q with QᵀQ = I: rotations and reflections.
  case orthogonal
  /// c x, the same c > 0 for all rows.
  case scaling
  /// x + t, the same t for all rows.
  case translation
  /// x A with any invertible A.
  case invertibleLinear
  /// The columns in another order.
  case dimensionPermutation
  /// cᵢ xᵢ with cᵢ > 0: the rows' lengths.
  case rowScaling

  /// The head of its column in a table.
  public var title: String {
    switch self {
    case .orthogonal: "orthogonal"
    case .scaling: "scale"
    case .translation: "translation"
    case .invertibleLinear: "invertible linear"
    case .dimensionPermutation: "order of dimensions"
    case .rowScaling: "row lengths"
    }
  }
}
