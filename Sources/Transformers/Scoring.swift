import Checkpoints
import LinearAlgebra
public import Tensors

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
      of: continuations.flatMap(\.continuation),
      from: finalStates(continuing: states, selecting: selected, interventions: interventions))
    var start = 0
    return continuations.map { item in
      defer { start += item.continuation.count }
      return Array(flat[start..<start + item.continuation.count])
    }
  }

  /// The logit of one token at each row of ``finalStates(continuing:selecting:interventions:)``.
  ///
  /// Two continuations of the same context have the same partition: their log-odds are the difference of two
  /// logits, and the rest of the vocabulary need not be touched. Cost O(d_model) a token.
  /// - Throws: ``TransformerError`` for tokens that the vocabulary does not have, or another number of them.
  public func logits(of tokens: [Int], from states: Matrix<Float>) throws(TransformerError) -> [Float] {
    try check(tokens, rows: states.rows)
    let normalised = normalised(states, finalNorm)
    let rows = unembedding.selecting(rows: tokens)
    let logits = tokens.indices.map { i in
      let product = dot(
        normalised.elements.span.extracting(normalised.range(ofRow: i)),
        rows.elements.span.extracting(rows.range(ofRow: i)))
      return configuration.logitScale * (product + (unembeddingBias.isEmpty ? 0 : unembeddingBias[tokens[i]]))
    }
    try checkFinite(logits, "the logits")
    return configuration.finalLogitCap.map { cap in logits.map { capped($0, at: cap) } } ?? logits
  }

  /// `logit(token) - ln Σ exp(logits)` of one token at each row of
  /// ``finalStates(continuing:selecting:interventions:)``, 128 rows at a time.
  /// - Throws: as ``logits(of:from:)``.
  public func logProbabilities(of tokens: [Int], from states: Matrix<Float>) throws(TransformerError)
    -> [Float]
  {
    try check(tokens, rows: states.rows)
    var result: [Float] = []
    result.reserveCapacity(tokens.count)
    for start in stride(from: 0, to: tokens.count, by: 128) {
      let rows = start..<min(tokens.count, start + 128)
      let logits = try unembed(states.rows(rows))
      result += parallelMap(count: rows.count) { row in
        let total = logSumExp(logits.elements.span.extracting(logits.range(ofRow: row)))
        return Float(Double(logits[row, tokens[start + row]]) - total)
      }
    }
    return result
  }

  private func check(_ tokens: [Int], rows: Int) throws(TransformerError) {
    guard tokens.count == rows else {
      throw .count(what: "tokens asked about", expected: rows, actual: tokens.count)
    }
    try check(tokens.map { [$0] })
  }
}
