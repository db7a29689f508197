import Checkpoints
package import Tensors

extension Model {
  /// Runs blocks from `first` on, on given residual streams, each sequence from position 0, and returns what is asked for.
  ///
  /// - Parameter states: `[tokens x d_model]`, sequence after sequence: what enters block `first`.
  /// - Returns: `[tokens x d_model]` for every point.
  package func activations(
    entering first: Int, states: Matrix<Float>, lengths: [Int], at points: [ActivationPoint]
  ) throws(TransformerError) -> [ActivationPoint: Matrix<Float>] {
    try activations(from: first, lengths: lengths, at: points, positions: .all) { group in
      let start = lengths[..<group.lowerBound].reduce(0, +)
      return states.rows(start..<lengths[group].reduce(start, +))
    }
  }
}

extension Matrix {
  /// A copy of consecutive rows.
  package func rows(_ range: Range<Int>) -> Matrix {
    Matrix(
      rows: range.count, columns: columns,
      elements: Array(elements[range.lowerBound * columns..<range.upperBound * columns]))
  }
}
