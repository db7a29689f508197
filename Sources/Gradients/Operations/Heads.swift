import Checkpoints
package import Tensors
package import Transformers

/// What happens to queries and keys between their projection and attention: a bias, RMSNorm of every head or of all together where
/// the family has it, rotation by the position (Su et al. 2021); forward: `Model.prepareHeads`. Values only get a bias, whose
/// derivative is the identity. What is clipped does not depend on what it was.
extension Model {
  /// Jᵀ: the rotation is orthogonal, so cotangents are turned back; then the head norms'. In place, `[copies · tokens x (q, k, v)]`.
  package func pullbackHeads(_ trace: BlockTrace, _ d: inout Matrix<Float>) {
    turn(trace, &d, back: true)
    changeNormedParts(trace, &d) { x, weight, elements, offset in
      rootMeanSquareNormPullback(
        x, weight: weight, epsilon: configuration.normEpsilon, inPlace: &elements, at: offset)
      if family.norm == .layer { center(inPlace: &elements, offset, x.count) }
    }
    clip(trace, &d)
  }

  /// The cotangents between head norms and rotation.
  func turnedBack(_ trace: BlockTrace, _ d: Matrix<Float>) -> Matrix<Float> {
    var turned = d
    turn(trace, &turned, back: true)
    return turned
  }

  /// J: the head norms' tangents, then the rotation, which is linear. In place.
  package func pushforwardHeads(_ trace: BlockTrace, _ d: inout Matrix<Float>) {
    clip(trace, &d)
    changeNormedParts(trace, &d) { x, weight, elements, offset in
      if family.norm == .layer { center(inPlace: &elements, offset, x.count) }
      rootMeanSquareNormTangent(
        x, weight: weight, epsilon: configuration.normEpsilon, inPlace: &elements, at: offset)
    }
    turn(trace, &d, back: false)
  }

  /// Turns every head of queries and keys by its token's position, or back.
  private func turn(_ trace: BlockTrace, _ d: inout Matrix<Float>, back: Bool) {
    let c = configuration
    let (columns, tokens) = (d.columns, trace.batch.rowCount)
    d.parallelUpdateRows(chunk: d.rowsOfAChunk) { rows, elements in
      for row in rows {
        for head in 0..<c.headCount + c.keyValueHeadCount {
          trace.table.rotate(
            &elements, head: (row - rows.lowerBound) * columns + head * c.headDimension,
            position: trace.batch.position(ofRow: row % tokens), back: back)
        }
      }
    }
  }

  /// Sets to zero what depends on nothing, because it was clipped.
  private func clip(_ trace: BlockTrace, _ d: inout Matrix<Float>) {
    guard let clip = configuration.projectionClip, let raw = trace.unprepared else { return }
    let (columns, tokens) = (d.columns, trace.batch.rowCount)
    d.parallelUpdateRows(chunk: d.rowsOfAChunk) { rows, elements in
      for row in rows {
        let (to, from) = ((row - rows.lowerBound) * columns, row % tokens * columns)
        for i in 0..<columns where abs(raw.elements[from + i]) >= clip { elements[to + i] = 0 }
      }
    }
  }

  /// Every head of queries and keys less the mean of its coordinates.
  func centeredHeads(_ x: Matrix<Float>) -> Matrix<Float> {
    let c = configuration
    var result = x
    result.parallelUpdateRows(chunk: x.rowsOfAChunk) { rows, elements in
      for row in 0..<rows.count {
        for head in 0..<c.headCount + c.keyValueHeadCount {
          center(inPlace: &elements, row * x.columns + head * c.headDimension, c.headDimension)
        }
      }
    }
    return result
  }

  /// Calls `change` with what was normalised, the weights, and where the same numbers of `d` stand, for every part of a row that has
  /// a norm.
  private func changeNormedParts(
    _ trace: BlockTrace, _ d: inout Matrix<Float>,
    _ change: @Sendable (Span<Float>, Span<Float>, inout MutableSpan<Float>, Int) -> Void
  ) {
    let parts = normedParts(blocks[trace.block])
    guard !parts.isEmpty, let unprepared = trace.unprepared else { return }
    let raw = family.norm == .layer ? centeredHeads(unprepared) : unprepared
    let (columns, tokens) = (d.columns, trace.batch.rowCount)
    d.parallelUpdateRows(chunk: d.rowsOfAChunk) { rows, elements in
      for row in rows {
        for part in parts {
          let start = row % tokens * raw.columns + part.offset
          change(
            raw.elements.span.extracting(start..<start + part.weight.count), part.weight.span, &elements,
            (row - rows.lowerBound) * columns + part.offset)
        }
      }
    }
  }
}
