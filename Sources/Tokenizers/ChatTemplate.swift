/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable, Codable {
  /// Who speaks.
  public enum Role: String, Sendable, Codable, CaseIterable {
    case system
    case user
    case assistant
  }

  public let role: Role
  public let content: String

  public init(_ role: Role, _ content: String) {
    self.role = role
    self.content = content
  }
}

/// Writes a conversation as the text that a model was tuned on.
///
/// Model files carry their template as Jinja source. This type does not run Jinja: it recognises the family
/// from the source and renders it exactly as Hugging Face's `apply_chat_template` does without tools; a source
/// of no known family is an error, never a guess. Encode the result with
/// `tokenizer.encode(text, addingSpecial: false, parsingSpecial: true)`: it already holds the begin of sequence.
public struct ChatTemplate: Sendable, Equatable {
  /// The families of templates.
  public enum Family: Sendable, Equatable {
    /// `<|im_start|>role⏎content<|im_end|>⏎`, with a system message of its own where the conversation has none.
    case chatML(defaultSystem: String?)
    /// `<start_of_turn>role⏎content<end_of_turn>⏎`; a system message opens the first user turn, or is refused.
    case gemma(acceptsSystem: Bool)
    /// `<|start_header_id|>role<|end_header_id|>⏎⏎content<|eot_id|>`; from 3.1 on the system turn holds dates.
    case llama3(datesInSystem: Bool)
    /// A model without a template: the contents, an empty line between.
    case plain
  }

  public let family: Family
  /// The spelling of the begin-of-sequence token, which some families write at the start.
  public let beginOfSequence: String
  /// The date in Llama 3.1's system turn: the template's own fallback unless set.
  public var date = "26 Jul 2024"

  public init(family: Family, beginOfSequence: String = "") {
    self.family = family
    self.beginOfSequence = beginOfSequence
  }

  /// Recognises a template; no source means ``Family/plain``.
  ///
  /// - Throws: ``TokenizerError/unknownChatTemplate(start:)``.
  public init(source: String?, beginOfSequence: String) throws(TokenizerError) {
    guard let source else {
      self.init(family: .plain, beginOfSequence: beginOfSequence)
      return
    }
    guard let family = TemplateSource(source).family else {
      throw .unknownChatTemplate(start: String(source.prefix(60)))
    }
    self.init(family: family, beginOfSequence: beginOfSequence)
  }

  /// The text of a conversation.
  ///
  /// - Parameter addingGenerationPrompt: whether to open the assistant's next turn.
  /// - Throws: ``TokenizerError/emptyConversation`` or ``TokenizerError/roleNotAllowed(index:role:reason:)``.
  public func render(
    _ messages: [ChatMessage], addingGenerationPrompt: Bool = true
  ) throws(TokenizerError) -> String {
    guard !messages.isEmpty else { throw .emptyConversation }
    switch family {
    case .chatML(let defaultSystem):
      return chatML(messages, defaultSystem, addingGenerationPrompt)
    case .gemma(let acceptsSystem):
      return try gemma(messages, acceptsSystem, addingGenerationPrompt)
    case .llama3(let datesInSystem):
      return llama3(messages, datesInSystem, addingGenerationPrompt)
    case .plain:
      return messages.map(\.content).joined(separator: "\n\n")
    }
  }

  private func chatML(_ messages: [ChatMessage], _ defaultSystem: String?, _ opens: Bool) -> String {
    var text = ""
    if let defaultSystem, messages[0].role != .system {
      text += "<|im_start|>system\n\(defaultSystem)<|im_end|>\n"
    }
    for message in messages {
      text += "<|im_start|>\(message.role.rawValue)\n\(message.content)<|im_end|>\n"
    }
    return text + (opens ? "<|im_start|>assistant\n" : "")
  }

  private func gemma(
    _ messages: [ChatMessage], _ acceptsSystem: Bool, _ opens: Bool
  ) throws(TokenizerError) -> String {
    var text = beginOfSequence
    var prefix = ""
    var turns = messages[...]
    if messages[0].role == .system {
      guard acceptsSystem else {
        throw .roleNotAllowed(
          index: 0, role: "system", reason: "it has no system turn; put the text into a user turn")
      }
      prefix = messages[0].content + "\n\n"
      turns = turns.dropFirst()
    }
    for (place, message) in turns.enumerated() {
      guard (message.role == .user) == (place % 2 == 0) else {
        throw .roleNotAllowed(
          index: place + messages.count - turns.count, role: message.role.rawValue,
          reason: "user and assistant must alternate, the user first")
      }
      let role = message.role == .assistant ? "model" : message.role.rawValue
      text += "<start_of_turn>\(role)\n\(place == 0 ? prefix : "")\(trimmed(message.content))<end_of_turn>\n"
    }
    return text + (opens ? "<start_of_turn>model\n" : "")
  }

  private func llama3(_ messages: [ChatMessage], _ datesInSystem: Bool, _ opens: Bool) -> String {
    var text = beginOfSequence
    var turns = messages[...]
    if datesInSystem {
      let system = messages[0].role == .system ? trimmed(messages[0].content) : ""
      if messages[0].role == .system { turns = turns.dropFirst() }
      text += "<|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: December 2023\n"
      text += "Today Date: \(date)\n\n\(system)<|eot_id|>"
    }
    for message in turns {
      text +=
        "<|start_header_id|>\(message.role.rawValue)<|end_header_id|>\n\n\(trimmed(message.content))<|eot_id|>"
    }
    return text + (opens ? "<|start_header_id|>assistant<|end_header_id|>\n\n" : "")
  }

  /// Jinja's `trim`: Python's white space, which has U+001C to U+001F besides Unicode's.
  private func trimmed(_ text: String) -> String {
    func isSpace(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
    }
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isSpace($0) }),
      let last = scalars.lastIndex(where: { !isSpace($0) })
    else { return "" }
    return String(scalars[first...last])
  }
}

extension Tokenizer {
  /// The template of this model's conversations.
  ///
  /// - Throws: ``TokenizerError/unknownChatTemplate(start:)``.
  public func chatTemplate() throws(TokenizerError) -> ChatTemplate {
    try ChatTemplate(
      source: chatTemplateSource, beginOfSequence: beginOfSequence.map { vocabulary[$0].form } ?? "")
  }
}
