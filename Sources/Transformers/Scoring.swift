import LinearAlgebra
import Tensors

/// A text to be scored after a prompt, both as tokens.
public struct Continuation: Sendable, Hashable {
  public let prompt: [Int]
  public let continuation: [Int]

  /// - Parameter prompt: at least one token (begin of sequence, say), which the first probability needs.
  public init(prompt: [Int], continuation: [Int]) {
    self.prompt = prompt
    self.continuation = continuation
  }
}

extension Model {
  /// `ln p(token | everything before it)` for each token of each continuation.
  ///
  /// All continuations run together, cut into groups of 2048 tokens; only the positions that predict a
  /// continuation's token are unembedded, 128 at a time.
  /// - Parameter interventions: one a continuation, or none.
  /// - Returns: one list a continuation, as long as the continuation, natural logarithms.
  /// - Throws: ``TransformerError`` for tokens or edits that do not fit.
  public func logProbabilities(
    of continuations: [Continuation], interventions: [Intervention] = []
  ) throws(TransformerError) -> [[Float]] {
    for (index, item) in continuations.enumerated() where item.prompt.isEmpty {
      throw .emptySequence(sequence: index)
    }
    try check(continuations.map { $0.prompt + $0.continuation })
    // The last token predicts nothing that is asked for.
    let sequences = continuations.map { Array(($0.prompt + $0.continuation.dropLast())) }
    let selected = continuations.enumerated().flatMap { sequence, item in
      item.continuation.indices.map {
        SequencePosition(sequence: sequence, position: item.prompt.count - 1 + $0)
      }
    }
    let states = try prefix(sequences, before: 0)
    let flat = try logProbabilities(
      continuing: states, of: continuations.flatMap(\.continuation), at: selected,
      interventions: interventions)
    var start = 0
    return continuations.map { item in
      defer { start += item.continuation.count }
      return Array(flat[start..<start + item.continuation.count])
    }
  }

  /// `logit(token) - ln Σ exp(logits)` for one token a row.
  func logProbabilities(of tokens: [Int], from hidden: Matrix<Float>) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(tokens.count)
    for start in stride(from: 0, to: tokens.count, by: 128) {
      let rows = start..<min(tokens.count, start + 128)
      let slice = Matrix(
        rows: rows.count, columns: hidden.columns,
        elements: Array(hidden.elements[start * hidden.columns..<rows.upperBound * hidden.columns]))
      let logits = unembed(slice)
      result += parallelMap(count: rows.count) { row in
        let total = logSumExp(logits.elements.span.extracting(logits.range(ofRow: row)))
        return Float(Double(logits[row, tokens[start + row]]) - total)
      }
    }
    return result
  }
}
