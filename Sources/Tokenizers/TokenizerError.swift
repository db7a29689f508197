public import Files

/// What can be wrong with a tokenizer that came from a file, or with a conversation that a template must render.
public enum TokenizerError: Failure, Equatable {
  /// The vocabulary has no entries.
  case emptyVocabulary
  /// A list that must run parallel to the vocabulary does not.
  case wrongCount(of: String, expected: Int, actual: Int)
  /// A token id (begin of sequence, …) that the vocabulary does not have.
  case idOutOfRange(of: String, id: Int, count: Int)
  /// A token type that ggml does not define.
  case unknownTokenType(index: Int, value: Int)
  /// A score that cannot be ordered.
  case scoreNotFinite(index: Int)
  /// A merge that is not two forms with one space between.
  case malformedMerge(index: Int, text: String)
  /// A merge of, or into, a form that is not in the vocabulary.
  case mergeWithoutToken(index: Int, form: String)
  /// A rule for splitting text before merging that this library does not have.
  case unknownPreTokenizer(name: String, known: [String])
  /// A regular expression that asks for what this library does not have; `place` counts characters.
  case unsupportedPattern(pattern: String, what: String, place: Int)
  /// A map of characters that is damaged.
  case malformedCharacterMap(reason: String)
  /// A model whose rules need a token that it does not have.
  case missingToken(String, of: String)
  /// A chat template of no family that this library knows.
  case unknownChatTemplate(start: String)
  /// A conversation without messages.
  case emptyConversation
  /// A role that the template does not allow at this place.
  case roleNotAllowed(index: Int, role: String, reason: String)

  public var description: String {
    switch self {
    case .emptyVocabulary:
      "the vocabulary is empty: expected at least one token; check that the file carries its tokenizer"
    case .wrongCount(let what, let expected, let actual):
      "\(what): expected \(expected), one for each token, found \(actual); the file is damaged"
    case .idOutOfRange(let what, let id, let count):
      "\(what): id \(id) is outside the vocabulary of \(count) tokens; the file is damaged"
    case .unknownTokenType(let index, let value):
      "token \(index): type \(value) is unknown, expected 1 to 6; the file is damaged or newer than this tool"
    case .scoreNotFinite(let index):
      "token \(index): its score is not a finite number; the file is damaged"
    case .malformedMerge(let index, let text):
      "merge \(index): expected two forms with one space between, found \"\(text)\""
    case .mergeWithoutToken(let index, let form):
      "merge \(index): \"\(form)\" is not in the vocabulary; merges and vocabulary are of different models"
    case .unknownPreTokenizer(let name, let known):
      "pre-tokenizer \"\(name)\" is unknown, expected one of \(known.joined(separator: ", "));"
        + " its text would be split wrongly, so the model cannot be run on text"
    case .unsupportedPattern(let pattern, let what, let place):
      "the regular expression \(pattern.debugDescription) has at character \(place) what is not supported: \(what);"
        + " its text would be split wrongly, so the model cannot be run on text"
    case .malformedCharacterMap(let reason):
      "the map of characters (precompiled_charsmap) is damaged: \(reason); fetch the file again"
    case .missingToken(let token, let model):
      "\(model) needs the token \(token.debugDescription), which the vocabulary lacks; the file is damaged"
    case .unknownChatTemplate(let start):
      "the chat template is of no known family (ChatML, Gemma, Llama 3); it begins \"\(start)\";"
        + " write the prompt with its role markers yourself and encode it with special tokens parsed"
    case .emptyConversation:
      "the conversation has no messages, expected at least one"
    case .roleNotAllowed(let index, let role, let reason):
      "message \(index): role \"\(role)\" is not allowed by the chat template: \(reason)"
    }
  }

  public var kind: FailureKind { .badInput }
}
