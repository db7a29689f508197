/// One of the vectors whose dose–response curve a validation measures in the target model; all have the same norm.
public enum Arm: Sendable, Hashable, Codable {
  /// Carried over from the source model.
  case transferred
  /// Extracted in the target itself: what steering can do here at all.
  case native
  /// The first direction of a null.
  case null(SteeringNull)
  /// The transferred vector with its sign flipped.
  case signFlip
  /// The target's own vector through a map from the target to itself.
  case selfTransfer

  /// The name in tables and figures.
  public var name: String {
    switch self {
    case .transferred: "transferred"
    case .native: "native"
    case .null(let null): "\(null.rawValue), 1 draw"
    case .signFlip: "sign flip"
    case .selfTransfer: "self-transfer"
    }
  }
}
