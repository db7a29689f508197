import Foundation
import Testing

/// What a model's file says is done or named, as a user sees it.
@Suite struct ReadingTests {
  /// A tiny model with its bytes changed.
  private func write(
    _ name: String, of model: String = tinyLlama, in tool: Tool, _ change: (inout Data) throws -> Void
  ) throws {
    var bytes = try Data(contentsOf: URL(filePath: model))
    try change(&bytes)
    try bytes.write(to: URL(filePath: tool.path(name)))
  }

  private func place(_ key: String, in bytes: Data) throws -> Int {
    try #require(bytes.range(of: Data(key.utf8))).upperBound
  }

  @Test func weightsThatAreNotNumbersAreThree() throws {
    let tool = try Tool()
    defer { tool.remove() }
    // In the last block, before the unembedding's 12 kB.
    try write("broken.gguf", in: tool) { bytes in
      let range = bytes.count - 20_000..<bytes.count - 16_000
      bytes.replaceSubrange(range, with: Data(repeating: 0xFF, count: range.count))
    }
    for arguments in [
      ["generate", "broken.gguf", "a"], ["score", "broken.gguf", "a", "b"],
      ["steer", "extract", "broken.gguf", "--contrast", "tense", "--block", "2", "-o", "v.safetensors"],
    ] {
      let result = try tool.run(arguments)
      #expect(result.code == 3, "\(arguments): \(result.err)")
      #expect(result.out.isEmpty && result.err.contains("tensor blk.2."), "\(arguments): \(result.err)")
    }
    #expect(!FileManager.default.fileExists(atPath: tool.path("v.safetensors")))
  }

  @Test func theContextHasAnEnd() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try write("short.gguf", in: tool) { bytes in
      let place = try place("llama.context_length", in: bytes) + 4
      bytes.replaceSubrange(place..<place + 4, with: [8, 0, 0, 0])
    }
    let long = try tool.run("generate", "short.gguf", "abcdefghi")
    #expect(long.code == 4 && long.out.isEmpty)
    #expect(long.err.contains("9 tokens") && long.err.contains("8"), "\(long.err)")
    #expect(try tool.run("score", "short.gguf", "abcdef", "ghi").code == 4)
    let cut = try tool.run("generate", "short.gguf", "abcdef", "--json")
    #expect(cut.code == 0)
    if !cut.err.isEmpty { #expect(cut.err.contains("8 tokens")) }
    let full = try tool.run("generate", "short.gguf", "abcdefgh", "--json")
    #expect(full.code == 0 && full.err.contains("the text ends at 8 tokens"), "\(full.out)\(full.err)")
  }

