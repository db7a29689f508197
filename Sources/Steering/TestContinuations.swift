internal import Foundation
internal import Tensors
internal import Tokenizers
internal import Transformers

/// Held-out items ready for a model: every prompt with its positive and its negative continuation as tokens.
///
/// The two texts of an item are tokenised whole, and scoring starts where their tokens part, so a token that
/// spans the end of the prompt does no harm.
struct TestContinuations: Sendable {
  /// Two sequences an item: positive, then negative.
  let sequences: [[Int]]
  /// For every sequence, the first position whose token is scored.
  let scoredFrom: [Int]
  var itemCount: Int { sequences.count / 2 }

  init(_ items: [(prompt: String, positive: String, negative: String)], model: Model) {
    var sequences: [[Int]] = []
    var scoredFrom: [Int] = []
    for item in items {
      let positive = model.tokenizer.encode(item.prompt + item.positive)
      let negative = model.tokenizer.encode(item.prompt + item.negative)
      let common = zip(positive, negative).prefix { $0.0 == $0.1 }.count
      // One text may be the start of the other; then nothing is left to score on one side.
      guard common > 0, common < positive.count, common < negative.count else { continue }
      sequences += [positive, negative]
      scoredFrom += [common, common]
    }
    self.sequences = sequences
    self.scoredFrom = scoredFrom
  }

  /// The positions whose next-token distributions are needed: one before every scored token.
  var selection: [SequencePosition] {
    sequences.indices.flatMap { index in
      (scoredFrom[index]..<sequences[index].count).map { SequencePosition(sequence: index, position: $0 - 1) }
    }
  }

  /// `log P(positive | prompt) - log P(negative | prompt)` in nats, one number an item.
  ///
  /// - Parameter logits: one row for each member of `selection`.
  func logOdds(_ logits: Matrix<Float>) -> [Double] {
    var row = 0
    let logProbabilities = sequences.indices.map { index in
      var sum = 0.0
      for position in scoredFrom[index]..<sequences[index].count {
        sum += NextTokenDistribution(logits, row: row).logProbability(of: sequences[index][position])
        row += 1
      }
      return sum
    }
    return stride(from: 0, to: logProbabilities.count, by: 2).map {
      logProbabilities[$0] - logProbabilities[$0 + 1]
    }
  }
}

/// Measures held-out log-odds under many interventions that share everything below the edited block.
struct LogOddsMeter: Sendable {
  let model: Model
  let continuations: TestContinuations
  private let prefix: PrefixStates

  /// - Parameter block: no intervention touches a block below it.
  init(_ continuations: TestContinuations, model: Model, before block: Int) throws {
    self.model = model
    self.continuations = continuations
    prefix = try model.prefix(continuations.sequences, before: block)
  }

  func logOdds(_ intervention: Intervention) throws -> [Double] {
    continuations.logOdds(
      try model.logits(continuing: prefix, selecting: continuations.selection, intervention: intervention))
  }
}
