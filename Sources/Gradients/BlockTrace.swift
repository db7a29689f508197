import Checkpoints
import LinearAlgebra
package import Tensors
package import Transformers

/// What the derivatives of a block need of its forward pass. All copies of a batch of cotangents or tangents share it.
package struct BlockTrace: Sendable {
  package let block: Int
  package let batch: Batch
  package let table: Rotation.Table
  /// x: `[tokens x d_model]`.
  package let input: Matrix<Float>
  /// Queries, keys and values with their biases, clipped, before head norms and rotation: `[tokens x (heads + 2 kv heads) · d_head]`; only
  /// where there are head norms or clips.
  package let unprepared: Matrix<Float>?
  /// The same as attention sees them, of all tokens of the sequences, also of those that ``batch`` leaves out.
  package let projected: Matrix<Float>
  /// The row of ``projected`` at which each sequence begins.
  package let starts: [Int]
  /// What attention puts out, before its output norm; only where the family has one, or halves stand side by side.
  package let attention: Matrix<Float>?
  /// What the feed-forward layer reads: x + attention, or x where halves stand side by side.
  package let middle: Matrix<Float>
  /// `[tokens x 2 · d_ff]`: gate, up; without gates `[tokens x d_ff]`, without columns where the block has experts.
  package let gateAndUp: Matrix<Float>
  /// What the feed-forward layer adds before its output norm; only where the family has one, or the block experts.
  package let feedForward: Matrix<Float>?

  /// The same for derivatives by the positions from one on alone; earlier tokens stay what attention sees.
  func from(_ position: Int) -> BlockTrace {
    guard position > 0 else { return self }
    let asked = Batch(
      sequences: batch.items.map(\.sequence),
      lengths: batch.items.map { max(0, $0.rows.count - position) },
      firstPositions: batch.items.map { _ in position })
    let rows = batch.items.flatMap { Array($0.rows.dropFirst(position)) }
    func cut(_ x: Matrix<Float>) -> Matrix<Float> { x.selecting(rows: rows) }
    return BlockTrace(
      block: block, batch: asked, table: table, input: cut(input), unprepared: unprepared.map(cut),
      projected: projected, starts: starts, attention: attention.map(cut), middle: cut(middle),
      gateAndUp: cut(gateAndUp),
      feedForward: feedForward.map(cut))
  }
}

extension Model {
  /// What the derivatives of a block of a tape need: as the tape keeps it, or recomputed, which takes about two thirds of the block's
  /// forward pass, all of it where outputs are normalised.
  package func trace(_ block: Int, of tape: Tape) -> BlockTrace {
    let index = block - tape.firstBlock
    return tape.traces.isEmpty
      ? trace(block, entering: tape.states[index], middle: tape.middles[index], lengths: tape.lengths)
      : tape.traces[index]
  }

  /// Runs block `block` on the stream that enters it, as far as its derivatives need.
  ///
  /// - Parameter middle: the stream between its halves; nil where it is not known.
  func trace(_ block: Int, entering input: Matrix<Float>, middle: Matrix<Float>?, lengths: [Int])
    -> BlockTrace
  {
    let w = blocks[block]
    let batch = Batch(
      sequences: Array(lengths.indices), lengths: lengths, firstPositions: lengths.map { _ in 0 })
    let table = rotation.table(positions: batch.positions, rotation.kind(ofBlock: block))
    var projected = w.product(normalised(input, outerNorm(w)), [.query, .key, .value])
    var unprepared: Matrix<Float>?
    if configuration.headNorms != .none || configuration.projectionClip != nil {
      var biased = projected
      biased.addToRows(w.projectionBias)
      if let clip = configuration.projectionClip {
        for i in biased.elements.indices { biased.elements[i] = min(max(biased.elements[i], -clip), clip) }
      }
      unprepared = biased
    }
    prepareHeads(&projected, w, batch, table)
    let attention =
      middle == nil || family.hasOutputNorms ? attentionOutput(w, mix(projected, batch, nil, block)) : nil
    let between =
      middle ?? (configuration.isParallel ? input : sum(input, attention, w.attentionOutputNorm))
    let hasExperts = w.experts != nil
    let gateAndUp =
      hasExperts ? Matrix(rows: input.rows, columns: 0, elements: []) : gateAndUp(w, between)
    let output =
      hasExperts
      ? rawFeedForward(w, between) : family.hasOutputNorms ? feedForwardOutput(w, gateAndUp) : nil
    return BlockTrace(
      block: block, batch: batch, table: table, input: input, unprepared: unprepared, projected: projected,
      starts: batch.items.map(\.rows.lowerBound),
      attention: family.hasOutputNorms || configuration.isParallel ? attention : nil, middle: between,
      gateAndUp: gateAndUp, feedForward: output)
  }

  /// The stream that leaves the block of a trace.
  func output(of trace: BlockTrace) -> Matrix<Float> {
    let w = blocks[trace.block]
    let stream =
      configuration.isParallel ? sum(trace.middle, trace.attention, w.attentionOutputNorm) : trace.middle
    return sum(
      stream, trace.feedForward ?? feedForwardOutput(w, trace.gateAndUp), w.feedForwardOutputNorm)
  }

  /// A stream and what a half of a block adds to it.
  private func sum(_ stream: Matrix<Float>, _ output: Matrix<Float>?, _ norm: NormWeights) -> Matrix<Float> {
    var sum = stream
    if let output { sum.add(added(output, norm)) }
    return sum
  }

  /// Bytes of the traces of all blocks from `block` on, a token.
  func traceBytes(from block: Int) -> Int {
    let c = configuration
    let heads =
      (c.headCount + 2 * c.keyValueHeadCount) * c.headDimension
      * (c.headNorms == .none && c.projectionClip == nil ? 1 : 2)
    let outputs = family.hasOutputNorms || c.isParallel || c.experts != nil ? 2 * c.width : 0
    let inner = family.innerLayers.count * c.feedForwardWidth
    return (c.blockCount - block) * (heads + inner + outputs) * MemoryLayout<Float>.size
  }
}