  @Test func keysThatAreNotUnderstoodAreThree() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try write("scaled.gguf", in: tool) { bytes in
      // Of the same length as the key that it replaces, whose value stays.
      let key = Data("llama.rope.freq_base".utf8)
      let place = try #require(bytes.range(of: key))
      bytes.replaceSubrange(place, with: Data("llama.rope.freq_bass".utf8))
    }
    let result = try tool.run("generate", "scaled.gguf", "a")
    #expect(result.code == 3 && result.out.isEmpty)
    #expect(result.err.contains("llama.rope.freq_bass"), "\(result.err)")
  }

  @Test func aSplittingRuleIsNotGuessed() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try write("unsplit.gguf", in: tool) { bytes in
      let place = try #require(bytes.range(of: Data("tokenizer.ggml.pre".utf8)))
      bytes.replaceSubrange(place, with: Data("tokenizer.ggml.pro".utf8))
    }
    let result = try tool.run("generate", "unsplit.gguf", "a")
    #expect(result.code == 3 && result.out.isEmpty)
    #expect(result.err.contains("tokenizer.ggml.pre"), "\(result.err)")
  }

  /// Refused before two gigabytes are asked for, a flag for each block.
  @Test func moreBlocksThanTensorsAreRefusedFirst() throws {
    let tool = try Tool()
    defer { tool.remove() }
    try write("deep.gguf", of: fixture("TransformersTests/Golden/gemma3.gguf"), in: tool) { bytes in
      let place = try place("gemma3.block_count", in: bytes) + 4
      bytes.replaceSubrange(place..<place + 4, with: [0xFF, 0xFF, 0xFF, 0x7F])
    }
    let result = try tool.shell(
      "export OPENBLAS_NUM_THREADS=1; ulimit -v 2000000; sextant generate deep.gguf a")
    #expect(result.code == 3 && result.err.contains("block count"), "\(result.code) \(result.err)")
  }

  /// Vocabularies are padded, but a tokenizer of another model is no padding.
  @Test(arguments: [(6, 6, 0), (6, 22, 0), (6, 23, 3), (1100, 100, 0), (1100, 6, 3)])
  func tokensAndRowsBelongTogether(rows: Int, tokens: Int, code: Int) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let folder = tool.folder.appending(path: "m")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let header =
      #"{"model.embed_tokens.weight":{"dtype":"F32","shape":[\#(rows),4],"data_offsets":[0,\#(16 * rows)]}}"#
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> ($0 * 8)) }
    let numbers = [UInt8](repeating: 1, count: 16 * rows)
    try Data(length + Array(header.utf8) + numbers).write(to: folder.appending(path: "model.safetensors"))
    let words = (0..<tokens).map { "w\($0)\n" }.joined()
    try Data(words.utf8).write(to: folder.appending(path: "vocab.txt"))
    let result = try tool.run("import", "m", "--as", "a")
    #expect(Int(result.code) == code, "\(result.err)")
    if code != 0 {
      #expect(result.err.contains("vocabulary: expected about \(rows) tokens"), "\(result.err)")
    }
  }

  /// Names, keys and values of a file reach a terminal as words only.
  @Test func nothingOfAFileIsObeyedByATerminal() throws {
    let tool = try Tool()
    defer { tool.remove() }
    func replace(_ old: String, _ new: String, in bytes: inout Data) throws {
      #expect(old.utf8.count == new.utf8.count, "the lengths in the file stay right")
      bytes.replaceSubrange(try #require(bytes.range(of: Data(old.utf8))), with: Data(new.utf8))
    }
    let model = "red\u{1B}[31m.gguf"
    try write(model, in: tool) { bytes in
      try replace("general.name", "general\u{1B}[31m", in: &bytes)
      try replace("random llama", "\u{1B}]0;pwned\u{7}ax", in: &bytes)
    }
    try write("key.gguf", in: tool) { bytes in
      try replace("llama.rope.freq_base", "llama.rope\u{1B}[2Jbbasee", in: &bytes)
    }
    func words(_ arguments: String..., code: Int32 = 0) throws -> String {
      let result = try tool.run(arguments)
      let said = result.out + result.err
      let isObeyed = said.unicodeScalars.contains { $0.value == 0x07 || $0.value == 0x1B || $0.value == 0x9B }
      #expect(result.code == code && !isObeyed, "\(arguments): \(result.err)")
      return said
    }
    let tree = try words("inspect", model)
    #expect(tree.contains("red␛[31m.gguf") && tree.contains("general␛[31m = "), "\(tree)")
    #expect(try words("inspect", model, "--json").lowercased().contains("general\\u001b[31m"))
    #expect(try words("verify", model).contains("␛"))
    #expect(try words("import", model, "--as", "a", "-v").contains("␛"))
    #expect(try words("inspect", "models/a.h5").contains("␛"))
    #expect(try words("inspect", "models/a.h5", "--json").lowercased().contains("\\u001b"))
    _ = try words(
      "steer", "extract", model, "--contrast", "tense", "--block", "1", "-o", "v.safetensors", "-v")
    #expect(try words("inspect", "v.safetensors").contains("␛"))
    #expect(try words("inspect", "v.safetensors", "--json").lowercased().contains("\\u001b"))
    let gemma = fixture("TransformersTests/Golden/gemma3.gguf")
    #expect(try words("generate", gemma, "a", "--vector", "v.safetensors", code: 4).contains("␛"))
    #expect(try words("generate", "key.gguf", "a", code: 3).contains("llama.rope␛[2Jbbasee"))
  }

  @Test func continuationsAreReadAsOneTextWithThePrompt() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let whole = try tool.run("score", tinyLlama, "a", "th", "--json")
    let late = try tool.run("score", tinyLlama, "at", "h", "--json")
    #expect(whole.code == 0 && whole.err.isEmpty)
    #expect(late.code == 0 && late.err.contains("\"th\" begins in the prompt"), "\(late.err)")
    func numbers(_ output: String) -> Substring? { output.split(separator: "token_log").last }
    #expect(numbers(whole.out) == numbers(late.out))
    #expect(try tool.run("score", tinyLlama, "t", "h").code == 2, "no token before")
  }
}
