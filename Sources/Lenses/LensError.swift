public import Files

/// What can go wrong with a lens: the place, expected and actual, and what to do.
public enum LensError: Failure, Equatable {
  /// A layer that the lens does not read.
  case layer(Int, lens: String, model: String, known: [Int])
  /// Rows of another width than the model's residual stream.
  case width(Int, expected: Int, model: String)
  /// A position that a prompt does not have.
  case position(Int, length: Int)
  /// There is no lens of this kind in a file.
  case notFitted(kind: String, model: String, path: String)
  /// A file of a lens that is not what it says.
  case file(String, what: String, expected: String, actual: String)
  /// A text that is too short to be used.
  case shortPrompt(corpus: String, prompt: Int, tokens: Int, needed: Int, what: String)
  /// Too few texts.
  case fewPrompts(corpus: String, count: Int, needed: Int)
  /// A set of prompts whose words a model has no tokens of.
  case nothingToScore(set: String, model: String)

  public var description: String {
    switch self {
    case .layer(let layer, let lens, let model, let known):
      "the \(lens) lens of \(model) reads the layers \(known.first ?? 0) (what enters block 0) to \(known.last ?? 0) (what leaves "
        + "the last block), not \(layer)"
    case .width(let width, let expected, let model):
      "the residual stream of \(model) has \(expected) dimensions, what is to be read has \(width)"
    case .position(let position, let length):
      "the prompt has the positions 0 to \(length - 1) (-\(length) to -1 from the end), not \(position)"
    case .notFitted(let kind, let model, let path):
      "no \(kind) lens of \(model) is here (\(path)): fit one with `sextant lens fit \(model) --kind \(kind)`, or give the path of its file"
    case .file(let path, let what, let expected, let actual):
      "\(path): \(what): expected \(expected), found \(actual); fit the lens again"
    case .shortPrompt(let corpus, let prompt, let tokens, let needed, let what):
      "\(corpus): text \(prompt + 1) has \(tokens) tokens, \(what) needs \(needed); lengthen it or take it out"
    case .fewPrompts(let corpus, let count, let needed):
      "\(corpus): \(count) texts, at least \(needed) are needed"
    case .nothingToScore(let set, let model):
      "\(set): none of its intermediates is one token of \(model), so no rank can be had"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .layer, .position, .fewPrompts, .shortPrompt: .usage
    case .width: .misfit
    case .notFitted, .file: .badInput
    case .nothingToScore: .notEvaluable
    }
  }
}
