internal import Checkpoints
package import Tokenizers

/// Prompts and answers as tokens.
///
/// Pieces of text are tokenized one by one, since a vector stands between them. Through a chat template the prompt is
/// the user's turn and the answer the assistant's; without one a prompt begins as any text of the model does, and the
/// answer follows behind a space. An answer ends with the token that ends the turn, or the sequence.
///
/// A template that opens every conversation with a system message of its own (ChatML's) is taken without: its tokens
/// would be a third of what is read in training, and say nothing.
package struct PromptWriter: Sendable {
  /// A part of a prompt.
  package enum Piece: Sendable, Equatable {
    case tokens([Int])
    case vector
  }

  /// The token behind an answer.
  package let end: Int
  private let tokenizer: Tokenizer
  private let template: ChatTemplate?
  /// Whether the tokenizer puts a space in front of text.
  private let addsSpace: Bool

  /// What stands for a vector while a template is rendered: a character that means an object within text.
  private static let mark: Character = "\u{FFFC}"

  /// - Throws: ``ElmError/option(name:expected:actual:)`` for chat without a template, and for a model without an end
  ///   of sequence; `TokenizerError` for a template of no known family.
  package init(_ tokenizer: Tokenizer, isChat: Bool) throws {
    self.tokenizer = tokenizer
    addsSpace =
      tokenizer.encode("a", addingSpecial: false).flatMap { tokenizer.vocabulary[$0].bytes }
      == Array(" a".utf8)
    guard isChat else {
      guard let end = tokenizer.endOfSequence ?? tokenizer.endOfTurn.min() else {
        throw ElmError.option(name: "model", expected: "one with an end of sequence", actual: "one without")
      }
      (self.end, template) = (end, nil)
      return
    }
    let known = try tokenizer.chatTemplate()
    guard known.family != .plain else {
      throw ElmError.option(name: "chat", expected: "a model with a chat template", actual: "one without")
    }
    var template = known
    if case .chatML = known.family {
      template = ChatTemplate(
        family: .chatML(defaultSystem: nil), beginOfSequence: known.beginOfSequence)
    }
    let turns = try template.render(
      [ChatMessage(.user, "a"), ChatMessage(.assistant, String(Self.mark))], addingGenerationPrompt: false)
    let behind = turns.split(separator: Self.mark, maxSplits: 1).last.map(String.init) ?? ""
    guard let end = tokenizer.encode(behind, addingSpecial: false, parsingSpecial: true).first else {
      throw ElmError.option(name: "chat", expected: "a template that ends turns", actual: "one that does not")
    }
    (self.end, self.template) = (end, template)
  }

  /// - Parameter parts: text, or nil where a vector stands.
  /// - Returns: tokens and vectors in turn.
  package func pieces(of parts: [String?]) throws -> [Piece] {
    guard let template else {
      let start = tokenizer.encodeStart("")
      return (start.isEmpty ? [] : [.tokens(start)])
        + parts.enumerated().map { index, part in
          guard let part else { return .vector }
          return .tokens(index == 0 ? tokenizer.encode(part, addingSpecial: false) : following(part))
        }
    }
    let content = parts.map { $0?.replacing(String(Self.mark), with: " ") ?? String(Self.mark) }.joined()
    let rendered = try template.render([ChatMessage(.user, content)])
    var pieces: [Piece] = []
    for (index, text) in rendered.split(separator: Self.mark, omittingEmptySubsequences: false).enumerated() {
      if index > 0 { pieces.append(.vector) }
      if !text.isEmpty {
        pieces.append(.tokens(tokenizer.encode(String(text), addingSpecial: false, parsingSpecial: true)))
      }
    }
    return pieces
  }

  /// The tokens of an answer, the one that ends it included.
  package func tokens(ofAnswer answer: String) -> [Int] {
    following(template == nil ? " " + answer : answer) + [end]
  }

  /// Text that is not the first: where the tokenizer would put a space in front, as SentencePiece does, as behind a
  /// line break.
  private func following(_ text: String) -> [Int] {
    let split = addsSpace ? tokenizer.encode("\n", continuedBy: text) : nil
    guard let split, split.straddling == nil else { return tokenizer.encode(text, addingSpecial: false) }
    return split.second
  }
}
