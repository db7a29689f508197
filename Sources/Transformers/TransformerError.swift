public import Checkpoints
public import Files
public import Tokenizers

/// What can go wrong when a model is loaded or run: place, reason, expected and actual.
public enum TransformerError: Failure, Equatable {
  /// The checkpoint cannot be read.
  case checkpoint(CheckpointError)
  /// The checkpoint's tokenizer cannot be used.
  case tokenizer(TokenizerError)
  /// The model needs something that this version does not run.
  case unsupported(what: String, actual: String, supported: String)
  /// A tensor has another shape than the configuration says.
  case shape(tensor: String, expected: String, actual: String)
  /// A weight that is infinite or not a number.
  case weight(tensor: String, place: String, value: Float)
  /// A result that is infinite or not a number though all weights are finite.
  case notFinite(what: String, reason: String)
  /// More tokens than the model was trained to attend over.
  case contextLength(sequence: Int, length: Int, limit: Int)
  /// A token id outside the vocabulary.
  case token(sequence: Int, position: Int, id: Int, vocabularySize: Int)
  /// A sequence without tokens.
  case emptySequence(sequence: Int)
  /// A count that must equal another one.
  case count(what: String, expected: Int, actual: Int)
  /// An edit or an activation point that does not fit the model or the pass.
  case edit(place: String, reason: String)
  /// A position that its sequence does not have.
  case position(SequencePosition, length: Int)
  /// A sampling option outside its range.
  case option(name: String, expected: String, actual: String)

  public var description: String {
    switch self {
    case .checkpoint(let error): error.description
    case .tokenizer(let error): "tokenizer: \(error)"
    case .unsupported(let what, let actual, let supported):
      "\(what) \(actual) cannot be run; supported: \(supported)"
    case .shape(let tensor, let expected, let actual):
      "tensor \(tensor): expected \(expected) from the configuration, found \(actual); the file is damaged"
    case .weight(let tensor, let place, let value):
      "tensor \(tensor), \(place): expected a finite number"
        + (tensor == "rope_freqs.weight" ? " above 0" : "") + ", found \(value); the file is damaged"
    case .notFinite(let what, let reason):
      "\(what) holds a number that is not finite, though all weights are: \(reason)"
    case .contextLength(let sequence, let length, let limit):
      "sequence \(sequence) has \(length) tokens, the model was trained on a context of \(limit); shorten the text"
    case .token(let sequence, let position, let id, let size):
      "sequence \(sequence), position \(position): token \(id) is outside the vocabulary of \(size)"
    case .emptySequence(let sequence): "sequence \(sequence) is empty; give it at least one token"
    case .count(let what, let expected, let actual): "\(what): expected \(expected), got \(actual)"
    case .edit(let place, let reason): "edit at \(place): \(reason)"
    case .position(let place, let length):
      "sequence \(place.sequence) has \(length) positions, position \(place.position) was asked for"
    case .option(let name, let expected, let actual): "option \(name): expected \(expected), got \(actual)"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .checkpoint(let error): error.kind
    case .tokenizer(let error): error.kind
    case .unsupported, .shape, .weight: .badInput
    case .emptySequence, .option: .usage
    case .token, .count, .edit, .position, .contextLength: .misfit
    case .notFinite: .notEvaluable
    }
  }
}

/// Runs a checkpoint operation and reports its failure as the model's.
func transformerErrors<Result>(
  _ body: () throws(CheckpointError) -> Result
) throws(TransformerError) -> Result {
  do throws(CheckpointError) { return try body() } catch { throw .checkpoint(error) }
}
