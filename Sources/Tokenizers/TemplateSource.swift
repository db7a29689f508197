/// Jinja source of a chat template, read only far enough to tell its family.
///
/// A family is recognised by the very expressions that write a turn, not by its markers alone: a template that
/// does something else with the same markers (drops thoughts, adds dates) must not pass for it.
struct TemplateSource {
  private let source: String
  /// The source without white space, with one way to spell quotes and members.
  private let compact: String

  init(_ source: String) {
    self.source = source
    compact = Self.withoutSpace(source).replacing("\"", with: "'")
      .replacing("message.role", with: "message['role']").replacing(
        "message.content", with: "message['content']"
      )
      .replacing("\\n'+'", with: "\\n").replacing("'+'\\n", with: "\\n")
  }

  /// The source without white space; a line feed inside a literal is kept, spelt `\n` as others spell it.
  private static func withoutSpace(_ source: String) -> String {
    var result = ""
    var quote: Character?
    var isCode = false
    var previous: Character = " "
    for character in source {
      if !isCode, previous == "{", character == "{" || character == "%" {
        isCode = true
      } else if isCode, quote == nil, character == "}", previous == "}" || previous == "%" {
        isCode = false
      } else if isCode, character == "'" || character == "\"" {
        if quote == nil { quote = character } else if quote == character { quote = nil }
      }
      if !character.isWhitespace {
        result.append(character)
      } else if quote != nil, character.isNewline {
        result += "\\n"
      }
      previous = character
    }
    return result
  }

  var family: ChatTemplate.Family? { chatML ?? gemma ?? llama3 }

  private func has(_ part: String) -> Bool { compact.contains(part) }

  private var chatML: ChatTemplate.Family? {
    let turn = "'<|im_start|>'+message['role']+'\\n'+message['content']+'<|im_end|>\\n'"
    guard has(turn), has("'<|im_start|>assistant\\n'"), has("add_generation_prompt") else { return nil }
    let unknown = ["think", "bos_token", "eos_token", "strip(", "|trim", "strftime_now", "namespace("]
    guard !unknown.contains(where: has) else { return nil }
    guard !saysMoreOfSystem else { return nil }
    let systems = defaultSystems
    guard systems.count <= 1 else { return nil }
    return .chatML(defaultSystem: systems.first)
  }

  /// Whether the first message is used otherwise than to be written out, as it is, in place of a default.
  private var saysMoreOfSystem: Bool {
    let known = [
      "messages[0]['role']=='system'", "messages[0]['role']!='system'", "{{-messages[0]['content']}}",
      "'<|im_start|>system\\n'+messages[0]['content']+'<|im_end|>\\n'",
    ]
    return known.reduce(compact) { $0.replacing($1, with: "") }.contains("messages[0]")
  }

  /// The system messages that a ChatML source spells out.
  private var defaultSystems: Set<String> {
    var found: Set<String> = []
    for line in ["\\n", "\n"] {
      for part in source.split(separator: "<|im_start|>system" + line, omittingEmptySubsequences: false)
        .dropFirst()
      {
        guard let end = part.firstRange(of: "<|im_end|>") else { continue }
        let text = part[..<end.lowerBound]
        if text.contains("'") || text.contains("\"") || text.contains("{") { continue }
        found.insert(String(text).replacing("\\n", with: "\n"))
      }
    }
    return found
  }

  private var gemma: ChatTemplate.Family? {
    guard has("bos_token"), has("'<start_of_turn>model\\n'"), has("message['content']|trim"),
      has("(message['role']=='user')!=(loop.index0%2==0)")
    else { return nil }
    if has("'<start_of_turn>'+role+'\\n'+(first_user_prefixifloop.firstelse'')"),
      has("first_user_prefix=messages[0]['content']+'\\n\\n'")
    {
      return .gemma(acceptsSystem: true)
    }
    if has("raise_exception('Systemrolenotsupported')"),
      has("'<start_of_turn>'+role+'\\n'+message['content']|trim+'<end_of_turn>\\n'")
    {
      return .gemma(acceptsSystem: false)
    }
    return nil
  }

  private var llama3: ChatTemplate.Family? {
    let turn =
      "'<|start_header_id|>'+message['role']+'<|end_header_id|>\\n\\n'+message['content']|trim+'<|eot_id|>'"
    guard has("bos_token"), has(turn), has("'<|start_header_id|>assistant<|end_header_id|>\\n\\n'") else {
      return nil
    }
    if has("'TodayDate:'+date_string+'\\n\\n'"), has("CuttingKnowledgeDate:December2023\\n") {
      return .llama3(datesInSystem: true)
    }
    return has("system_message") ? nil : .llama3(datesInSystem: false)
  }
}
