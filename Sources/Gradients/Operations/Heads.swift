import Checkpoints
package import Tensors
package import Transformers

/// What happens to queries and keys between their projection and attention: a bias, RMSNorm of every head where the family
/// has it, rotation by the position (Su et al. 2021); forward: `Model.prepareHeads`. Values only get a bias, whose derivative
/// is the identity.
extension Model {
  /// Jᵀ: the rotation is orthogonal, so cotangents are turned back; then the head norm's. In place, `[copies · tokens x (q, k, v)]`.
  package func pullbackHeads(_ trace: BlockTrace, _ d: inout Matrix<Float>) {
    changeHeads(trace, &d) { row, head, elements, offset, norm in
      trace.table.rotate(&elements, head: offset, position: trace.batch.position(ofRow: row), back: true)
      guard let raw = trace.unprepared else { return }
      let start = row * raw.columns + head * configuration.headDimension
      rootMeanSquareNormPullback(
        raw.elements.span.extracting(start..<start + configuration.headDimension), weight: norm.span,
        epsilon: configuration.normEpsilon, inPlace: &elements, at: offset)
    }
  }

  /// The cotangents between head norms and rotation.
  func turnedBack(_ trace: BlockTrace, _ d: Matrix<Float>) -> Matrix<Float> {
    var turned = d
    changeHeads(trace, &turned) { row, _, elements, offset, _ in
      trace.table.rotate(&elements, head: offset, position: trace.batch.position(ofRow: row), back: true)
    }
    return turned
  }

  /// J: the head norm's tangent, then the rotation, which is linear. In place.
  package func pushforwardHeads(_ trace: BlockTrace, _ d: inout Matrix<Float>) {
    changeHeads(trace, &d) { row, head, elements, offset, norm in
      if let raw = trace.unprepared {
        let start = row * raw.columns + head * configuration.headDimension
        rootMeanSquareNormTangent(
          raw.elements.span.extracting(start..<start + configuration.headDimension), weight: norm.span,
          epsilon: configuration.normEpsilon, inPlace: &elements, at: offset)
      }
      trace.table.rotate(&elements, head: offset, position: trace.batch.position(ofRow: row))
    }
  }

  /// Calls `change` with the token's row, the head, and where its numbers stand, for every head of queries and keys.
  private func changeHeads(
    _ trace: BlockTrace, _ d: inout Matrix<Float>,
    _ change: @Sendable (Int, Int, inout MutableSpan<Float>, Int, [Float]) -> Void
  ) {
    let c = configuration
    let w = blocks[trace.block]
    let columns = d.columns
    let tokens = trace.batch.rowCount
    d.parallelUpdateRows(chunk: d.rowsOfAChunk) { rows, elements in
      for row in rows {
        for head in 0..<c.headCount + c.keyValueHeadCount {
          let offset = (row - rows.lowerBound) * columns + head * c.headDimension
          change(row % tokens, head, &elements, offset, head < c.headCount ? w.queryNorm : w.keyNorm)
        }
      }
    }
  }
}
