import Foundation
import Testing

/// `steer extract` by the methods that need no pairs.
struct ExtractTests {
  private func extract(_ tool: Tool, _ arguments: [String]) throws -> Tool.Output {
    try tool.run(["steer", "extract", tinyLlama, "--block", "1", "-o", "v.safetensors"] + arguments)
  }

  @Test func aTokenDirectionIsAVectorLikeOthers() throws {
    let tool = try Tool()
    defer { tool.remove() }
    let found = try extract(tool, ["--method", "token-direction", "--token", "a", "--against", "t"])
    #expect(found.code == 0, "\(found.err)")
    let lines = found.out.split(separator: "\n")
    #expect(lines.last == "v.safetensors" && lines[0].contains("19 random vectors as long"), "\(found.out)")
    let shown = try tool.run("inspect", "v.safetensors").out
    for part in [
      "method = tokenDirection", "behaviour = \"a\" against \"t\"", "dose_one_divergence", "pairs = 0",
    ] {
      #expect(shown.contains(part), "\(part): \(shown)")
    }
    // It is tested on a set that is named, and has none of its own.
    #expect(try tool.run("align", tinyLlama, tinyQwen).code == 0)
    let validate = [
      "steer", "validate", "v.safetensors", tinyQwen, "--source", tinyLlama, "--map",
      "alignments/llama--qwen2.ridge.h5", "--items", "12", "--random-vectors", "19", "--permuted-labels",
      "19",
      "--shuffled-maps", "19", "--generated-tokens", "2",
    ]
    let tested = try tool.run(validate + ["--contrast", "sentiment"])
    #expect([0, 5].contains(tested.code), "\(tested.err)")
    #expect(tested.err.contains("was made by token-direction, without pairs"), "\(tested.err)")
    let alone = try tool.run(validate)
    #expect(alone.code == 2 && alone.err.contains("--contrast"), "\(alone.err)")
  }

  @Test func generateWritesTheTextOfALatentVector() throws {
    let tool = try Tool()
    defer { tool.remove() }
    // As long as one vector can make a random model of three blocks write.
    try Data("ts\n".utf8).write(to: URL(filePath: tool.path("poem.txt")))
    let found = try tool.run(
      "steer", "extract", tinyQwen, "--block", "1", "-o", "v.safetensors", "--method", "latent-vector",
      "--text",
      "poem.txt", "--prompt", "one")
    #expect(found.code == 0, "\(found.err)")
    #expect(found.out.contains("greedy decoding writes 100 % with the vector"), "\(found.out)")
    let count = try #require(found.out.firstMatch(of: /of (\d+) tokens/)).1
    let text = try tool.run(
      "generate", tinyQwen, "one", "--vector", "v.safetensors", "--max-tokens", "\(count)")
    #expect(text.out == "onets\n", "\(text.out)")
  }

  @Test(arguments: [
    ["--method", "token-direction"], ["--method", "latent-vector"], ["--method", "mean-difference"], [],
    ["--method", "token-direction", "--token", "a", "--contrast", "tense"],
    ["--method", "token-direction", "--token", "a", "--position", "mean"],
    ["--contrast", "tense", "--token", "a"], ["--contrast", "tense", "--steps", "5"],
    ["--method", "token-direction", "--token", "no token"], ["--method", "token-direction", "--token", ""],
    ["--method", "token-direction", "--token", "a", "--divergence", "0"], ["--method", "gradient"],
  ])
  func whatDoesNotBelongTogetherIsAUsageError(arguments: [String]) throws {
    let tool = try Tool()
    defer { tool.remove() }
    let found = try extract(tool, arguments)
    #expect(found.code == 2, "\(arguments): \(found.code) \(found.err)")
    #expect(!FileManager.default.fileExists(atPath: tool.path("v.safetensors")))
  }

  @Test func aTextThatIsNotThereIsBadInput() throws {
    let tool = try Tool()
    defer { tool.remove() }
    #expect(
      try extract(tool, ["--method", "latent-vector", "--text", "absent.txt", "--prompt", "a"]).code == 3)
  }
}
