/// What can go wrong with a file that is read: the place, the reason, expected and actual.
public enum FileError: Failure, Equatable {
  /// The operating system refused an operation.
  case system(path: String, operation: String, reason: String)
  /// A file breaks its format at `offset` (in bytes).
  case malformed(path: String, offset: Int, what: String, expected: String, actual: String)
  /// The file is of another kind than the one that is wanted here; told from its first bytes.
  case otherKind(path: String, expected: String, actual: String, remedy: String?)
  /// A file that people write by hand breaks its schema at `place`.
  case entry(path: String, place: String, expected: String, actual: String)

  public var description: String {
    switch self {
    case .system(let path, let operation, let reason): "\(path): cannot \(operation): \(reason)"
    case .malformed(let path, let offset, let what, let expected, let actual):
      "\(path): byte \(offset): \(what): expected \(expected), found \(actual)"
    case .otherKind(let path, let expected, let actual, let remedy):
      "\(path): expected \(expected), found \(actual)" + (remedy.map { "; " + $0 } ?? "")
    case .entry(let path, let place, let expected, let actual):
      "\(path): \(place): expected \(expected), found \(actual)"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .system, .malformed, .otherKind: .badInput
    case .entry: .usage
    }
  }

  /// A file of another kind than the one wanted.
  package static func otherKind(path: String, expected: String, _ kind: FileKind) -> FileError {
    .otherKind(path: path, expected: expected, actual: kind.words, remedy: kind.remedy)
  }
}
