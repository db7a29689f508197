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
  /// The positions whose next token is scored, one for each scored token.
  private(set) var selection: [SequencePosition] = []
  private var scored: [Scored] = []
  private(set) var itemCount = 0

  private struct Scored {
    let item: Int
    let token: Int
    /// +1 for a token of the positive continuation.
    let sign: Double
    /// The first token of either continuation follows the same context: the partition cancels.
    let isFirst: Bool
  }

  init(_ items: [(prompt: String, positive: String, negative: String)], model: Model) {
    for item in items {
      let positive = model.tokenizer.encodeStart(item.prompt + item.positive)
      let negative = model.tokenizer.encodeStart(item.prompt + item.negative)
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
    for (tokens, sign, sequence) in [(positive, 1.0, first), (negative, -1.0, isShared ? first : first + 1)] {
      for index in common..<tokens.count {
        selection.append(
          SequencePosition(sequence: index == common ? first : sequence, position: index - 1))
        scored.append(Scored(item: itemCount, token: tokens[index], sign: sign, isFirst: index == common))
      }
    }
    itemCount += 1
  }

  /// `log P(positive | prompt) - log P(negative | prompt)` in nats, one number an item.
  ///
  /// - Parameter states: one final state for each member of `selection`.
  func logOdds(_ states: Matrix<Float>, in model: Model) throws -> [Double] {
    let first = scored.indices.filter { scored[$0].isFirst }
    let later = scored.indices.filter { !scored[$0].isFirst }
    let logits = try model.logits(of: first.map { scored[$0].token }, from: states.selecting(rows: first))
    let logProbabilities = try model.logProbabilities(
      of: later.map { scored[$0].token }, from: states.selecting(rows: later))
    var sums = [Double](repeating: 0, count: itemCount)
    for (index, value) in zip(first + later, logits + logProbabilities) {
      sums[scored[index].item] += scored[index].sign * Double(value)
    }
    return sums
  }
}
