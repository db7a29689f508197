import Testing
import Tokenizers

/// Vocabulary rows, special tokens, and what a broken definition throws.
@Suite struct TokenizerDefinitionTests {
  /// Pieces with every kind of token; letters and a mark, but no byte tokens beyond the first line feed.
  static let pieces = TokenizerDefinition(
    algorithm: .sentencePiece(scores: [0, 0, 0, -1, -2, -3, 0, 0, -4, 0], addSpacePrefix: false),
    forms: ["<unk>", "<s>", "</s>", "▁", "a", "▁a", "<0x0A>", "▁▁", "b", "[spare]"],
    types: [.unknown, .control, .control, .normal, .normal, .normal, .byte, .userDefined, .normal, .unused],
    beginOfSequence: 1, endOfSequence: 2, unknown: 0, addsEndOfSequence: true)

  @Test func piecesAsBytes() throws {
    let vocabulary = try Tokenizer(Self.pieces).vocabulary
    let bytes = vocabulary.map { String(decoding: $0.bytes, as: UTF8.self) }
    #expect(bytes == ["", "", "", " ", "a", " a", "\n", "  ", "b", "[spare]"])
    #expect(
      vocabulary.map(\.kind) == [
        .control, .control, .control, .normal, .normal, .normal, .byte, .normal, .normal, .unused,
      ])
    #expect(vocabulary.map(\.id) == Array(0..<10))
  }

  @Test func byteLevelFormsAsBytes() throws {
    let tokenizer = try Tokenizer(
      TokenizerDefinition(
        algorithm: .byteLevelBPE(merges: [], preTokenizer: .gpt2),
        forms: ["Ġ", "Ċ", "é", "Ã", "Ġa", "<tool>", "日"],
        types: [.normal, .normal, .normal, .normal, .normal, .userDefined, .normal]))
    #expect(
      tokenizer.vocabulary.map(\.bytes) == [
        [0x20], [0x0a], [0xe9], [0xc3], [0x20, 0x61], Array("<tool>".utf8), Array("日".utf8),
      ])
    #expect(tokenizer.id(form: "Ġa") == 4)
    #expect(tokenizer.id(form: "Ġb") == nil)
  }

  @Test func everyByteHasItsOwnCharacter() throws {
    let tokenizer = try Golden.tokenizer("gpt-2")
    let all = (0...255).map { UInt8($0) }
    #expect(tokenizer.decodeBytes(tokenizer.encode(bytes: all)) == all)
    let single = tokenizer.vocabulary.filter { $0.kind == .normal && $0.bytes.count == 1 }
    #expect(Set(single.map(\.bytes)).count == 256)
  }

  @Test func specialTokensOnRequest() throws {
    let tokenizer = try Tokenizer(Self.pieces)
    #expect(tokenizer.encode("a a") == [1, 4, 5, 2])
    #expect(tokenizer.encode("a a", addingSpecial: false) == [4, 5])
    #expect(tokenizer.encode("a</s>a", addingSpecial: false, parsingSpecial: true) == [4, 2, 4])
    #expect(!tokenizer.encode("a</s>a", addingSpecial: false).contains(2))
    #expect(
      tokenizer.encode("a  a", addingSpecial: false) == [4, 7, 4], "user-defined tokens come before merges")
    #expect(tokenizer.encode("\nz", addingSpecial: false) == [6, 0], "byte token, then unknown")
    #expect(tokenizer.decode([1, 4, 5, 2]) == "a a")
    #expect(tokenizer.decode([1, 4, 5, 2], skippingControl: false) == "<s>a a</s>")
  }

  @Test func onlyTheFirstSpaceIsDropped() throws {
    let tokenizer = try Golden.tokenizer("llama-spm")
    for text in ["a", " a", "  a", " ", "", "▁".isEmpty ? "" : "a  b"] {
      let ids = tokenizer.encode(text)
      #expect(tokenizer.decode(ids) == text)
    }
  }

  @Test func endsOfTurn() throws {
    var definition = Self.pieces
    definition.endOfTurn = 9
    #expect(try Tokenizer(definition).endOfTurn == [2, 9])
    #expect(try Golden.tokenizer("smollm2", rule: .smollm).endOfTurn == [0, 2])
    #expect(try Golden.tokenizer("qwen2.5", rule: .qwen2).endOfTurn == [151643, 151645])
  }

  @Test func bytesWithoutTokenAreLeftOut() throws {
    let tokenizer = try Tokenizer(
      TokenizerDefinition(algorithm: .byteLevelBPE(merges: [], preTokenizer: .gpt2), forms: ["a"]))
    #expect(tokenizer.encode("abа") == [0])
  }

  @Test func canonicallyEquivalentFormsStayApart() throws {
    let forms = ["\u{e9}", "e\u{301}", "e", "\u{301}"]
    let tokenizer = try Tokenizer(
      TokenizerDefinition(
        algorithm: .sentencePiece(scores: [-1, -2, -3, -4], addSpacePrefix: false), forms: forms))
    #expect(tokenizer.encode("\u{e9}") == [0])
    #expect(tokenizer.encode("e\u{301}") == [1])
  }

  // MARK: - Broken definitions

  @Test func rejectsWhatDoesNotFit() {
    var definition = TokenizerDefinition(
      algorithm: .byteLevelBPE(merges: [], preTokenizer: .gpt2), forms: [])
    #expect(throws: TokenizerError.emptyVocabulary) { try Tokenizer(definition) }
    definition.forms = ["a", "b"]
    definition.types = [.normal]
    #expect(throws: TokenizerError.wrongCount(of: "token types", expected: 2, actual: 1)) {
      try Tokenizer(definition)
    }
    definition.types = []
    definition.endOfSequence = 2
    #expect(throws: TokenizerError.idOutOfRange(of: "end-of-sequence token", id: 2, count: 2)) {
      try Tokenizer(definition)
    }
    definition.endOfSequence = -1
    #expect(throws: TokenizerError.self) { try Tokenizer(definition) }
  }

  @Test func rejectsScores() {
    var definition = Self.pieces
    definition.algorithm = .sentencePiece(scores: [1], addSpacePrefix: true)
    #expect(throws: TokenizerError.wrongCount(of: "token scores", expected: 10, actual: 1)) {
      try Tokenizer(definition)
    }
    var scores = [Float](repeating: 0, count: 10)
    scores[3] = .nan
    definition.algorithm = .sentencePiece(scores: scores, addSpacePrefix: true)
    #expect(throws: TokenizerError.scoreNotFinite(index: 3)) { try Tokenizer(definition) }
  }

  @Test(arguments: ["", " ", "ab", "a", " a", "a "])
  func rejectsMalformedMerges(merge: String) {
    let definition = TokenizerDefinition(
      algorithm: .byteLevelBPE(merges: ["a b", merge], preTokenizer: .gpt2), forms: ["a", "b", "ab"])
    #expect(throws: TokenizerError.malformedMerge(index: 1, text: merge)) { try Tokenizer(definition) }
  }

  @Test func rejectsMergesOfOtherModels() {
    let definition = TokenizerDefinition(
      algorithm: .byteLevelBPE(merges: ["a c"], preTokenizer: .gpt2), forms: ["a", "b", "ac"])
    #expect(throws: TokenizerError.mergeWithoutToken(index: 0, form: "c")) { try Tokenizer(definition) }
  }

  @Test func rejectsUnknownNames() {
    #expect(throws: TokenizerError.unknownTokenType(index: 1, value: 7)) {
      try TokenizerDefinition.types(ggml: [0, 7])
    }
    #expect {
      try PreTokenizer(name: "tekken")
    } throws: { error in
      "\(error)".contains("\"tekken\" is unknown, expected one of gpt-2, smollm, qwen2, llama-bpe, default")
    }
  }
}
