internal import Foundation
internal import Tensors
internal import Tokenizers
internal import Transformers

/// A text that the target model wrote under one vector, with what it cost.
public struct SteeredText: Sendable, Equatable, Codable {
  public let prompt: String
  public let continuation: String
  /// Perplexity of the continuation under the unsteered model.
  public let perplexity: Double
  /// Mean KL(unsteered ‖ steered) over the continuation's positions, nats a token.
  public let divergence: Double
  /// Share of the continuation's 3-grams of tokens that occurred before in it, 0 … 1.
  public let repetition: Double
}

/// Lets `model` continue every prompt under `intervention` and measures what it wrote.
///
/// Cost: one generation and two passes over the texts.
func steeredTexts(
  _ prompts: [String], model: Model, intervention: Intervention, options: GenerationOptions
) throws -> [SteeredText] {
  let encoded = prompts.map { model.tokenizer.encodeStart($0) }
  let continuations = try model.generate(encoded, options: options, intervention: intervention)
  let written = prompts.indices.filter { !continuations[$0].isEmpty }
  let sequences = written.map { encoded[$0] + continuations[$0] }
  let selection = written.indices.flatMap { index in
    (encoded[written[index]].count..<sequences[index].count).map {
      SequencePosition(sequence: index, position: $0 - 1)
    }
  }
  let prefix = try model.prefix(sequences, before: 0)
  let unsteered = try model.logits(continuing: prefix, selecting: selection, intervention: .none)
  let steered = try model.logits(continuing: prefix, selecting: selection, intervention: intervention)
  let tokens = written.flatMap { continuations[$0] }
  let measured: [(surprise: Double, divergence: Double)] = parallelMap(count: tokens.count) { row in
    let base = NextTokenDistribution(unsteered, row: row)
    return (
      -base.logProbability(of: tokens[row]),
      base.divergence(from: NextTokenDistribution(steered, row: row))
    )
  }
  var row = 0
  return written.map { index in
    let tokens = continuations[index]
    defer { row += tokens.count }
    let surprise = measured[row..<row + tokens.count].reduce(0.0) { $0 + $1.surprise }
    let divergence = measured[row..<row + tokens.count].reduce(0.0) { $0 + $1.divergence }
    return SteeredText(
      prompt: prompts[index], continuation: model.tokenizer.decode(tokens),
      perplexity: exp(surprise / Double(tokens.count)), divergence: divergence / Double(tokens.count),
      repetition: repeatedTrigrams(tokens))
  }
}

/// Share of 3-grams that occurred before; 0 for texts of less than four tokens.
func repeatedTrigrams(_ tokens: [Int]) -> Double {
  guard tokens.count > 3 else { return 0 }
  let trigrams = (0...tokens.count - 3).map { Array(tokens[$0..<$0 + 3]) }
  return 1 - Double(Set(trigrams).count) / Double(trigrams.count)
}
