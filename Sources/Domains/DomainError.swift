public import Files

/// What can go wrong with domains and tasks: the place, the reason, expected and actual, and what to do.
public enum DomainError: Failure, Equatable {
  /// Data that a recipe needs are not on this machine; `remedy` is the command that brings them.
  case missing(what: String, place: String, remedy: String)
  /// Files of one domain that are each in order but do not belong together.
  case misfit(path: String, what: String, expected: String, actual: String)
  /// A task is not what it should be.
  case task(file: String, place: String, expected: String, actual: String, remedy: String)
  /// There is no set of tasks of this name in the package.
  case unknownTasks(name: String, known: [String])
  /// A task that no item of a domain has the texts for, or a domain that nothing is held out of.
  case empty(what: String, domain: String, reason: String)
  /// An option outside its range.
  case option(name: String, expected: String, actual: String)

  public var description: String {
    switch self {
    case .missing(let what, let place, let remedy): "\(what) not found at \(place); \(remedy)"
    case .misfit(let path, let what, let expected, let actual):
      "\(path): does not fit together: \(what): expected \(expected), found \(actual)"
    case .task(let file, let place, let expected, let actual, let remedy):
      "\(file): \(place): expected \(expected), found \(actual); \(remedy)"
    case .unknownTasks(let name, let known):
      "no set of tasks is called \"\(name)\": use one of \(known.joined(separator: ", ")), or the path of a file in YAML or JSON Lines"
        + suggestion(for: name, among: known)
    case .empty(let what, let domain, let reason): "\(what) of \(domain): none; \(reason)"
    case .option(let name, let expected, let actual): "option \(name): expected \(expected), got \(actual)"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .missing: .badInput
    case .misfit: .misfit
    case .task, .unknownTasks, .option: .usage
    case .empty: .notEvaluable
    }
  }
}
