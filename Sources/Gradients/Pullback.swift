import Checkpoints
import LinearAlgebra
public import Tensors
public import Transformers

extension Model {
  /// Jᵀ: takes cotangents of the final residual stream (before the final norm) back to the stream that enters `block`; weights
  /// are frozen.
  ///
  /// A parallel block adds both pullbacks of dy; otherwise a block computes `mid = x + P(attention(N(x)))`, `y = mid + P(mlp(N(mid)))`; its pullback is
  /// `d_mid = dy + N′ᵀ mlp′ᵀ P′ᵀ dy`, `dx = d_mid + N′ᵀ attention′ᵀ P′ᵀ d_mid`. A block is recomputed from the tape once for
  /// all cotangents. Many cotangents over one tape cost less each: decoding is shared, and from about d_model / 2.6 of them on the
  /// feed-forward layers are multiplied out token by token.
  /// Cost: about 1.7 forward passes for one cotangent. Memory: twice the cotangents, and about 100 MB.
  /// - Parameters:
  ///   - cotangents: `[copies · tokens x d_model]`, copy after copy: any number of cotangents of the tape's tokens at positions
  ///     from `position` on.
  ///   - block: from the tape's first block on; the number of blocks gives the cotangents back as they are.
  ///   - position: the first position of every sequence that is asked about: no cotangents of later positions depend on those
  ///     of earlier ones.
  ///   - visiting: sees the cotangents of the stream entering each block, from the last block down to `block`.
  /// - Returns: cotangents of the stream entering `block`, of the same shape.
  /// - Throws: ``TransformerError`` for a block or a shape that does not fit, and for results that are not finite.
  public func pullback(
    _ cotangents: Matrix<Float>, through tape: Tape, to block: Int, from position: Int = 0,
    visiting: ((Int, Matrix<Float>) -> Void)? = nil
  ) throws(TransformerError) -> Matrix<Float> {
    var none: GradientCollector?
    return try pullback(cotangents, through: tape, to: block, from: position, &none, visiting: visiting)
  }

  func pullback(
    _ cotangents: Matrix<Float>, through tape: Tape, to block: Int, from position: Int = 0,
    _ collector: inout GradientCollector?, visiting: ((Int, Matrix<Float>) -> Void)?
  ) throws(TransformerError) -> Matrix<Float> {
    try check(block: block, from: tape.firstBlock)
    guard position >= 0 else {
      throw .option(name: "position", expected: "0 or more", actual: "\(position)")
    }
    try check(cotangents, copiesOf: tape, from: position, "the cotangents")
    guard cotangents.rows > 0 else { return cotangents }
    var d = cotangents
    withSingleThreadedBLAS {
      for index in (block..<configuration.blockCount).reversed() {
        let trace = trace(index, of: tape).from(position)
        let entering = configuration.isParallel ? d : nil
        pullbackFeedForward(trace, &d, &collector)
        if var other = entering {
          // d + both pullbacks of d.
          pullbackAttention(trace, &other, &collector)
          d.add(other)
          other = entering ?? other
          other.scale(by: -1)
          d.add(other)
        } else {
          pullbackAttention(trace, &d, &collector)
        }
        visiting?(index, d)
      }
    }
    try checkFinite(d.elements, "the cotangents entering block \(block)")
    return d
  }

  /// `d := d_mid`.
  private func pullbackFeedForward(
    _ trace: BlockTrace, _ d: inout Matrix<Float>, _ collector: inout GradientCollector?
  ) {
    let (block, tokens) = (trace.block, trace.batch.rowCount)
    let w = blocks[block]
    if let experts = w.experts {
      pullbackExperts(experts, trace, &d, &collector)
      return
    }
    if collector == nil, FeedForwardJacobian.applies(to: self),
      FeedForwardJacobian.pays(copies: d.rows / tokens, configuration)
    {
      let jacobian = FeedForwardJacobian(self, trace)
      multiplyRows(of: &d, period: tokens) { jacobian.matrix(token: $0) }
      return
    }
    let slopes = gateSlopes(trace.gateAndUp)
    addByCopies(tokens, &d) { part in
      pullbackOutput(trace, &part, &collector)
      collector?.add([.down], of: block, w, part) { gated(trace.gateAndUp) }
      let both = pullbackGate(slopes, w.pullback(part, [.down]))
      collector?.add(family.innerLayers, of: block, w, both) { normalised(trace.middle, innerNorm(w)) }
      part = w.pullback(both, family.innerLayers)
      pullbackInnerNorm(trace, &part, &collector)
    }
  }

