import Checkpoints
import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite struct HuggingFaceTokenizerTests {
  private struct Ids: Decodable {
    let texts: [String]
    let ids: [[Int]]
  }

  /// A model folder with a tokenizer of the Golden folder, its text changed, and an embedding of 600 rows.
  private func checkpoint(
    _ style: String, in folder: TemporaryFolder, from: String = "", to: String = ""
  ) throws -> Checkpoint {
    for name in ["tokenizer.json", "tokenizer_config.json"] {
      let data = try Data(contentsOf: URL(fileURLWithPath: try golden(style + "/" + name)))
      var text = String(decoding: data, as: UTF8.self)
      if name == "tokenizer.json", !from.isEmpty {
        #expect(text.contains(from), "\(style) has no \(from)")
        text = text.replacing(from, with: to)
      }
      try folder.write(text, to: name)
    }
    let header = #"{"model.embed_tokens.weight":{"dtype":"F32","shape":[600,1],"data_offsets":[0,2400]}}"#
    try folder.write(safetensors(header, data: 2400), to: "model.safetensors")
    return try Checkpoint.open(folder.path)
  }

  /// The ids that the reference library gives with the same file.
  @Test(arguments: ["smollm-style", "qwen-style", "sentencepiece-style"])
  func idsEqualTheReference(style: String) throws {
    let folder = try TemporaryFolder()
    let definition = try checkpoint(style, in: folder).tokenizerDefinition()
    #expect(definition.forms.count == 600)
    #expect(definition.types.last == .unused)
    let tokenizer = try Tokenizer(definition)
    let data = try Data(contentsOf: URL(fileURLWithPath: try golden(style + "/ids.json")))
    let expected = try JSONDecoder().decode(Ids.self, from: data)
    for (text, ids) in zip(expected.texts, expected.ids) {
      #expect(tokenizer.encode(text, parsingSpecial: true) == ids, "\(text.debugDescription)")
    }
  }

  @Test func specialTokensAndTemplate() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try checkpoint("smollm-style", in: folder)
    let definition = try checkpoint.tokenizerDefinition()
    #expect((definition.beginOfSequence, definition.endOfSequence, definition.endOfTurn) == (1, 2, 2))
    #expect(definition.types[0] == .control && !definition.addsBeginOfSequence)
    #expect(definition.types[definition.forms.firstIndex(of: "<tool>") ?? 0] == .userDefined)
    #expect(definition.chatTemplate == "{{ messages }}")
    try folder.write("{{ other }}", to: "chat_template.jinja")
    #expect(try checkpoint.tokenizerDefinition().chatTemplate == "{{ other }}")
    try folder.write([UInt8](repeating: 0x20, count: (1 << 20) + 1), to: "chat_template.jinja")
    let error = #expect(throws: CheckpointError.self) { try checkpoint.tokenizerDefinition() }
    #expect(error?.description.contains("at most 1048576 bytes") == true)
  }

  @Test func sentencePieceKinds() throws {
    let folder = try TemporaryFolder()
    let definition = try checkpoint("sentencepiece-style", in: folder).tokenizerDefinition()
    guard case .pipeline(let pipeline) = definition.algorithm else {
      Issue.record("not a pipeline")
      return
    }
    #expect(pipeline.spelling == .sentencePiece && pipeline.prefix == [1] && pipeline.suffix.isEmpty)
    #expect(definition.types.count { $0 == .byte } == 256)
    #expect(definition.addsBeginOfSequence, "the post-processor's template begins with it")
  }

  private static let refused: [(style: String, from: String, to: String, word: String)] = [
    ("smollm-style", #""type":"BPE""#, #""type":"WordPiece""#, "unk_token"),
    ("sentencepiece-style", #""type":"BPE""#, #""type":"Unigram""#, "Unigram"),
    ("smollm-style", #""type":"Digits""#, #""type":"UnicodeScripts""#, "UnicodeScripts"),
    ("qwen-style", #"\\p{N}|"#, #"\\p{Greek}|"#, "Greek"),
    ("qwen-style", #""NFC""#, #""NFX""#, "NFX"),
    ("smollm-style", #""!":"#, #""!":-"#, "0 ..< "),
    ("smollm-style", #""!":"#, #""!":9000"#, "0 ..< "),
    ("smollm-style", #""!":3"#, #""!":4"#, "one token"),
    ("smollm-style", #""merges":["#, #""merges":[["a"],"#, "two tokens"),
    ("smollm-style", #""vocab":{"#, #""vocab":{"!":1,"#, "again"),
  ]

  @Test(arguments: refused.indices) func whatIsNotReproducedIsRefused(index: Int) throws {
    let attack = Self.refused[index]
    let folder = try TemporaryFolder()
    let checkpoint = try checkpoint(attack.style, in: folder, from: attack.from, to: attack.to)
    let error = #expect(throws: CheckpointError.self, "\(attack)") { try checkpoint.tokenizerDefinition() }
    #expect(error?.description.contains(attack.word) == true, "\(error?.description ?? "")")
  }

  @Test func noTokenizer() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try checkpoint("smollm-style", in: folder)
    try FileManager.default.removeItem(atPath: folder.path + "/tokenizer.json")
    #expect(throws: CheckpointError.self) { try checkpoint.tokenizerDefinition() }
  }

  /// Canonically equal strings are different tokens.
  @Test func tokensThatDifferInNormalisationOnly() throws {
    let folder = try TemporaryFolder()
    let checkpoint = try checkpoint(
      "smollm-style", in: folder, from: #""vocab":{"#,
      to: "\"vocab\":{\"\u{1E17}\":590,\"e\u{304}\u{301}\":591,")
    let forms = try checkpoint.tokenizerDefinition().forms
    #expect(Array(forms[590].utf8) == [0xE1, 0xB8, 0x97])
    #expect(Array(forms[591].utf8) == [0x65, 0xCC, 0x84, 0xCC, 0x81])
  }

  @Test func ggufTokenizer() throws {
    let folder = try TemporaryFolder()
    func definition(_ change: (inout GGUFBuilder) -> Void) throws -> TokenizerDefinition {
      var builder = GGUFBuilder()
      builder.add("tokenizer.ggml.tokens", strings: ["<s>", "a", "<end_of_turn>"])
      change(&builder)
      return try Checkpoint.open(try folder.write(builder.bytes, to: "a.gguf")).tokenizerDefinition()
    }
    let valid = try definition {
      $0.add("tokenizer.ggml.model", string: "llama")
      $0.add("tokenizer.ggml.scores", float32s: [0, -1, -2])
      $0.add("tokenizer.ggml.token_type", int32s: [3, 1, 4])
      $0.add("tokenizer.ggml.bos_token_id", uint32: 0)
      $0.add("tokenizer.ggml.add_bos_token", bool: false)
    }
    #expect(valid.types == [.control, .normal, .userDefined])
    #expect((valid.beginOfSequence, valid.endOfTurn, valid.addsBeginOfSequence) == (0, 2, false))
    #expect(throws: CheckpointError.self, "no model") { try definition { _ in } }
    #expect(throws: CheckpointError.self, "no scores") {
      try definition { $0.add("tokenizer.ggml.model", string: "llama") }
    }
    #expect(throws: CheckpointError.self, "unknown model") {
      try definition { $0.add("tokenizer.ggml.model", string: "rwkv") }
    }
    #expect(throws: CheckpointError.self, "unknown rule") {
      try definition {
        $0.add("tokenizer.ggml.model", string: "gpt2")
        $0.add("tokenizer.ggml.merges", strings: [])
        $0.add("tokenizer.ggml.pre", string: "unheard-of")
      }
    }
    #expect(throws: CheckpointError.self, "id outside") {
      try definition {
        $0.add("tokenizer.ggml.model", string: "llama")
        $0.add("tokenizer.ggml.scores", float32s: [0, -1, -2])
        $0.add("tokenizer.ggml.eos_token_id", uint32: 3)
      }
    }
    #expect(throws: CheckpointError.self, "unknown type") {
      try definition {
        $0.add("tokenizer.ggml.model", string: "llama")
        $0.add("tokenizer.ggml.scores", float32s: [0, -1, -2])
        $0.add("tokenizer.ggml.token_type", int32s: [3, 1, 9])
      }
    }
  }
}
