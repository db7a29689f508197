import Checkpoints
import Foundation
import TestSupport
import Testing
import Tokenizers

/// Vocabularies of models that cannot be run on text here.
@Suite struct CheckpointVocabularyTests {
  /// A folder with an embedding of six rows and this vocabulary.
  private func with(
    _ vocabulary: [UInt8], in name: String = "tokenizer.json", _ body: (Checkpoint) throws -> Void
  ) throws {
    let folder = try TemporaryFolder()
    let header = #"{"model.embed_tokens.weight":{"dtype":"F32","shape":[6,1],"data_offsets":[0,24]}}"#
    try folder.write(safetensors(header, data: 24), to: "model.safetensors")
    try folder.write(vocabulary, to: name)
    let checkpoint = try Checkpoint.open(folder.path)
    try withExtendedLifetime(folder) { try body(checkpoint) }
  }

  private func with(
    _ vocabulary: String, in name: String = "tokenizer.json", _ body: (Checkpoint) throws -> Void
  ) throws { try with(Array(vocabulary.utf8), in: name, body) }

  private func bytes(_ tokens: [Token]) -> [String] {
    tokens.map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  /// What a model with known rules gives is what its tokenizer gives.
  @Test(arguments: ["qwen-style", "smollm-style", "sentencepiece-style"]) func knownRules(style: String)
    throws
  {
    let folder = try TemporaryFolder()
    let header = #"{"model.embed_tokens.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}}"#
    try folder.write(safetensors(header, data: 4), to: "model.safetensors")
    for file in ["tokenizer.json", "tokenizer_config.json"] {
      try FileManager.default.copyItem(
        atPath: try golden(style + "/" + file), toPath: folder.path + "/" + file)
    }
    let checkpoint = try Checkpoint.open(folder.path)
    let vocabulary = try checkpoint.vocabulary()
    #expect(try vocabulary.tokens == Tokenizer(checkpoint.tokenizerDefinition()).vocabulary)
    #expect(vocabulary.remarks.isEmpty)
  }

  /// The shape of a type that is not known could say anything.
  @Test(arguments: ["[4611686018427387904,4,1]", "[1152921504606846976,1]"])
  func rowsAreHeldAgainstTheFile(shape: String) throws {
    let folder = try TemporaryFolder()
    let header = #"{"model.embed_tokens.weight":{"dtype":"F4","shape":SHAPE,"data_offsets":[0,4]}}"#
    try folder.write(
      safetensors(header.replacing("SHAPE", with: shape), data: 4), to: "model.safetensors")
    try folder.write("[PAD]\n[CLS]\nthe\n##ing\n", to: "vocab.txt")
    #expect(try bytes(Checkpoint.open(folder.path).vocabulary().tokens) == ["", "", " the", "ing"])
  }

  @Test func anotherNormalizer() throws {
    try with(
      """
      {"normalizer":{"type":"NFX"},"pre_tokenizer":{"type":"ByteLevel","add_prefix_space":false},
       "added_tokens":[{"id":0,"content":"<|end|>","special":true}],
       "model":{"type":"BPE","vocab":{"<|end|>":0,"a":1,"Ġa":2,"Ã¤":3,"Ċ":4},"merges":[]}}
      """
    ) { checkpoint in
      let vocabulary = try checkpoint.vocabulary()
      #expect(bytes(vocabulary.tokens) == ["", "a", " a", "ä", "\n", "[PAD5]"])
      #expect(vocabulary.tokens.map(\.kind) == [.control, .normal, .normal, .normal, .normal, .unused])
      #expect(vocabulary.remarks.only?.contains("normalizer NFX is not supported") == true)
      #expect(vocabulary.remarks.only?.contains("only running it on text") == true)
      let error = #expect(throws: CheckpointError.self) { try checkpoint.tokenizerDefinition() }
      #expect(error?.description.contains("NFX") == true)
    }
  }

  @Test func unigram() throws {
    try with(
      """
      {"normalizer":{"type":"Precompiled","precompiled_charsmap":"AAAA"},
       "pre_tokenizer":{"type":"Metaspace","replacement":"▁","add_prefix_space":true},
       "added_tokens":[{"id":0,"content":"<pad>","special":true},{"id":1,"content":"</s>","special":true}],
       "model":{"type":"Unigram","unk_id":2,"vocab":[["<pad>",0.0],["</s>",0.0],["<unk>",0.0],["▁the",-2.5],["ing",-3.0],["<0x0A>",-9]]}}
      """
    ) { checkpoint in
      let vocabulary = try checkpoint.vocabulary()
      #expect(bytes(vocabulary.tokens) == ["", "", "", " the", "ing", "\n"])
      #expect(vocabulary.tokens.map(\.kind) == [.control, .control, .control, .normal, .normal, .byte])
      #expect(vocabulary.remarks.only?.contains("3 bytes") == true)
    }
  }

  @Test func wordPiece() throws {
    try with(
      """
      {"normalizer":{"type":"BertNormalizer"},"pre_tokenizer":{"type":"BertPreTokenizer"},
       "added_tokens":[{"id":0,"content":"[CLS]","special":true}],"decoder":{"type":"WordPiece","prefix":"##"},
       "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
       "vocab":{"[CLS]":0,"[UNK]":1,"the":2,"##ing":3,"##":4,"ä":5}}}
      """
    ) { checkpoint in
      let vocabulary = try checkpoint.vocabulary()
      #expect(bytes(vocabulary.tokens) == ["", "", " the", "ing", " ##", " ä"])
      #expect(vocabulary.remarks.only?.contains("BertNormalizer") == true)
    }
  }

  @Test func wordEnds() throws {
    try with(
      """
      {"pre_tokenizer":{"type":"ByteLevel"},
       "model":{"type":"BPE","end_of_word_suffix":"</w>","vocab":{"a":0,"a</w>":1,"</w>":2,"b</w>":3},"merges":[]}}
      """
    ) { checkpoint in
      let tokens = try checkpoint.vocabulary().tokens
      #expect(bytes(Array(tokens.prefix(4))) == ["a", "a", "</w>", "b"])
    }
  }

  @Test func filesFromBeforeTokenizerJSON() throws {
    try with("[PAD]\n[CLS]\nthe\n##ing\n", in: "vocab.txt") { checkpoint in
      let vocabulary = try checkpoint.vocabulary()
      #expect(bytes(vocabulary.tokens) == ["", "", " the", "ing", "[PAD4]", "[PAD5]"])
      #expect(vocabulary.remarks.count == 2)
    }
    try with(#"{"a":0,"Ġa":1}"#, in: "vocab.json") { checkpoint in
      let tokens = try checkpoint.vocabulary().tokens
      #expect(bytes(Array(tokens.prefix(2))) == ["a", " a"])
    }
    try with("", in: "nothing") { checkpoint in
      let error = #expect(throws: CheckpointError.self) { try checkpoint.vocabulary() }
      #expect(error?.description.contains("tokenizer.json") == true)
    }
  }

  @Test func sentencePieceModels() throws {
    func piece(_ form: String, _ type: UInt8) -> [UInt8] {
      let fields = [0x0A, UInt8(form.utf8.count)] + Array(form.utf8) + [0x15, 0, 0, 0x80, 0xBF, 0x18, type]
      return [0x0A, UInt8(fields.count)] + fields
    }
    let model =
      piece("<unk>", 2) + piece("▁the", 1) + piece("<0x0A>", 6) + piece("ing", 1) + [0x12, 2, 8, 1]
    try with(model, in: "tokenizer.model") { checkpoint in
      let tokens = try checkpoint.vocabulary().tokens
      #expect(bytes(tokens) == ["", " the", "\n", "ing", "[PAD4]", "[PAD5]"])
    }
    for count in 1..<model.count {
      try with(Array(model[..<count]), in: "tokenizer.model") { checkpoint in
        if let cut = try? checkpoint.vocabulary() { #expect(cut.tokens.count == 6) }
      }
    }
  }

  /// Files of holes: only a limit keeps them from being read.
  @Test(arguments: ["vocab.txt", "tokenizer.model"]) func filesOfAnySizeAreNotRead(name: String) throws {
    try with("", in: name) { checkpoint in
      let path = checkpoint.path + "/" + name
      let file = try #require(FileHandle(forWritingAtPath: path), "\(path)")
      try file.truncate(atOffset: (64 << 20) + 1)
      try file.close()
      let error = #expect(throws: CheckpointError.self) { try checkpoint.vocabulary() }
      #expect(error?.description.contains("at most 67108864 bytes") == true, "\(error?.description ?? "")")
    }
  }

  @Test(arguments: ["kimi-k2", "afmoe", "of-the-future"])
  func ggufPreTokenizers(name: String) throws {
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder.valid
    builder.add("tokenizer.ggml.model", string: "gpt2")
    builder.add("tokenizer.ggml.pre", string: name)
    builder.add("tokenizer.ggml.tokens", strings: ["a", "Ġa", "Ã¤"])
    builder.add("tokenizer.ggml.merges", strings: ["Ġ a"])
    let checkpoint = try Checkpoint.open(try folder.write(builder.bytes, to: "a.gguf"))
    let vocabulary = try checkpoint.vocabulary()
    #expect(bytes(vocabulary.tokens) == ["a", " a", "ä"])
    #expect(vocabulary.remarks.only?.contains(name) == true)
    let error = #expect(throws: CheckpointError.self) { try checkpoint.tokenizerDefinition() }
    #expect(error?.description.contains(name) == true)
  }

  @Test(arguments: ["olmo", "tekken", "falcon", "gpt-4o", "deepseek-llm"]) func ggufNamedRules(name: String)
    throws
  {
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder.valid
    builder.add("tokenizer.ggml.model", string: "gpt2")
    builder.add("tokenizer.ggml.pre", string: name)
    builder.add("tokenizer.ggml.tokens", strings: ["a", "Ġ", "Ġa", "<s>"])
    builder.add("tokenizer.ggml.token_type", int32s: [1, 1, 1, 3])
    builder.add("tokenizer.ggml.merges", strings: ["Ġ a"])
    builder.add("tokenizer.ggml.bos_token_id", uint32: 3)
    let checkpoint = try Checkpoint.open(try folder.write(builder.bytes, to: "a.gguf"))
    #expect(try checkpoint.vocabulary().remarks.isEmpty)
    let tokenizer = try Tokenizer(checkpoint.tokenizerDefinition())
    #expect(tokenizer.encode("a a") == (name == "tekken" ? [3, 0, 2] : [0, 2]))
    #expect(tokenizer.encode("a<s>", addingSpecial: false, parsingSpecial: true) == [0, 3])
    #expect(tokenizer.decode([0, 2]) == "a a")
  }

  @Test(
    arguments: [
      ("t5", ["▁a", "b"], [" a", "b"], 1), ("bert", ["▁a", "b"], [" a", "b"], 1),
      ("of-the-future", ["▁a", "b"], [" a", "b"], 2), ("of-the-future", ["Ġa", "b"], [" a", "b"], 2),
      ("rwkv", ["a", " b"], ["a", " b"], 2),
    ] as [(String, [String], [String], Int)])
  func ggufModels(model: String, forms: [String], expected: [String], remarks: Int) throws {
    let folder = try TemporaryFolder()
    var builder = GGUFBuilder.valid
    builder.add("tokenizer.ggml.model", string: model)
    builder.add("tokenizer.ggml.tokens", strings: forms)
    let checkpoint = try Checkpoint.open(try folder.write(builder.bytes, to: "a.gguf"))
    let vocabulary = try checkpoint.vocabulary()
    #expect(bytes(vocabulary.tokens) == expected)
    #expect(vocabulary.remarks.count == remarks)
  }
}
