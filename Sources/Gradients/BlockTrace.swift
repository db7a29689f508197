import Checkpoints
import LinearAlgebra
package import Tensors
package import Transformers

/// What the derivatives of a block need of its forward pass, recomputed from the stream that enters it and the one between
/// its halves. All copies of a batch of cotangents or tangents share it.
package struct BlockTrace: Sendable {
  package let block: Int
  package let batch: Batch
  package let table: Rotation.Table
  /// x: `[tokens x d_model]`.
  package let input: Matrix<Float>
  /// Queries, keys and values with their biases, before head norms and rotation: `[tokens x (heads + 2 kv heads) · d_head]`; only
  /// where the family has head norms.
  package let unprepared: Matrix<Float>?
  /// The same as attention sees them.
  package let projected: Matrix<Float>
  /// What attention adds before its output norm; only where the family has one.
  package let attention: Matrix<Float>?
  /// x + attention.
  package let middle: Matrix<Float>
  /// `[tokens x 2 · d_ff]`: gate, up.
  package let gateAndUp: Matrix<Float>
  /// What the feed-forward layer adds before its output norm; only where the family has one.
  package let feedForward: Matrix<Float>?
}

extension Model {
  /// Recomputes block `block` of a tape; about two thirds of the block's forward pass, all of it where outputs are normalised.
  package func trace(_ block: Int, of tape: Tape) -> BlockTrace {
    let w = blocks[block]
    let index = block - tape.firstBlock
    let (input, middle) = (tape.states[index], tape.middles[index])
    let batch = Batch(
      sequences: Array(tape.lengths.indices), lengths: tape.lengths,
      firstPositions: tape.lengths.map { _ in 0 })
    let table = rotation.table(
      positions: batch.positions, local: configuration.usesSlidingWindow(block: block))
    var projected = w.product(normalised(input, w.attentionNorm), [.query, .key, .value])
    var unprepared: Matrix<Float>?
    if family.hasHeadNorms {
      var biased = projected
      biased.addToRows(w.projectionBias)
      unprepared = biased
    }
    prepareHeads(&projected, w, batch, table)
    let attention =
      family.hasOutputNorms ? attentionOutput(w, mix(projected, batch, nil, block)) : nil
    let gateAndUp = gateAndUp(w, middle)
    let feedForward = family.hasOutputNorms ? feedForwardOutput(w, gateAndUp) : nil
    return BlockTrace(
      block: block, batch: batch, table: table, input: input, unprepared: unprepared, projected: projected,
      attention: attention, middle: middle, gateAndUp: gateAndUp, feedForward: feedForward)
  }
}
