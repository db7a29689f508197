public import Files
public import Transformers

/// What can go wrong with contrast sets and steering vectors: the place, the reason and what to do.
public enum SteeringError: Failure, Equatable {
  /// A file could not be read.
  case file(path: String, operation: String, reason: String)
  /// A file could not be written.
  case output(OutputError)
  /// A contrast set is not what it should be.
  case contrastSet(file: String, place: String, expected: String, actual: String, remedy: String)
  /// There is no contrast set of this name in the package.
  case unknownContrastSet(name: String, known: [String])

  /// A direction needs at least two contrast pairs.
  case tooFewPairs(name: String, count: Int)
  /// The model did not return an activation that was asked for.
  case missingActivation(ActivationPoint)
  /// Scales need text with at least two tokens.
  case noNeutralText
  /// A map and a vector, or a vector and a model, have different widths.
  case widthMismatch(map: String, needed: String)
  /// Files that were made on different models.
  case otherModel(what: String, made: ModelIdentity, given: ModelIdentity, remedy: String)
  /// A vector without a direction, which would do nothing.
  case zeroVector(String)
  /// A vector that holds NaN or infinity.
  case notFinite(String)
  /// A map between layers and a vector of another layer.
  case layerMismatch(map: String, vector: String)
  /// A vector file breaks its format.
  case vectorFile(path: String, place: String, expected: String, actual: String)
  /// A convention of control vectors was given for a file of ours, which needs none.
  case convention(path: String)
  /// A text that is no token of a model, and the tokens that it is made of.
  case unknownToken(text: String, model: String, parts: [String])
  /// An option outside its range.
  case option(name: String, expected: String, actual: String)

  public var description: String {
    switch self {
    case .file(let path, let operation, let reason):
      "\(path): cannot \(operation): \(reason)"
    case .output(let error): error.description
    case .contrastSet(let file, let place, let expected, let actual, let remedy):
      "\(file): \(place): expected \(expected), found \(actual); \(remedy)"
    case .unknownContrastSet(let name, let known):
      "no contrast set is called \"\(name)\": use one of \(known.joined(separator: ", ")), or the path of a file in JSON or JSON Lines"
        + suggestion(for: name, among: known)
    case .tooFewPairs(let name, let count):
      "contrast set \(name): a direction needs 2 training pairs, found \(count); add pairs"
    case .missingActivation(let point):
      "the model returned no activation at block \(point.block) \(point.site.rawValue)"
    case .noNeutralText:
      "no neutral text with two tokens or more: pass texts to measure the residual stream on"
    case .widthMismatch(let map, let needed):
      "widths do not fit: needed \(needed), found \(map); use an alignment between these two models"
    case .otherModel(let what, let made, let given, let remedy):
      "\(what) was made on \(made), not on \(given)\(made.likeness(to: given)); \(remedy), or pass --force-mismatch if "
        + "you mean it (for the same model in another file, such as another quantisation)"
    case .zeroVector(let what):
      "\(what) is zero: it would do nothing; take other texts, another block, or a larger norm"
    case .notFinite(let what):
      "\(what) holds NaN or infinity: the model's activations are not finite, or the norm is too large"
    case .layerMismatch(let map, let vector):
      "the map was fitted from \(map), the vector was read at \(vector); extract the vector where the map begins, or fit a map there"
    case .vectorFile(let path, let place, let expected, let actual):
      "\(path): \(place): expected \(expected), found \(actual)"
    case .convention(let path):
      "\(path): a vector of ours, which says its hook and block itself; leave out --convention, which is for control vectors "
        + "(GGUF) that other tools wrote"
    case .unknownToken(let text, let model, let parts):
      parts.count > 1
        ? "\"\(text)\" is no token of \(model), which splits it into \(parts.map { "\"\($0)\"" }.joined(separator: ", "));"
          + " give these, each by itself, for their mean direction (a word inside a text begins with its space)"
        : "\"\(text)\" is no token of \(model); give text that its vocabulary has (a word inside a text begins with its space)"
    case .option(let name, let expected, let actual): "option \(name): expected \(expected), got \(actual)"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .output(let error): error.kind
    case .file, .contrastSet, .vectorFile, .notFinite: .badInput
    case .unknownContrastSet, .unknownToken, .convention, .option: .usage
    case .widthMismatch, .layerMismatch, .otherModel: .misfit
    case .tooFewPairs, .noNeutralText, .zeroVector: .notEvaluable
    case .missingActivation: .internalError
    }
  }
}
