import Testing
import Tokenizers

/// Conversations equal, character for character, to what Jinja renders from the templates.
@Suite struct ChatTemplateTests {
  private struct Golden: Decodable {
    struct Template: Decodable {
      let name: String
      let source: String
      let bos: String
      /// For each conversation, with and without the opened turn; nil where the template refuses.
      let texts: [String?]
    }
    let conversations: [[ChatMessage]]
    let templates: [Template]
  }

  @Test func rendersAsJinja() throws {
    let golden: Golden = try TokenizersTests.Golden.load("chat")
    #expect(golden.templates.count == 7)
    for template in golden.templates {
      let chat = try ChatTemplate(source: template.source, beginOfSequence: template.bos)
      for (index, conversation) in golden.conversations.enumerated() {
        for (place, opens) in [true, false].enumerated() {
          let text = try? chat.render(conversation, addingGenerationPrompt: opens)
          #expect(
            text == template.texts[2 * index + place],
            "\(template.name), conversation \(index), opens \(opens)")
        }
      }
    }
  }

  @Test func families() throws {
    let golden: Golden = try TokenizersTests.Golden.load("chat")
    let families = try golden.templates.map {
      try ChatTemplate(source: $0.source, beginOfSequence: $0.bos).family
    }
    #expect(
      families == [
        .chatML(defaultSystem: "You are a helpful AI assistant named SmolLM, trained by Hugging Face"),
        .chatML(defaultSystem: "You are Qwen, created by Alibaba Cloud. You are a helpful assistant."),
        .chatML(defaultSystem: nil), .gemma(acceptsSystem: false), .gemma(acceptsSystem: true),
        .llama3(datesInSystem: false), .llama3(datesInSystem: true),
      ])
  }

  @Test func unknownSourcesAreErrors() throws {
    let golden: Golden = try TokenizersTests.Golden.load("chat")
    let changed = golden.templates.map { $0.source.replacing("['content']", with: "['content']|upper") }
    let sources = changed.filter { $0.contains("|upper") } + ["", "{{ messages }}", "[INST] {{ x }} [/INST]"]
    for source in sources {
      #expect(throws: TokenizerError.unknownChatTemplate(start: String(source.prefix(60)))) {
        try ChatTemplate(source: source, beginOfSequence: "")
      }
    }
  }

  @Test func refusals() throws {
    let gemma = ChatTemplate(family: .gemma(acceptsSystem: true), beginOfSequence: "<bos>")
    #expect(throws: TokenizerError.emptyConversation) { try gemma.render([]) }
    let conversation = [
      ChatMessage(.system, "s"), ChatMessage(.user, "a"), ChatMessage(.user, "b"),
    ]
    #expect {
      try gemma.render(conversation)
    } throws: { error in
      guard case .roleNotAllowed(index: 2, role: "user", _) = error as? TokenizerError else { return false }
      return true
    }
  }

  @Test func dates() throws {
    var chat = ChatTemplate(family: .llama3(datesInSystem: true), beginOfSequence: "")
    chat.date = "01 Jan 2025"
    #expect(try chat.render([ChatMessage(.user, "a")]).contains("Today Date: 01 Jan 2025\n\n<|eot_id|>"))
  }

  @Test func withoutTemplate() throws {
    let chat = try ChatTemplate(source: nil, beginOfSequence: "<bos>")
    #expect(try chat.render([ChatMessage(.user, "a"), ChatMessage(.assistant, "b")]) == "a\n\nb")
  }

  @Test func turnsBecomeControlTokens() throws {
    let tokenizer = try TokenizersTests.Golden.tokenizer("qwen2.5", rule: .qwen2)
    let chat = ChatTemplate(family: .chatML(defaultSystem: nil))
    let text = try chat.render([ChatMessage(.user, "a")])
    let ids = tokenizer.encode(text, addingSpecial: false, parsingSpecial: true)
    #expect(ids.filter { $0 == 151644 }.count == 2 && ids.filter { $0 == 151645 }.count == 1)
    #expect(tokenizer.decode(ids, skippingControl: false) == text)
  }
}
