/// Which matched tokens take part.
public struct MatchOptions: Sendable, Equatable, Codable {
  public var lettersOnly = true
  public var wholeWords = false
  /// Tokens whose rows training has not told apart, and copies of other rows.
  public var untrained = UntrainedPolicy.leaveOut
  /// This share of tokens, those with the smallest norms, is dropped, with all whose norm is the same as the largest of
  /// theirs: they are mostly hardly trained.
  public var minimumNormQuantile = 0.005
  /// Only tokens that all models share, the same for every pair: then pairs can be held against each
  /// other.
  public var sharedByAll = false

  public init() {}
}

/// What is done with tokens that ``UntrainedTokens`` finds in either model.
public enum UntrainedPolicy: String, Sendable, Equatable, Codable, CaseIterable {
  case leaveOut = "leave-out"
  case keep
}
