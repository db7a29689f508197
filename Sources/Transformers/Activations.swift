import Checkpoints
public import Tensors

/// Collects activations while a pass runs.
struct Recorder {
  let points: Set<ActivationPoint>
  let positions: ActivationPositions
  private var elements: [ActivationPoint: [Float]] = [:]

  init(points: [ActivationPoint] = [], positions: ActivationPositions) {
    self.points = Set(points)
    self.positions = positions
  }

  mutating func record(_ point: ActivationPoint, _ activations: Matrix<Float>, _ batch: Batch) {
    guard points.contains(point) else { return }
    switch positions {
    case .all: elements[point, default: []].append(contentsOf: activations.elements)
    case .last:
      for item in batch.items {
        let range = activations.range(ofRow: item.rows.upperBound - 1)
        elements[point, default: []].append(contentsOf: activations.elements[range])
      }
    case .mean:
      for item in batch.items {
        elements[point, default: []].append(
          contentsOf: Self.mean(activations, item.rows.count > 1 ? item.rows.dropFirst() : item.rows))
      }
    }
  }

  private static func mean(_ activations: Matrix<Float>, _ rows: Range<Int>) -> [Float] {
    var sums = [Double](repeating: 0, count: activations.columns)
    for row in rows {
      for column in sums.indices { sums[column] += Double(activations[row, column]) }
    }
    return sums.map { Float($0 / Double(rows.count)) }
  }

  func result(_ width: Int) -> [ActivationPoint: Matrix<Float>] {
    elements.mapValues { Matrix(rows: $0.count / width, columns: width, elements: $0) }
  }
}

extension Model {
  /// The model's activations on plain text, without edits.
  ///
  /// Runs no block above the highest that is asked for; memory as of ``forward(_:cache:interventions:recording:logits:)``
  /// and the result.
  /// - Parameter positions: the last token of each sequence, the mean over its tokens but the first, or all tokens.
  /// - Returns: for every point `[rows x d_model]`, one row a sequence (or a token), in order.
  /// - Throws: ``TransformerError`` for tokens or points that do not fit the model, for sequences beyond its context length,
  ///   and for activations that are not finite.
  public func activations(
    _ sequences: [[Int]], at points: [ActivationPoint], positions: ActivationPositions = .last
  ) throws(TransformerError) -> [ActivationPoint: Matrix<Float>] {
    try check(sequences)
    try check(points)
    let lengths = sequences.map(\.count)
    let plan = try plan([], lengths.count)
    let end = points.map { $0.block + 1 }.max() ?? 0
    var recorder = Recorder(points: points, positions: positions)
    for group in Batch.groups(lengths: lengths) {
      let batch = Batch(
        sequences: Array(group), lengths: Array(lengths[group]), firstPositions: group.map { _ in 0 })
      var h = embed(Array(sequences[group]))
      var cache: KeyValueCache?
      try run(&h, blocks: 0..<end, batch, plan, &cache, &recorder)
    }
    return recorder.result(configuration.width)
  }
}
