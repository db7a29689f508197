import Foundation
import Tensors
import Testing
import Transformers

@Suite struct GenerationTests {
  @Test(arguments: TinyModel.names) func greedyTakesTheBestTokenEveryTime(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let prompts = [Array(tiny.tokens.prefix(5)), Array(tiny.tokens.prefix(12))]
    let options = GenerationOptions(maximumTokens: 10, stopTokens: [])
    let generated = try tiny.model.generate(prompts, options: options)
    for (prompt, tokens) in zip(prompts, generated) {
      let logits = try tiny.logits(prompt + tokens)
      for (index, token) in tokens.enumerated() {
        let row = logits.row(prompt.count - 1 + index)
        #expect(row[token] >= (row.max() ?? 0) - 1e-4)
      }
      #expect(tokens.count == 10)
    }
    let stop = generated[0][4]
    let first = generated[0].firstIndex(of: stop) ?? 4
    let stopped = try tiny.model.generate(
      prompts, options: GenerationOptions(maximumTokens: 10, stopTokens: [stop]))
    #expect(stopped[0] == Array(generated[0].prefix(first)))
  }

  @Test func samplingDependsOnTheSeedAlone() throws {
    let tiny = try TinyModel.load("llama")
    let prompt = Array(tiny.tokens.prefix(5))
    let options = GenerationOptions(maximumTokens: 20, temperature: 1.5, seed: 4, stopTokens: [])
    let alone = try tiny.model.generate([prompt], options: options)
    let batch = try tiny.model.generate([prompt, tiny.tokens], options: options)
    #expect(alone[0] == batch[0])
    var other = options
    other.seed = 5
    #expect(try tiny.model.generate([prompt], options: other) != alone)
    other.topK = 1
    var greedy = options
    greedy.temperature = 0
    #expect(
      try tiny.model.generate([prompt], options: other) == tiny.model.generate([prompt], options: greedy))
    other.topK = 0
    other.topP = 1e-9
    #expect(
      try tiny.model.generate([prompt], options: other) == tiny.model.generate([prompt], options: greedy))
  }

  @Test func samplingFollowsTheDistribution() throws {
    let tiny = try TinyModel.load("llama")
    let prompt = Array(tiny.tokens.prefix(5))
    let row = try tiny.logits(prompt).row(4).map(Double.init)
    let best = try #require(row.indices.max { row[$0] < row[$1] })
    let options = GenerationOptions(maximumTokens: 1, temperature: 1, seed: 9, stopTokens: [])
    let draws = try tiny.model.generate(Array(repeating: prompt, count: 2000), options: options)
    let share = Double(draws.count { $0 == [best] }) / 2000
    let scores = try tiny.model.logProbabilities(of: [Continuation(prompt: prompt, continuation: [best])])
    let probability = exp(Double(scores[0][0]))
    let deviation = (probability * (1 - probability) / 2000).squareRoot()
    #expect(abs(share - probability) <= 4 * deviation + 1e-3)
  }

  @Test func optionsOutsideTheirRangesAreRefused() throws {
    let tiny = try TinyModel.load("llama")
    for options in [
      GenerationOptions(maximumTokens: -1), GenerationOptions(temperature: -1),
      GenerationOptions(topK: -1), GenerationOptions(topP: 0), GenerationOptions(temperature: .nan),
    ] {
      #expect(throws: TransformerError.self) { try tiny.model.generate([[1]], options: options) }
    }
  }
}
