public import Files

/// What can go wrong with a step itself; what its parts throw passes through unchanged.
public enum WorkflowError: Failure, Equatable {
  /// A step is asked for something that does not exist.
  case option(of: String, name: String, expected: String, actual: String)
  /// Too little is shared to go on.
  case tooFewTokens(pair: String, count: Int, needed: Int)

  public var description: String {
    switch self {
    case .option(let step, let name, let expected, let actual):
      "\(step): \(name): expected \(expected), found \(actual)"
    case .tooFewTokens(let pair, let count, let needed):
      "\(pair): \(count) matched tokens pass the filter, at least \(needed) are needed; loosen `tokens`"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .option: .usage
    case .tooFewTokens: .notEvaluable
    }
  }
}
