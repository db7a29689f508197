import Testing
import Tokenizers

/// A text in two parts is one text.
@Suite struct SeamTests {
  private static let names = ["llama-spm", "gpt-2", "smollm2", "qwen2.5"]

  private func tokenizer(_ name: String) throws -> Tokenizer {
    try Golden.tokenizer(name, rule: ["smollm2": .smollm, "qwen2.5": .qwen2][name])
  }

  /// Every cut of every text: the tokens of both parts are those of the whole, and the first part's end by the cut.
  @Test(arguments: names) func everyCutGivesTheWhole(_ name: String) throws {
    let tokenizer = try tokenizer(name)
    for text in try Golden.hardStrings().prefix(60) where text.utf8.count < 200 {
      let whole = tokenizer.encodeStart(text)
      for cut in text.unicodeScalars.indices {
        let (first, second) = (String(text[..<cut]), String(text[cut...]))
        let split = tokenizer.encode(first, continuedBy: second)
        #expect(split.first + split.second == whole, "\(first.debugDescription) \(second.debugDescription)")
        guard !tokenizer.composes, tokenizer.covers(text) else { continue }
        let before = tokenizer.decodeBytes(split.first)
        #expect(first.utf8.starts(with: before), "\(first.debugDescription) \(second.debugDescription)")
        #expect((split.straddling != nil) == (before.count < first.utf8.count))
      }
    }
  }

  @Test func noSpaceIsPutAtTheSeam() throws {
    let tokenizer = try tokenizer("llama-spm")
    let split = tokenizer.encode("all over the", continuedBy: " world")
    #expect(split.second.count == 1 && tokenizer.vocabulary[split.second[0]].form == "▁world")
    #expect(split.straddling == nil && split.first == tokenizer.encode("all over the"))
    // A space at the end of the prompt goes over to the word behind it.
    let late = tokenizer.encode("all over the ", continuedBy: "world")
    #expect(late.first == split.first && late.second == split.second && late.straddling == "▁world")
  }

  @Test func theEndOfSequenceIsNotPartOfABeginning() throws {
    let tokenizer = try Tokenizer(TokenizerDefinitionTests.pieces)
    #expect(tokenizer.encode("a a") == [1, 4, 5, 2])
    #expect(tokenizer.encodeStart("a a") == [1, 4, 5])
    let split = tokenizer.encode("a", continuedBy: " a")
    #expect((split.first, split.second) == ([1, 4], [5]))
  }

  /// A mark that joins the letter before it: the composed letter belongs to the second part.
  @Test func compositionAcrossTheSeam() throws {
    let tokenizer = try tokenizer("qwen2.5")
    let split = tokenizer.encode("caf" + "e", continuedBy: "\u{301} au lait")
    #expect(split.first + split.second == tokenizer.encode("café au lait"))
    #expect(tokenizer.decodeBytes(split.first).count <= 3)
    #expect(split.straddling != nil)
  }

  /// llama.cpp's table: of byte-level rules, Llama 3's alone begins texts with the begin of sequence.
  @Test func beginOfSequenceByRule() {
    for rule in PreTokenizer.allCases {
      let definition = TokenizerDefinition(
        algorithm: .byteLevelBPE(merges: [], preTokenizer: rule), forms: ["a"], beginOfSequence: 0)
      #expect(definition.addsBeginOfSequence == (rule == .llamaBPE), "\(rule)")
    }
  }
}

extension Tokenizer {
  fileprivate var composes: Bool {
    encode("e\u{301}", addingSpecial: false) == encode("\u{e9}", addingSpecial: false)
  }

  fileprivate func covers(_ text: String) -> Bool { decodeBytes(encode(text)).elementsEqual(text.utf8) }
}
