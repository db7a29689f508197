import Foundation
import Testing

/// What a model's file says is done or named, as a user sees it.
@Suite struct ReadingTests {
  /// The tiny model with its bytes changed.
  private func write(_ name: String, in tool: Tool, _ change: (inout Data) throws -> Void) throws {
    var bytes = try Data(contentsOf: URL(filePath: tinyLlama))
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
