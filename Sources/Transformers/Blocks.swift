import Checkpoints
import LinearAlgebra
package import Tensors

extension Model {
  /// Runs the blocks `range` on the residual stream `h` `[rows x d_model]`, in place.
  ///
  /// - Parameters:
  ///   - cache: `nil` when every sequence starts at position 0 and nothing is kept.
  ///   - recorder: sees the activations of every point, after the edits.
  /// - Throws: when what leaves the last of these blocks is not finite.
  func run(
    _ h: inout Matrix<Float>, blocks range: Range<Int>, _ batch: Batch, _ plan: EditPlan,
    _ cache: inout KeyValueCache?, _ recorder: inout Recorder
  ) throws(TransformerError) {
    var tables: [Rotation.Kind: Rotation.Table] = [:]
    for kind in Set(range.map(rotation.kind)) {
      tables[kind] = rotation.table(positions: batch.positions, kind)
    }
    func visit(_ site: Site, _ block: Int, _ activations: inout Matrix<Float>) {
      let point = ActivationPoint(block: block, site: site)
      plan.apply(at: point, to: &activations, batch)
      recorder.record(point, activations, batch)
    }
    withSingleThreadedBLAS {
      for block in range {
        visit(.residualPre, block, &h)
        guard let table = tables[rotation.kind(ofBlock: block)] else { continue }
        var attention = attention(block, h, batch, &cache, table)
        visit(.attentionOutput, block, &attention)
        if !configuration.isParallel { h.add(attention) }
        var feedForward = feedForward(block, h)
        visit(.mlpOutput, block, &feedForward)
        if configuration.isParallel { h.add(attention) }
        h.add(feedForward)
        visit(.residualPost, block, &h)
      }
    }
    try cache?.checkRange()
    try checkFinite(h, plan)
  }

  /// What the attention of a block adds to the residual stream.
  private func attention(
    _ block: Int, _ h: Matrix<Float>, _ batch: Batch, _ cache: inout KeyValueCache?, _ table: Rotation.Table
  ) -> Matrix<Float> {
    let w = blocks[block]
    var projected = w.product(normalised(h, outerNorm(w)), [.query, .key, .value], in: arithmetic)
    prepareHeads(&projected, w, batch, table)
    cache?.append(projected, batch, block: block, keyOffset: w.query.rows)
    let memories =
      cache.map { cache in batch.items.map { cache.entries[block][$0.sequence] } }
      ?? batch.forkedMemories(projected, keyOffset: w.query.rows)
    let output = attentionOutput(w, mix(projected, batch, memories, block), in: arithmetic)
    return added(output, w.attentionOutputNorm)
  }

  /// What a layer adds to the stream: its output, normalised where the family does so, times the family's factor.
  package func added(_ output: Matrix<Float>, _ norm: NormWeights) -> Matrix<Float> {
    var added = normalised(output, norm)
    added.scale(by: configuration.residualScale)
    return added
  }

  /// Adds biases, clips, normalises and rotates queries and keys, in place.
  package func prepareHeads(
    _ projected: inout Matrix<Float>, _ w: BlockWeights, _ batch: Batch, _ table: Rotation.Table
  ) {
    let c = configuration
    let columns = projected.columns
    let parts = normedParts(w)
    projected.parallelUpdateRows(chunk: projected.rowsOfAChunk) { rows, elements in
      for row in rows {
        let start = (row - rows.lowerBound) * columns
        for i in w.projectionBias.indices { elements[start + i] += w.projectionBias[i] }
        if let clip = c.projectionClip {
          // x − x is NaN where x is not finite, which the clip would hide.
          for i in start..<start + columns {
            elements[i] = min(max(elements[i], -clip), clip) + (elements[i] - elements[i])
          }
        }
        for part in parts {
          if family.norm == .layer { center(inPlace: &elements, start + part.offset, part.weight.count) }
          rootMeanSquareNorm(
            inPlace: &elements, at: start + part.offset, weight: part.weight.span, epsilon: c.normEpsilon)
        }
        for head in 0..<c.headCount + c.keyValueHeadCount {
          table.rotate(
            &elements, head: start + head * c.headDimension, position: batch.position(ofRow: row))
        }
      }
    }
  }

  /// The parts of a row of queries and keys that are normalised, each by itself, and their weights.
  package func normedParts(_ w: BlockWeights) -> [(offset: Int, weight: [Float])] {
    let c = configuration
    switch c.headNorms {
    case .none: return []
    case .separate:
      let d = c.headDimension
      return (0..<c.headCount + c.keyValueHeadCount).map { head in
        let (weight, own) =
          head < c.headCount ? (w.queryNorm.weight, head) : (w.keyNorm.weight, head - c.headCount)
        return (head * d, Array(weight[own * d..<(own + 1) * d]))
      }
    case .each:
      return (0..<c.headCount + c.keyValueHeadCount).map {
        ($0 * c.headDimension, $0 < c.headCount ? w.queryNorm.weight : w.keyNorm.weight)
      }
    case .whole:
      return [(0, w.queryNorm.weight), (c.headCount * c.headDimension, w.keyNorm.weight)]
    }
  }

