public import Files
public import Transformers

/// What is wrong with a prompt for a model.
public enum PromptError: Failure, Equatable {
  /// More tokens than the model was trained to attend over.
  case tooLong(file: String, place: String, tokens: Int, context: Int)
  /// More tokens than an encoder of sentences reads.
  case tooLongToEncode(file: String, place: String, tokens: Int, most: Int)
  /// No prompt at all.
  case none(file: String)
  /// The activations of a group of prompts can't be had.
  case group(file: String, prompts: Range<Int>, TransformerError)

  public var description: String {
    switch self {
    case .tooLong(let file, let place, let tokens, let context):
      "\(file): \(place): \(tokens) tokens, the model was trained on a context of \(context); shorten the text"
    case .tooLongToEncode(let file, let place, let tokens, let most):
      "\(file): \(place): \(tokens) tokens, the encoder reads \(most); shorten the text, or cut its end with --truncate"
    case .none(let file): "\(file): expected at least one prompt, found none"
    case .group(let file, let prompts, let error):
      "\(file): prompts \(prompts.lowerBound + 1) to \(prompts.upperBound): \(error)"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .tooLong, .tooLongToEncode: .misfit
    case .none: .usage
    case .group(_, _, let error): error.kind
    }
  }
}
