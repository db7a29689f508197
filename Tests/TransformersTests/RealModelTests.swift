import Checkpoints
import Foundation
import Tensors
import Testing
import Tokenizers
import Transformers

/// What transformers computes in f32 with one prompt on a real model's dequantised weights.
private struct GoldenPrompt: Decodable {
  let text: String
  let tokens: [Int]
  let top: [Int]
  let logProbabilities: [Float]
  let greedy: [Int]
}

@Suite struct RealModelTests {
  private static let folder = ProcessInfo.processInfo.environment["SEXTANT_MODELS"]

  /// The model's file, or `nil` with a message that nothing was tested.
  private func path(_ file: String) -> String? {
    let path = Self.folder.map { $0 + "/" + file }
    if let path, FileManager.default.fileExists(atPath: path) { return path }
    print("SKIPPED, NOT TESTED: \(file): set SEXTANT_MODELS to a folder that holds it")
    return nil
  }

  @Test(arguments: [
    "SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
  ])
  func logProbabilitiesAndGreedyTextEqualTheReference(_ file: String) throws {
    guard let path = path(file) else { return }
    let data = try Data(contentsOf: TinyModel.golden("real", "json"))
    let golden = try #require(try JSONDecoder().decode([String: [GoldenPrompt]].self, from: data)[file])
    let model = try Model.load(Checkpoint.open(path))
    for prompt in golden {
      let items = prompt.top.map { Continuation(prompt: prompt.tokens, continuation: [$0]) }
      let scores = try model.logProbabilities(of: items).map { $0[0] }
      #expect(distance(scores, prompt.logProbabilities) <= 0.01, "\(prompt.text)")
      #expect(model.tokenizer.encode(prompt.text) == prompt.tokens, "\(prompt.text)")
    }
    let texts = try model.generate(
      golden.map(\.tokens), options: GenerationOptions(maximumTokens: 48, stopTokens: []))
    #expect(texts == golden.map(\.greedy))
  }
}
