public import Files
public import Stores

/// What can go wrong with embedding language models: the place, the reason, expected and actual, and what to do.
public enum ElmError: Failure, Equatable {
  /// A vector of another width than the adapter reads.
  case width(expected: Int, actual: Int)
  /// Parts that are each in order but do not belong together.
  case misfit(what: String, expected: String, actual: String, remedy: String)
  /// An option outside its range, or one that the model cannot be given.
  case option(name: String, expected: String, actual: String)
  /// There is no file of this name.
  case missing(name: String, path: String)
  /// The data give no answer.
  case notEvaluable(what: String, reason: String)
  /// A run of other options, model, domain or tasks keeps its state where this one would.
  case otherRun(path: String, what: String, expected: String, actual: String)
  /// A file that a run keeps cannot be read or written.
  case file(StoreError)

  public var description: String {
    switch self {
    case .width(let expected, let actual):
      "a vector of \(actual) numbers for a model that reads \(expected); take one of the domain that it was trained on"
    case .misfit(let what, let expected, let actual, let remedy):
      "\(what): expected \(expected), found \(actual); \(remedy)"
    case .option(let name, let expected, let actual): "option \(name): expected \(expected), got \(actual)"
    case .missing(let name, let path):
      "the embedding language model \(name) not found at \(path); train it with `sextant elm fit`, or give the "
        + "path of its file"
    case .notEvaluable(let what, let reason): "\(what): not evaluable, because \(reason)"
    case .otherRun(let path, let what, let expected, let actual):
      "\(path): \(what): this run has \(expected), the one that is kept there \(actual); give the options that it "
        + "began with, another --name, or remove the file"
    case .file(let error): error.description
    }
  }

  public var kind: FailureKind {
    switch self {
    case .width, .misfit, .otherRun: .misfit
    case .option: .usage
    case .missing: .badInput
    case .notEvaluable: .notEvaluable
    case .file(let error): error.kind
    }
  }
}
