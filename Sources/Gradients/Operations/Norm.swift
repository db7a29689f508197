import Checkpoints
package import Tensors
package import Transformers

/// RMSNorm (Zhang, Sennrich 2019), `y = x̂ ⊙ γ`, `x̂ = x / r`, `r = √(mean(x²) + ε)`; forward: `Model.normalised`.
///
/// Rows of `x` are shared by copies: row `i` of a cotangent or tangent belongs to row `i mod rows` of x.
extension Model {
  /// Jᵀ: `dx = (γ ⊙ dy − x̂ · mean(x̂ ⊙ γ ⊙ dy)) / r`, in place.
  package func pullbackNorm(_ x: Matrix<Float>, _ weight: [Float], _ d: inout Matrix<Float>) {
    let epsilon = configuration.normEpsilon
    d.parallelUpdateRows(chunk: d.rowsOfAChunk) { rows, elements in
      for row in rows {
        rootMeanSquareNormPullback(
          x.elements.span.extracting(x.range(ofRow: row % x.rows)), weight: weight.span, epsilon: epsilon,
          inPlace: &elements, at: (row - rows.lowerBound) * x.columns)
      }
    }
  }

  /// J: `dy = γ ⊙ (dx − x̂ · mean(x̂ ⊙ dx)) / r`, in place.
  package func pushforwardNorm(_ x: Matrix<Float>, _ weight: [Float], _ d: inout Matrix<Float>) {
    let epsilon = configuration.normEpsilon
    d.parallelUpdateRows(chunk: d.rowsOfAChunk) { rows, elements in
      for row in rows {
        rootMeanSquareNormTangent(
          x.elements.span.extracting(x.range(ofRow: row % x.rows)), weight: weight.span, epsilon: epsilon,
          inPlace: &elements, at: (row - rows.lowerBound) * x.columns)
      }
    }
  }
}
