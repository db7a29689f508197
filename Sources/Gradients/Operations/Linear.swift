import LinearAlgebra
package import Tensors
package import Transformers

/// Matrices of a block that have the same input, side by side: `y = x (W + s B A)ᵀ + b`, the low-rank part where the model has
/// one; forward and J (which has no bias): `BlockWeights.product`.
extension BlockWeights {
  /// Jᵀ: `dx = dy (W + s B A)`.
  package func pullback(_ d: Matrix<Float>, _ layers: [LinearLayer]) -> Matrix<Float> {
    var dx = multiply(d, by: layers.map { self[$0] })
    var column = 0
    for layer in layers {
      lowRank[layer]?.addPullback(of: d, at: column, to: &dx)
      column += self[layer].rows
    }
    return dx
  }

  /// `W + s B A` in f32.
  func dense(_ layer: LinearLayer) -> Matrix<Float> {
    let matrix = self[layer].dequantised()
    guard let update = lowRank[layer] else { return matrix }
    // Rows of W are outputs: the product of B's rows with A.
    var sum = matrix
    update.addOuter(to: &sum)
    return sum
  }
}

extension LowRankUpdate {
  /// Adds `s B A` to W.
  fileprivate func addOuter(to w: inout Matrix<Float>) {
    w.parallelUpdateRows(chunk: w.rowsOfAChunk) { rows, elements in
      var left = b.rows(rows)
      for i in left.elements.indices { left.elements[i] *= scale }
      multiplyTiles(
        left.elements.span, MatrixTile(left),
        a.elements.span, MatrixTile(a), into: &elements,
        MatrixTile(rows: rows.count, columns: a.columns, stride: a.columns), adding: true)
    }
  }
}

/// `dW = dyᵀ x` for some columns of dy: the gradient of a matrix `[outputs x inputs]`, summed over the rows of both.
func weightGradient(_ d: Matrix<Float>, _ columns: Range<Int>, _ x: Matrix<Float>) -> Matrix<Float> {
  let chunk = max(1, (columns.count + workerCount - 1) / workerCount)
  return Matrix.parallelRows(rows: columns.count, columns: x.columns, chunk: chunk) { rows, elements in
    multiplyTiles(
      d.elements.span,
      MatrixTile(
        offset: columns.lowerBound + rows.lowerBound, rows: d.rows, columns: rows.count, stride: d.columns),
      transposingA: true, x.elements.span, MatrixTile(x),
      into: &elements, MatrixTile(rows: rows.count, columns: x.columns, stride: x.columns))
  }
}

/// Sums of some columns: the gradient of a bias, `[1 x columns]`.
func biasGradient(_ d: Matrix<Float>, _ columns: Range<Int>) -> Matrix<Float> {
  var sums = [Double](repeating: 0, count: columns.count)
  for row in 0..<d.rows {
    let source = d.elements.span.extracting(
      row * d.columns + columns.lowerBound..<row * d.columns + columns.upperBound)
    for i in source.indices { sums[i] += Double(source[i]) }
  }
  return Matrix(rows: 1, columns: columns.count, elements: sums.map(Float.init))
}
