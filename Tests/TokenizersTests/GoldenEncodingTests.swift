import Testing
import Tokenizers

/// Ids equal to those of the reference tokenizers, and back.
@Suite struct GoldenEncodingTests {
  @Test(arguments: [("smollm2", PreTokenizer.smollm), ("qwen2.5", .qwen2), ("llama-spm", nil)])
  func hardStrings(name: String, rule: PreTokenizer?) throws {
    let tokenizer = try Golden.tokenizer(name, rule: rule)
    let golden: Golden.Ids = try Golden.load("\(name).ids")
    let texts = try Golden.hardStrings()
    #expect(texts.count >= 200 && golden.plain.count == texts.count)
    for (index, text) in texts.enumerated() {
      let ids = tokenizer.encode(text, addingSpecial: false)
      #expect(ids == golden.plain[index], "text \(index): \(text.debugDescription)")
      let back = tokenizer.decode(golden.plain[index])
      #expect(Array(back.utf8) == Array((golden.changed["\(index)"] ?? text).utf8), "text \(index)")
      guard rule != nil else { continue }
      let parsed = tokenizer.encode(text, addingSpecial: false, parsingSpecial: true)
      #expect(parsed == golden.special[index], "text \(index): \(text.debugDescription)")
    }
  }

  @Test(arguments: [("gpt-2", PreTokenizer.gpt2), ("qwen2.5", .qwen2), ("llama-spm", nil)])
  func llamaCppVectors(name: String, rule: PreTokenizer?) throws {
    let tokenizer = try Golden.tokenizer(name, rule: rule)
    let vectors: Golden.Vectors = try Golden.load("\(name).vectors")
    #expect(vectors.texts.count == 46)
    for (text, ids) in zip(vectors.texts, vectors.ids) {
      #expect(tokenizer.encode(text, addingSpecial: false) == ids, "\(text.debugDescription)")
      #expect(tokenizer.decode(ids) == text)
    }
  }

  @Test(arguments: PreTokenizer.allCases)
  func rules(rule: PreTokenizer) throws {
    let tokenizer = try Golden.tokenizer("gpt-2", rule: rule)
    let golden: [String: [[Int]]] = try Golden.load("rules")
    let expected = try #require(golden[rule.rawValue])
    for (text, ids) in zip(try Golden.hardStrings(), expected) {
      #expect(tokenizer.encode(text, addingSpecial: false) == ids, "\(text.debugDescription)")
    }
  }

  @Test func rulesDiffer() throws {
    let text = "I'LL  pay!\n\nso 12345 (now) ½"
    let ids = try PreTokenizer.allCases.map { try Golden.tokenizer("gpt-2", rule: $0).encode(text) }
    #expect(Set(ids).count == PreTokenizer.allCases.count)
  }
}
