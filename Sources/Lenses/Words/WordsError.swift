public import Files
public import Transformers

/// Why a point can't be put into words.
public enum WordsError: Failure {
  /// What the model says.
  case model(TransformerError)
  /// A block that the model does not have.
  case layer(Int, blocks: Int)
  /// A point of another width.
  case width(expected: Int, actual: Int)
  /// A point without a direction, or with numbers that are none.
  case point(reason: String)
  /// Too few points to rank among.
  case others(expected: Int, actual: Int)
  /// A prompt that a point cannot be put into.
  case prompt(String, reason: String)
  /// An option outside its range.
  case option(name: String, expected: String, actual: String)

  public var description: String {
    switch self {
    case .model(let error): error.description
    case .layer(let layer, let blocks):
      "block \(layer) lies beyond the model, which has the blocks 0 … \(blocks - 1) (-1: what enters block 0)"
    case .width(let expected, let actual): "the point has \(actual) numbers, the model's width is \(expected)"
    case .point(let reason): "the point \(reason)"
    case .others(let expected, let actual):
      "\(actual) other points to rank among, expected at least \(expected); draw more, or ask for fewer"
    case .prompt(let prompt, let reason): "prompt \(prompt.debugDescription): \(reason)"
    case .option(let name, let expected, let actual): "option \(name): expected \(expected), got \(actual)"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .model(let error): error.kind
    case .layer, .width, .others: .misfit
    case .point: .badInput
    case .prompt, .option: .usage
    }
  }
}

/// Runs an operation of the model and reports its failure as one of words.
func wordsErrors<Result>(_ body: () throws(TransformerError) -> Result) throws(WordsError) -> Result {
  do throws(TransformerError) { return try body() } catch { throw .model(error) }
}
