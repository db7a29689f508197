/// The list of estimators.
public enum DirectionEstimators {
  /// All estimators, the standard one first.
  public static let all: [any DirectionEstimator] = [MeanDifference(), PrincipalComponent()]

  /// The estimator of a name, as files or as studies spell it; nil for an unknown one.
  public static func named(_ name: String) -> (any DirectionEstimator)? {
    all.first { $0.name == name || $0.word == name }
  }
}
