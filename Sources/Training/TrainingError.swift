public import Files
public import Stores

/// What can go wrong while something is trained.
public enum TrainingError: Failure, Equatable {
  /// An option outside its range.
  case option(name: String, expected: String, actual: String)
  /// There is nothing to learn from.
  case noExamples(what: String)
  /// A batch in which nothing is predicted.
  case noTargets(step: Int)
  /// The loss or its gradient became infinite or not a number.
  case notFinite(what: String, step: Int)
  /// A batch that another rank of the job could not compute.
  case otherRank(step: Int)
  /// A checkpoint of another run.
  case otherRun(path: String, what: String, expected: String, actual: String)
  /// The checkpoint cannot be read or written.
  case checkpoint(StoreError)
  /// A file could not be written.
  case output(OutputError)

  public var description: String {
    switch self {
    case .option(let name, let expected, let actual): "option \(name): expected \(expected), got \(actual)"
    case .noExamples(let what): "\(what): there is no example to learn from"
    case .noTargets(let step): "step \(step): none of its examples has a token to predict"
    case .notFinite(let what, let step):
      "step \(step): \(what) is not finite; take a smaller learning rate, or cut gradients to a smaller norm"
    case .otherRank(let step): "step \(step): another rank could not compute its batch; its message says why"
    case .otherRun(let path, let what, let expected, let actual):
      "\(path): \(what): this run has \(expected), the checkpoint \(actual); go on with what it was made with, or train to another file"
    case .checkpoint(let error): error.description
    case .output(let error): error.description
    }
  }

  public var kind: FailureKind {
    switch self {
    case .option: .usage
    case .noExamples, .noTargets, .notFinite: .notEvaluable
    case .otherRun: .misfit
    case .otherRank: .lost
    case .checkpoint(let error): error.kind
    case .output(let error): error.kind
    }
  }
}
