/// One of the vectors that a validation compares in the target model; all have the same norm.
public enum Arm: Sendable, Hashable, Codable {
  /// Carried over from the source model.
  case transferred
  /// Extracted in the target itself: what steering can do here at all.
  case native
  /// The source vector through a map that was fitted on shuffled token pairs.
  case shuffledMap(Int)
  /// An isotropic Gaussian direction.
  case random(Int)
  /// The transferred vector with its sign flipped.
  case signFlip
  /// The target's own vector through a map from the target to itself.
  case selfTransfer

  /// The name in tables and figures.
  public var name: String {
    switch self {
    case .transferred: "transferred"
    case .native: "native"
    case .shuffledMap(let index): "shuffled map \(index + 1)"
    case .random(let index): "random \(index + 1)"
    case .signFlip: "sign flip"
    case .selfTransfer: "self-transfer"
    }
  }
}
