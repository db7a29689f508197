/// What can go wrong with contrast sets and steering vectors: the place, the reason and what to do.
public enum SteeringError: Error, Equatable, CustomStringConvertible {
  /// A file could not be read or written.
  case file(path: String, operation: String, reason: String)
  /// A contrast set is not what it should be.
  case contrastSet(file: String, place: String, expected: String, actual: String, remedy: String)
  /// There is no contrast set of this name in the package.
  case unknownContrastSet(name: String, known: [String])

  public var description: String {
    switch self {
    case .file(let path, let operation, let reason):
      "\(path): cannot \(operation): \(reason)"
    case .contrastSet(let file, let place, let expected, let actual, let remedy):
      "\(file): \(place): expected \(expected), found \(actual); \(remedy)"
    case .unknownContrastSet(let name, let known):
      "no contrast set is called \"\(name)\": use one of \(known.joined(separator: ", ")), or the path of a JSON file"
    }
  }
}
