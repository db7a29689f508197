public import Files

/// What can go wrong with a study itself; what its parts throw passes through unchanged.
public enum StudyError: Failure, Equatable {
  /// The study file asks for something that does not exist.
  case study(path: String, place: String, expected: String, actual: String)
  /// Several things are wrong, which are told at once.
  case several(path: String, faults: [String], kind: FailureKind)
  /// One model under two names.
  case sameModel(first: String, second: String, hash: String)

  public var description: String {
    switch self {
    case .study(let path, let place, let expected, let actual):
      "\(path): \(place): expected \(expected), found \(actual)"
    case .several(let path, let faults, _):
      "\(path): \(faults.count) faults:\n" + faults.map { "- \($0)" }.joined(separator: "\n")
    case .sameModel(let first, let second, let hash):
      "\(first) and \(second) are one model (SHA-256 \(hash)): a study compares different ones; "
        + "`sextant layers` and `sextant compare` also take one twice"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .study: .usage
    case .several(_, _, let kind): kind
    case .sameModel: .misfit
    }
  }
}
