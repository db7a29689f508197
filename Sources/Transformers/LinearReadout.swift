import Checkpoints
package import Tensors

extension Model {
  /// What directions of the final residual stream say: `W_U (γ ⊙ v)` of every row, `[rows x vocabulary]`; less their mean
  /// where the norm is LayerNorm, times the family's factor on logits.
  ///
  /// The linear part of ``unembed(_:)``: a direction has no norm to divide by, and neither bias nor cap.
  /// - Throws: when a number is not finite.
  package func unembed(directions: Matrix<Float>) throws(TransformerError) -> Matrix<Float> {
    var logits = vocabularyProducts(directions, normed: true)
    logits.scale(by: configuration.logitScale)
    try checkFinite(logits.elements, "the logits")
    return logits
  }

  /// The directions of the final residual stream that promote tokens most: `γ ⊙ W_U[t]`, a row a token; less their mean where
  /// the norm is LayerNorm, which does not see it.
  /// - Throws: for a token that the vocabulary does not have.
  package func promotingDirections(of tokens: [Int]) throws(TransformerError) -> Matrix<Float> {
    try check(tokens: tokens)
    return centered(unembedding.selecting(rows: tokens).scaledColumns(by: finalNorm.weight))
  }
}

extension Matrix<Float> {
  /// Every row times `weights`, element by element.
  func scaledColumns(by weights: [Float]) -> Matrix<Float> {
    var scaled = self
    let columns = columns
    scaled.parallelUpdateRows(chunk: max(1, 65_536 / Swift.max(1, columns))) { rows, elements in
      for row in 0..<rows.count {
        for i in weights.indices { elements[row * columns + i] *= weights[i] }
      }
    }
    return scaled
  }
}
