public import Files

/// What can be wrong with a file of words: place, reason, expected and actual.
public enum VocabularyError: Failure, Equatable {
  /// A file of words cannot be read.
  case file(path: String, reason: String)
  /// A line of a file of words, counted from 1, is not what its format asks for.
  case malformedLine(path: String, line: Int, expected: String, actual: String)

  public var description: String {
    switch self {
    case .file(let path, let reason):
      "\(path): \(reason); expected a readable file of words"
    case .malformedLine(let path, let line, let expected, let actual):
      "\(path), line \(line): expected \(expected), got \(actual); correct the line or fetch the file again"
    }
  }

  public var kind: FailureKind { .badInput }
}
