import Checkpoints
import LinearAlgebra
public import Tensors
public import Transformers

extension Model {
  /// J: takes tangents of the stream that enters `block` to the final residual stream (before the final norm): the exact
  /// directional derivative, forward mode. Weights are frozen.
  ///
  /// `dmid = dx + P′ attention′ N′ dx`, `dy = dmid + P′ mlp′ N′ dmid`. Cost and memory as of
  /// ``pullback(_:through:to:from:visiting:)``, whose transpose it is.
  /// - Parameters:
  ///   - tangents: `[copies · tokens x d_model]`, copy after copy.
  ///   - block: from the tape's first block on.
  /// - Returns: tangents of the final residual stream, of the same shape.
  /// - Throws: ``TransformerError`` for a block or a shape that does not fit, and for results that are not finite.
  public func pushforward(
    _ tangents: Matrix<Float>, through tape: Tape, from block: Int
  ) throws(TransformerError) -> Matrix<Float> {
    try check(block: block, from: tape.firstBlock)
    try check(tangents, copiesOf: tape, "the tangents")
    var d = tangents
    withSingleThreadedBLAS {
      for index in block..<configuration.blockCount {
        let trace = trace(index, of: tape)
        guard configuration.isParallel else {
          pushforwardAttention(trace, &d)
          pushforwardFeedForward(trace, &d)
          continue
        }
        // d + both pushforwards of d.
        var (attention, entering) = (d, d)
        pushforwardAttention(trace, &attention)
        pushforwardFeedForward(trace, &d)
        d.add(attention)
        entering.scale(by: -1)
        d.add(entering)
      }
    }
    try checkFinite(d.elements, "the tangents of the final states")
    return d
  }

  private func pushforwardAttention(_ trace: BlockTrace, _ d: inout Matrix<Float>) {
    let w = blocks[trace.block]
    addByCopies(trace.batch.rowCount, &d) { part in
      pushforwardNorm(trace.input, outerNorm(w), &part)
      var projected = w.product(part, [.query, .key, .value])
      pushforwardHeads(trace, &projected)
      part = w.product(pushforwardAttention(trace, projected), [.attentionOutput])
      if let output = trace.attention { pushforwardNorm(output, w.attentionOutputNorm, &part) }
      part.scale(by: configuration.residualScale)
    }
  }

  private func pushforwardFeedForward(_ trace: BlockTrace, _ d: inout Matrix<Float>) {
    let w = blocks[trace.block]
    let experts = w.experts.map { ExpertTrace(self, $0, normalised(trace.middle, innerNorm(w))) }
    let slopes = experts == nil ? gateSlopes(trace.gateAndUp) : nil
    addByCopies(trace.batch.rowCount, &d) { part in
      pushforwardNorm(trace.middle, innerNorm(w), &part)
      if let experts { part = experts.pushforward(part, self) }
      if let slopes {
        part = w.product(pushforwardGate(slopes, w.product(part, family.innerLayers)), [.down])
      }
      if let output = trace.feedForward { pushforwardNorm(output, w.feedForwardOutputNorm, &part) }
      part.scale(by: configuration.residualScale)
    }
  }
}
