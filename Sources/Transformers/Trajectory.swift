import Checkpoints
package import Tensors

extension Model {
  /// Runs blocks `first...` on given residual streams, each sequence from position 0, and returns what is asked for.
  ///
  /// - Parameter states: `[tokens x d_model]`, sequence after sequence: what enters block `first`.
  /// - Returns: `[tokens x d_model]` for every point.
  package func activations(
    entering first: Int, states: Matrix<Float>, lengths: [Int], at points: [ActivationPoint]
  ) throws(TransformerError) -> [ActivationPoint: Matrix<Float>] {
    let plan = try plan([], lengths.count)
    var recorder = Recorder(points: points, positions: .all)
    var start = 0
    for group in Batch.groups(lengths: lengths) {
      let batch = Batch(
        sequences: Array(group), lengths: Array(lengths[group]), firstPositions: group.map { _ in 0 })
      var h = states.rows(start..<start + batch.rowCount)
      var cache: KeyValueCache?
      try run(&h, blocks: first..<blocks.count, batch, plan, &cache, &recorder)
      start += batch.rowCount
    }
    return recorder.result(configuration.width)
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
