/// The list of methods.
public enum AlignmentMethods {
  /// All methods with their standard parameters, in the order of reports.
  public static let all: [any AlignmentMethod] = [
    LeastSquares(), Ridge(), ReducedRank(), Procrustes(), CanonicalCorrelationMap(), PartialWhitening(),
    LandmarkPCA(), RelativeMap(), LogitMatching(), TokenPursuitMethod(), LocalMethod(), UnsupervisedMethod(),
  ]

  /// Those that fit a matrix on anchors that are given.
  public static var linear: [any LinearMethod] { all.compactMap { $0 as? any LinearMethod } }

  /// The method of a name with its standard parameters; nil for an unknown name.
  public static func named(_ name: String) -> (any AlignmentMethod)? { all.first { $0.name == name } }
}
