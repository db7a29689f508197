import Tokenizers
public import Transformers

/// A text in which a point stands for a word.
public struct WordsPrompt: Sendable, Hashable, Codable {
  public let name: String
  /// The text, with ``point`` where the point stands.
  public let text: String
  /// How the model's answer begins after a chat turn; without it the text is continued as it is.
  public let opening: String?

  /// What stands for the point in ``text`` and in reports.
  public static let point = "⟨point⟩"
  /// The token whose place the point takes.
  public static let placeholder = "x"

  /// - Parameters:
  ///   - text: holds ``point`` once, where a word would stand.
  ///   - opening: makes the text a user's turn of the model's chat template; the answer goes on from `opening`.
  public init(name: String, text: String, opening: String? = nil) {
    (self.name, self.text, self.opening) = (name, text, opening)
  }

  /// Related words by example: the shortest answers.
  public static let related = WordsPrompt(
    name: "related",
    text: """
      winter: snow, ice, cold, frost
      doctor: hospital, medicine, patient, nurse
      happy: glad, joyful, cheerful, merry
      Japan: Tokyo, Japanese, Asia, Kyoto
      \(point):
      """)
  /// Definitions by example.
  public static let definitions = WordsPrompt(
    name: "definitions",
    text: """
      winter: the coldest season of the year
      doctor: a person who treats people who are ill
      happy: feeling or showing joy
      Japan: a country of islands in East Asia
      \(point):
      """)
  /// The plain question (Ghandeharioun et al. 2024 and others).
  public static let meaning = WordsPrompt(name: "meaning", text: "The meaning of \(point) is")
  /// The question as a user's turn, for models that were tuned on conversations.
  public static let question = WordsPrompt(
    name: "question", text: "What does the word \"\(point)\" mean? Answer with a few related words.",
    opening: "The word means")

  public static let all = [related, definitions, meaning, question]

  /// What a model is asked unless told otherwise: the question where the file has a chat template, related words by example where not.
  public static func standard(for model: Model) -> WordsPrompt {
    model.tokenizer.chatTemplateSource == nil ? related : question
  }

  /// The prompt's tokens in one model, and where the point stands among them.
  func placed(in tokenizer: Tokenizer) throws(WordsError) -> PlacedPrompt {
    let parts = try parts(in: tokenizer)
    let (before, after) = (Array(parts.before.utf8), parts.after)
    let isChat = opening != nil
    let tokens =
      isChat
      ? tokenizer.encode(parts.before + Self.placeholder + after, addingSpecial: false, parsingSpecial: true)
      : tokenizer.encodeStart(parts.before + Self.placeholder + after)
    func bytes(_ count: Int) -> [UInt8] {
      tokenizer.decodeBytes(Array(tokens.prefix(count)), skippingControl: !isChat)
    }
    // A space that stands before the placeholder belongs to its token.
    let seams = [before, before.last == 0x20 ? before.dropLast() : nil].compactMap { $0 }
    let end = before + Array(Self.placeholder.utf8)
    guard let position = tokens.indices.first(where: { seams.contains(bytes($0)) && bytes($0 + 1) == end })
    else {
      throw .prompt(
        text, reason: "its placeholder \(Self.placeholder) is not one token in this model's tokenizer")
    }
    return PlacedPrompt(
      tokens: tokens, position: position,
      text: parts.before + Self.point + after)
  }

  private func parts(in tokenizer: Tokenizer) throws(WordsError) -> (before: String, after: String) {
    var whole = text
    if let opening {
      do throws(TokenizerError) {
        whole = try tokenizer.chatTemplate().render([ChatMessage(.user, text)]) + opening
      } catch { throw .prompt(text, reason: error.description) }
    }
    let parts = whole.split(separator: Self.point, omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw .prompt(text, reason: "it holds \(Self.point) \(parts.count - 1) times, expected once")
    }
    return (String(parts[0]), String(parts[1]))
  }
}

/// A prompt as a model reads it.
struct PlacedPrompt: Sendable {
  let tokens: [Int]
  /// Of the placeholder.
  let position: Int
  /// The text as it was given to the model, the point marked.
  let text: String
}
