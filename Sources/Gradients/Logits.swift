import Checkpoints
import LinearAlgebra
public import Tensors
public import Transformers

/// Final norm, unembedding, factor and soft cap, `z = c tanh(u / c)`, `u = s (W_U N(h) + b)`; forward: `Model.unembed`.
extension Model {
  /// Jᵀ: cotangents of logits to those of the final residual rows that they were computed from.
  ///
  /// `du = dz ⊙ (1 − (z / c)²)` where the family caps logits, `dh = N′ᵀ W_Uᵀ du`. Cost: one pass over the unembedding, two where
  /// logits are capped.
  /// - Parameters:
  ///   - cotangents: `[rows x vocabulary]`.
  ///   - finalStates: `[rows x d_model]`, what left the last block.
  /// - Returns: `[rows x d_model]`.
  /// - Throws: ``TransformerError`` for shapes that do not fit, and for results that are not finite.
  public func pullbackLogits(
    _ cotangents: Matrix<Float>, at finalStates: Matrix<Float>
  ) throws(TransformerError) -> Matrix<Float> {
    try check(finalStates, rows: cotangents.rows, "the final states")
    guard cotangents.columns == configuration.vocabularySize else {
      throw .count(
        what: "logits of the cotangents", expected: configuration.vocabularySize, actual: cotangents.columns)
    }
    let logits = configuration.finalLogitCap == nil ? nil : try unembed(finalStates, in: .f32)
    var none: GradientCollector?
    return try pullback(cotangents, logits: logits, finalStates, &none)
  }

  /// - Parameter logits: capped; needed where the family caps them.
  private func pullback(
    _ cotangents: Matrix<Float>, logits: Matrix<Float>?, _ finalStates: Matrix<Float>,
    _ collector: inout GradientCollector?
  ) throws(TransformerError) -> Matrix<Float> {
    var d = cotangents
    if let cap = configuration.finalLogitCap, let logits {
      d.parallelUpdateRows(chunk: 1) { rows, elements in
        let z = logits.elements.span.extracting(
          rows.lowerBound * logits.columns..<rows.upperBound * logits.columns)
        for i in z.indices { elements[i] *= 1 - (z[i] / cap) * (z[i] / cap) }
      }
    }
    d.scale(by: configuration.logitScale)
    var result = withSingleThreadedBLAS {
      let table = isTied ? Weight.embedding : .unembedding
      if collector?.wants([table]) ?? false {
        collector?.add(weightGradient(d, 0..<d.columns, normalised(finalStates, finalNorm)), to: table)
      }
      if collector?.wants([.unembeddingBias]) ?? false {
        collector?.add(biasGradient(d, 0..<d.columns), to: .unembeddingBias)
      }
      return multiply(d, by: [unembedding])
    }
    collector?.add(.finalNorm, bias: .finalNormBias, self, finalStates, result)
    pullbackNorm(finalStates, finalNorm, &result)
    try checkFinite(result.elements, "the cotangents of the final states")
    return result
  }

  /// Mean cross-entropy of tokens that follow, and its cotangent on the final residual stream.
  ///
  /// `L = -1/n Σ ln softmax(z_i)[token_i]`, `dL/dz_i = (softmax(z_i) − e_token) / n`; the logits at a place predict the token after
  /// it. 128 places at a time, so memory is `128 · vocabulary · 8` bytes.
  /// - Parameter targets: a place twice counts twice.
  /// - Returns: the loss in nats, and `[tokens x d_model]`, zero where nothing was asked.
  /// - Throws: ``TransformerError`` for places and tokens that do not exist, without any target, and for logits that are not finite.
  public func nextTokenLoss(
    of tape: Tape, targets: [(place: SequencePosition, token: Int)]
  ) throws(TransformerError) -> (loss: Double, cotangent: Matrix<Float>) {
    var none: GradientCollector?
    return try nextTokenLoss(of: tape, targets: targets, &none)
  }

  func nextTokenLoss(
    of tape: Tape, targets: [(place: SequencePosition, token: Int)], _ collector: inout GradientCollector?
  ) throws(TransformerError) -> (loss: Double, cotangent: Matrix<Float>) {
    guard !targets.isEmpty else {
      throw .count(what: "targets of the loss (at least one)", expected: 1, actual: 0)
    }
    try check(targets.map(\.place), lengths: tape.lengths)
    for (place, token) in targets { try check(token: token, at: place) }
    let rows = targets.map { tape.row(of: $0.place) }
    let share = 1 / Float(targets.count)
    var loss = 0.0
    var cotangent = Matrix<Float>(rows: tape.tokenCount, columns: configuration.width, repeating: 0)
    for start in stride(from: 0, to: targets.count, by: 128) {
      let part = start..<min(targets.count, start + 128)
      let states = tape.finalStates.selecting(rows: Array(rows[part]))
      let logits = try unembed(states, in: .f32)
      let tokens = targets[part].map(\.token)
      loss += parallelMap(count: part.count) { i in
        logSumExp(logits.elements.span.extracting(logits.range(ofRow: i))) - Double(logits[i, tokens[i]])
      }.reduce(0, +)
      var d = logits
      d.parallelUpdateRows(chunk: 1) { range, elements in
        for row in range {
          let own = (row - range.lowerBound) * logits.columns..<(row - range.lowerBound + 1) * logits.columns
          softmax(&elements, own, scale: 1)
          elements[own.lowerBound + tokens[row]] -= 1
          for i in own { elements[i] *= share }
        }
      }
      let back = try pullback(d, logits: logits, states, &collector)
      for (i, row) in rows[part].enumerated() {
        for column in 0..<back.columns { cotangent[row, column] += back[i, column] }
      }
    }
    return (loss / Double(targets.count), cotangent)
  }
}