  /// The same where the block has experts.
  private func pullbackExperts(
    _ experts: ExpertWeights, _ trace: BlockTrace, _ d: inout Matrix<Float>,
    _ collector: inout GradientCollector?
  ) {
    let w = blocks[trace.block]
    let inner = ExpertTrace(self, experts, normalised(trace.middle, innerNorm(w)))
    addByCopies(trace.batch.rowCount, &d) { part in
      pullbackOutput(trace, &part, &collector)
      part = inner.pullback(part, self, block: trace.block, &collector)
      pullbackInnerNorm(trace, &part, &collector)
    }
  }

  /// The factor and the norm of what the feed-forward layer adds.
  private func pullbackOutput(
    _ trace: BlockTrace, _ d: inout Matrix<Float>, _ collector: inout GradientCollector?
  ) {
    d.scale(by: configuration.residualScale)
    guard let output = trace.feedForward else { return }
    collector?.add(.feedForwardOutput, of: trace.block, self, output, d)
    pullbackNorm(output, blocks[trace.block].feedForwardOutputNorm, &d)
  }

  /// The norm of what it reads.
  private func pullbackInnerNorm(
    _ trace: BlockTrace, _ d: inout Matrix<Float>, _ collector: inout GradientCollector?
  ) {
    collector?.add(innerNormName, of: trace.block, self, trace.middle, d)
    pullbackNorm(trace.middle, innerNorm(blocks[trace.block]), &d)
  }

  /// `d := dx`.
  private func pullbackAttention(
    _ trace: BlockTrace, _ d: inout Matrix<Float>, _ collector: inout GradientCollector?
  ) {
    let block = trace.block
    let w = blocks[block]
    addByCopies(trace.batch.rowCount, &d) { part in
      part.scale(by: configuration.residualScale)
      if let output = trace.attention {
        collector?.add(.attentionOutput, of: block, self, output, part)
        pullbackNorm(output, w.attentionOutputNorm, &part)
      }
      collector?.add([.attentionOutput], of: block, w, part) { mix(trace.projected, trace.batch, nil, block) }
      var projected = pullbackAttention(trace, w.pullback(part, [.attentionOutput]))
      collector?.addHeadNorms(self, trace, projected)
      pullbackHeads(trace, &projected)
      collector?.add([.query, .key, .value], of: block, w, projected) {
        normalised(trace.input, outerNorm(w))
      }
      part = w.pullback(projected, [.query, .key, .value])
      collector?.add(outerNormName, of: block, self, trace.input, part)
      pullbackNorm(trace.input, outerNorm(w), &part)
    }
  }
}

/// `d += f(d)`, `f` called with some copies at a time, about 4096 rows: its memory does not grow with the copies.
func addByCopies(_ tokens: Int, _ d: inout Matrix<Float>, _ f: (inout Matrix<Float>) -> Void) {
  let step = max(1, 4096 / tokens) * tokens
  for start in stride(from: 0, to: d.rows, by: step) {
    var part = d.rows(start..<min(d.rows, start + step))
    f(&part)
    d.add(part, atRow: start)
  }
}

extension Matrix<Float> {
  /// Adds the rows of another matrix to those from `row` on.
  fileprivate mutating func add(_ other: Matrix<Float>, atRow row: Int) {
    let columns = columns
    parallelUpdateRows(chunk: Swift.max(1, 262_144 / Swift.max(1, columns))) { rows, elements in
      let own = rows.clamped(to: row..<row + other.rows)
      guard !own.isEmpty else { return }
      let source = other.elements.span.extracting(
        (own.lowerBound - row) * columns..<(own.upperBound - row) * columns)
      let start = (own.lowerBound - rows.lowerBound) * columns
      for i in source.indices { elements[start + i] += source[i] }
    }
  }
}
