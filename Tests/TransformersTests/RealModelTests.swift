import Checkpoints
import Foundation
import Tensors
import TestSupport
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
  @Test(arguments: [
    "SmolLM2-135M-Instruct.Q4_1.gguf", "gemma-3-270m-q4_k_m.gguf", "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
  ])
  func logProbabilitiesAndGreedyTextEqualTheReference(_ file: String) throws {
    guard let path = realCheckpoint(file) else { return }
    let data = try Data(contentsOf: TinyModel.golden("real", "json"))
    let golden = try #require(try JSONDecoder().decode([String: [GoldenPrompt]].self, from: data)[file])
    let model = try Model.load(Checkpoint.open(path))
    for prompt in golden {
      let states = try model.prefix([prompt.tokens], before: 0)
      let last = SequencePosition(sequence: 0, position: prompt.tokens.count - 1)
      let logits = try model.logits(continuing: states, selecting: [last])
      let total = Float(logSumExp(logits.elements.span))
      let scores = prompt.top.map { logits.elements[$0] - total }
      #expect(distance(scores, prompt.logProbabilities) <= 0.01, "\(prompt.text)")
      #expect(model.tokenizer.encode(prompt.text) == prompt.tokens, "\(prompt.text)")
    }
    let texts = try model.generate(
      golden.map(\.tokens), options: GenerationOptions(maximumTokens: 48, stopTokens: []))
    #expect(texts == golden.map(\.greedy))
  }
}