  /// What the outputs of the heads add to the residual stream, before the output norm of families that have one.
  package func attentionOutput(
    _ w: BlockWeights, _ mixed: Matrix<Float>, in arithmetic: Arithmetic = .f32
  ) -> Matrix<Float> {
    var output = w.product(mixed, [.attentionOutput], in: arithmetic)
    output.addToRows(w.attentionOutputBias)
    return output
  }

  /// What the feed-forward layer of a block adds: `W_down (f(W_gate x) ⊙ W_up x)`, or `W_down f(W_up x)`; with experts the sum of
  /// those that are chosen.
  func feedForward(_ block: Int, _ h: Matrix<Float>) -> Matrix<Float> {
    let w = blocks[block]
    return added(rawFeedForward(w, h, in: arithmetic), w.feedForwardOutputNorm)
  }

  /// What a feed-forward layer makes of the stream, or the experts in its place, before the output norm.
  package func rawFeedForward(
    _ w: BlockWeights, _ h: Matrix<Float>, in arithmetic: Arithmetic = .f32
  ) -> Matrix<Float> {
    guard let experts = w.experts else {
      return feedForwardOutput(w, gateAndUp(w, h, in: arithmetic), in: arithmetic)
    }
    return expertOutput(experts, normalised(h, innerNorm(w)), in: arithmetic)
  }

  /// `W_gate x` and `W_up x` side by side, x the normalised rows: `[rows x 2 · d_ff]`; without gates `W_up x` alone.
  package func gateAndUp(
    _ w: BlockWeights, _ h: Matrix<Float>, in arithmetic: Arithmetic = .f32
  ) -> Matrix<Float> {
    var projected = w.product(normalised(h, innerNorm(w)), family.innerLayers, in: arithmetic)
    projected.addToRows(w.gateBias)
    return projected
  }

  /// What a feed-forward layer adds to the residual stream, before the output norm of families that have one.
  package func feedForwardOutput(
    _ w: BlockWeights, _ gateAndUp: Matrix<Float>, in arithmetic: Arithmetic = .f32
  ) -> Matrix<Float> {
    var output = w.product(gated(gateAndUp), [.down], in: arithmetic)
    output.addToRows(w.downBias)
    return output
  }

  /// `f(gate) ⊙ up` of every row; without gates `f(up)`.
  package func gated(_ gateAndUp: Matrix<Float>) -> Matrix<Float> {
    let width = family.isGated ? gateAndUp.columns / 2 : gateAndUp.columns
    let (columns, ones) = (gateAndUp.columns, family.isGated ? [] : [Float](repeating: 1, count: width))
    return Matrix.parallelRows(rows: gateAndUp.rows, columns: width, chunk: gateAndUp.rowsOfAChunk) {
      rows, elements in
      let source = gateAndUp.elements.span
      for row in rows {
        let start = row * columns
        applyGate(
          family.gate, gate: source.extracting(start..<start + width),
          up: family.isGated ? source.extracting(start + width..<start + columns) : ones.span,
          into: &elements, at: (row - rows.lowerBound) * width)
      }
    }
  }
}

extension Matrix<Float> {
  /// Rows a worker takes at once, so that little work stays on one processor.
  package var rowsOfAChunk: Int { Swift.max(1, 32_768 / Swift.max(1, columns)) }

  /// Adds another matrix of the same shape.
  package mutating func add(_ other: Matrix<Float>) {
    let columns = columns
    parallelUpdateRows(chunk: max(1, 65_536 / max(1, columns))) { rows, elements in
      let start = rows.lowerBound * columns
      let source = other.elements.span.extracting(start..<rows.upperBound * columns)
      for i in source.indices { elements[i] += source[i] }
    }
  }

  /// Multiplies every number.
  package mutating func scale(by factor: Float) {
    guard factor != 1 else { return }
    parallelUpdateRows(chunk: Swift.max(1, 65_536 / Swift.max(1, columns))) { _, elements in
      for i in elements.indices { elements[i] *= factor }
    }
  }

  /// Adds a vector to every row; an empty one stands for zero.
  package mutating func addToRows(_ bias: [Float]) {
    guard !bias.isEmpty else { return }
    let columns = columns
    parallelUpdateRows(chunk: max(1, 65_536 / max(1, columns))) { rows, elements in
      for row in 0..<rows.count {
        for i in bias.indices { elements[row * columns + i] += bias[i] }
      }
    }
  }
}

extension Batch {
  /// Keys and values that each item attends to, where items fork: those of its trunk, then its own; nil if none does.
  fileprivate func forkedMemories(_ projected: Matrix<Float>, keyOffset: Int) -> [KeysAndValues]? {
    guard items.contains(where: { $0.trunk != nil }) else { return nil }
    let width = projected.columns - keyOffset
    var memories: [[Float]] = []
    for item in items {
      var memory = item.trunk.map { Array(memories[$0].prefix(item.firstPosition * width)) } ?? []
      for row in item.rows { memory += projected.elements[projected.range(ofRow: row).dropFirst(keyOffset)] }
      memories.append(memory)
    }
    return memories.map { KeysAndValues($0) }
  }
}
