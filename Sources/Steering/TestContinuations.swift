internal import Foundation
internal import Tensors
internal import Tokenizers
internal import Transformers

/// Held-out items ready for a model: every prompt with its positive and its negative continuation as tokens.
///
/// The two texts of an item are tokenised whole, and scoring starts where their tokens part, so a token that
/// spans the end of the prompt does no harm. Continuations that can share one sequence do: where both are one
/// token long, the prompt alone gives both probabilities.
struct TestContinuations: Sendable {
  /// What the model reads.
  private(set) var sequences: [[Int]] = []
  /// The positions whose next-token distributions are needed.
  private(set) var selection: [SequencePosition] = []
  /// For every item, the rows of `selection` and the tokens that make up its continuations.
  private var items: [(positive: [Scored], negative: [Scored])] = []
  var itemCount: Int { items.count }

  private struct Scored {
    let row: Int
    let token: Int
  }

  init(_ items: [(prompt: String, positive: String, negative: String)], model: Model) {
    for item in items {
      let positive = model.tokenizer.encode(item.prompt + item.positive)
      let negative = model.tokenizer.encode(item.prompt + item.negative)
      let common = zip(positive, negative).prefix { $0.0 == $0.1 }.count
      // One text may be the start of the other; then nothing is left to score on one side.
      guard common > 0, common < positive.count, common < negative.count else { continue }
      append(positive, negative, common: common)
    }
  }

  private mutating func append(_ positive: [Int], _ negative: [Int], common: Int) {
    // The last token of a continuation is predicted, never read.
    let inputs = [positive.dropLast(), negative.dropLast()]
    let longer = inputs[0].count >= inputs[1].count ? 0 : 1
    let isShared = inputs[longer].starts(with: inputs[1 - longer])
    let first = sequences.count
    sequences += isShared ? [Array(inputs[longer])] : inputs.map { Array($0) }
    var rows: [SequencePosition: Int] = [:]
    func scored(_ tokens: [Int], in sequence: Int) -> [Scored] {
      (common..<tokens.count).map { index in
        let position = SequencePosition(sequence: sequence, position: index - 1)
        let row = rows[position] ?? selection.count
        if row == selection.count {
          selection.append(position)
          rows[position] = row
        }
        return Scored(row: row, token: tokens[index])
      }
    }
    let scoredPositive = scored(positive, in: first)
    let scoredNegative = scored(negative, in: isShared ? first : first + 1)
    items.append((scoredPositive, scoredNegative))
  }

  /// `log P(positive | prompt) - log P(negative | prompt)` in nats, one number an item.
  ///
  /// - Parameter logits: one row for each member of `selection`.
  func logOdds(_ logits: Matrix<Float>) -> [Double] {
    let distributions = (0..<logits.rows).map { NextTokenDistribution(logits, row: $0) }
    func logProbability(_ tokens: [Scored]) -> Double {
      tokens.reduce(0.0) { $0 + distributions[$1.row].logProbability(of: $1.token) }
    }
    return items.map { logProbability($0.positive) - logProbability($0.negative) }
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
