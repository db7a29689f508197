import Checkpoints
package import Tensors

/// The numbers of a norm: γ, and β where it has one; empty where a block has no such norm, which then changes nothing.
package struct NormWeights: Sendable, Equatable {
  package var weight: [Float] = []
  package var bias: [Float] = []

  package init(weight: [Float] = [], bias: [Float] = []) { (self.weight, self.bias) = (weight, bias) }

  package var isEmpty: Bool { weight.isEmpty }
}

extension Model {
  /// The norm before the feed-forward layer of a block, and which one it is.
  package func innerNorm(_ w: BlockWeights) -> NormWeights { w[innerNormName] }

  package var innerNormName: BlockNorm { configuration.sharesInputNorm ? .attention : .feedForward }

  /// The norm before the attention of a block, and which one it is.
  package func outerNorm(_ w: BlockWeights) -> NormWeights { w[outerNormName] }

  package var outerNormName: BlockNorm { configuration.hasOwnAttentionNorm ? .ownAttention : .attention }

  /// The family's norm of every row.
  package func normalised(_ x: Matrix<Float>, _ norm: NormWeights) -> Matrix<Float> {
    guard !norm.isEmpty else { return x }
    let columns = x.columns
    return Matrix.parallelRows(rows: x.rows, columns: columns, chunk: x.rowsOfAChunk) { rows, elements in
      for row in rows {
        let start = (row - rows.lowerBound) * columns
        let source = x.elements.span.extracting(x.range(ofRow: row))
        guard family.norm == .layer else {
          rootMeanSquareNorm(
            source, weight: norm.weight.span, epsilon: configuration.normEpsilon, into: &elements, at: start)
          continue
        }
        center(source, into: &elements, at: start)
        rootMeanSquareNorm(
          inPlace: &elements, at: start, weight: norm.weight.span, epsilon: configuration.normEpsilon)
        for i in norm.bias.indices { elements[start + i] += norm.bias[i] }
      }
    }
  }

  /// Every row less its mean where the family's norm takes it off: LayerNorm is RMSNorm of what is left.
  package func centered(_ x: Matrix<Float>) -> Matrix<Float> {
    guard family.norm == .layer else { return x }
    return Matrix.parallelRows(rows: x.rows, columns: x.columns, chunk: x.rowsOfAChunk) { rows, elements in
      for row in rows {
        center(
          x.elements.span.extracting(x.range(ofRow: row)), into: &elements,
          at: (row - rows.lowerBound) * x.columns)
      }
    }
  }
}

/// Takes the mean off some numbers of a row.
package func center(inPlace x: inout MutableSpan<Float>, _ start: Int, _ count: Int) {
  var sum = 0.0
  for i in start..<start + count { sum += Double(x[i]) }
  let mean = Float(sum / Double(count))
  for i in start..<start + count { x[i] -= mean }
}

/// `y = x − mean(x)`.
private func center(_ x: Span<Float>, into y: inout MutableSpan<Float>, at offset: Int) {
  var sum = 0.0
  for i in x.indices { sum += Double(x[i]) }
  let mean = Float(sum / Double(x.count))
  for i in x.indices { y[offset + i] = x[i] - mean }
}
