import Checkpoints
package import Tensors
package import Transformers

/// `y = f(gate) ⊙ up`, f SiLU (Shazeer 2020, arXiv 2002.05202) or GELU by tanh; gate and up lie side by side; forward:
/// `Model.gated`.
extension Model {
  /// `[tokens x 2 · d_ff]`: `f′(gate) ⊙ up` and `f(gate)`, the derivatives of y by gate and by up; without gates `[tokens x d_ff]`:
  /// `f′(up)`.
  package func gateSlopes(_ gateAndUp: Matrix<Float>) -> Matrix<Float> {
    guard family.isGated else { return plainSlopes(gateAndUp) }
    let width = gateAndUp.columns / 2
    return Matrix.parallelRows(
      rows: gateAndUp.rows, columns: 2 * width, chunk: gateAndUp.rowsOfAChunk
    ) { rows, elements in
      let source = gateAndUp.elements.span
      for row in rows {
        let start = row * 2 * width
        Tensors.gateSlopes(
          family.gate, gate: source.extracting(start..<start + width),
          up: source.extracting(start + width..<start + 2 * width), into: &elements,
          at: (row - rows.lowerBound) * 2 * width)
      }
    }
  }

  private func plainSlopes(_ inner: Matrix<Float>) -> Matrix<Float> {
    let width = inner.columns
    let ones = [Float](repeating: 1, count: width)
    return Matrix.parallelRows(rows: inner.rows, columns: width, chunk: inner.rowsOfAChunk) {
      rows, elements in
      var both = [Float](repeating: 0, count: 2 * width)
      for row in rows {
        var slopes = both.mutableSpan
        Tensors.gateSlopes(
          family.gate, gate: inner.elements.span.extracting(inner.range(ofRow: row)), up: ones.span,
          into: &slopes,
          at: 0)
        for i in 0..<width { elements[(row - rows.lowerBound) * width + i] = slopes[i] }
      }
    }
  }

  /// `d ⊙ slopes`, the slopes of a token shared by copies.
  private func scaled(_ d: Matrix<Float>, by slopes: Matrix<Float>) -> Matrix<Float> {
    let width = d.columns
    return Matrix.parallelRows(rows: d.rows, columns: width, chunk: d.rowsOfAChunk) { rows, elements in
      for row in rows {
        let (source, slope) = (
          d.range(ofRow: row).lowerBound, slopes.range(ofRow: row % slopes.rows).lowerBound
        )
        let target = (row - rows.lowerBound) * width
        for i in 0..<width {
          elements[target + i] = d.elements[source + i] * slopes.elements[slope + i]
        }
      }
    }
  }

  /// Jᵀ: `[copies · tokens x d_ff]` to `[… x 2 · d_ff]`; without gates to as many.
  package func pullbackGate(_ slopes: Matrix<Float>, _ d: Matrix<Float>) -> Matrix<Float> {
    guard family.isGated else { return scaled(d, by: slopes) }
    let width = d.columns
    return Matrix.parallelRows(rows: d.rows, columns: 2 * width, chunk: slopes.rowsOfAChunk) {
      rows, elements in
      for row in rows {
        let source = d.elements.span.extracting(d.range(ofRow: row))
        let slope = slopes.elements.span.extracting(slopes.range(ofRow: row % slopes.rows))
        let target = (row - rows.lowerBound) * 2 * width
        for i in 0..<width {
          elements[target + i] = source[i] * slope[i]
          elements[target + width + i] = source[i] * slope[width + i]
        }
      }
    }
  }

  /// J: `[copies · tokens x 2 · d_ff]` to `[… x d_ff]`; without gates from as many.
  package func pushforwardGate(_ slopes: Matrix<Float>, _ d: Matrix<Float>) -> Matrix<Float> {
    guard family.isGated else { return scaled(d, by: slopes) }
    let width = d.columns / 2
    return Matrix.parallelRows(rows: d.rows, columns: width, chunk: slopes.rowsOfAChunk) { rows, elements in
      for row in rows {
        let source = d.elements.span.extracting(d.range(ofRow: row))
        let slope = slopes.elements.span.extracting(slopes.range(ofRow: row % slopes.rows))
        let target = (row - rows.lowerBound) * width
        for i in 0..<width {
          elements[target + i] = source[i] * slope[i] + source[width + i] * slope[width + i]
        }
      }
    }
  }
}
