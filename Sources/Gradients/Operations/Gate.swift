import Checkpoints
package import Tensors
package import Transformers

/// `y = f(gate) ⊙ up`, f SiLU (Shazeer 2020, arXiv 2002.05202) or GELU by tanh; gate and up lie side by side; forward:
/// `Model.gated`.
extension Model {
  /// `[tokens x 2 · d_ff]`: `f′(gate) ⊙ up` and `f(gate)`, the derivatives of y by gate and by up.
  package func gateSlopes(_ gateAndUp: Matrix<Float>) -> Matrix<Float> {
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

  /// Jᵀ: `[copies · tokens x d_ff]` to `[… x 2 · d_ff]`.
  package func pullbackGate(_ slopes: Matrix<Float>, _ d: Matrix<Float>) -> Matrix<Float> {
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

  /// J: `[copies · tokens x 2 · d_ff]` to `[… x d_ff]`.
  package func pushforwardGate(_ slopes: Matrix<Float>, _ d: Matrix<Float>) -> Matrix<Float> {
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
