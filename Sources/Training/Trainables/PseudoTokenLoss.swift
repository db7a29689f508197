internal import Checkpoints
internal import Gradients
internal import Tensors
internal import Transformers

/// `Σ -ln p(target token | everything before it)` of some examples, and its gradient in their pseudo-tokens.
struct PseudoTokenLoss {
  let total: Double
  /// Target tokens.
  let count: Int
  /// `[examples · K x d_model]`, as the pseudo-tokens were given.
  let cotangents: Matrix<Float>
}

extension Model {
  /// One pass forward and one back through the frozen model.
  ///
  /// Cost: about 2.7 forward passes. Memory: `2 · blocks · tokens · d_model · 4` bytes and `128 · vocabulary · 8`.
  /// - Parameter rows: `[examples · K x d_model]`, in the units of the residual stream that enters block 0.
  func pseudoTokenLoss(
    of examples: [PseudoTokenExample], rows: Matrix<Float>
  ) throws(TransformerError) -> PseudoTokenLoss {
    let pseudo = rows.rows / max(1, examples.count)
    let width = configuration.width
    var states: [Float] = []
    var lengths: [Int] = []
    var targets: [(place: SequencePosition, token: Int)] = []
    // Rows of the batch at which each example's pseudo-tokens begin.
    var places: [Int] = []
    for (index, example) in examples.enumerated() {
      // The last target is predicted, never read.
      let tokens = [example.before, example.after + example.target.dropLast()]
      try check(tokens.filter { !$0.isEmpty })
      states += embed(tokens[0]).elements
      places.append(states.count / width)
      states += rows.elements[index * pseudo * width..<(index + 1) * pseudo * width]
      states += embed(tokens[1]).elements
      lengths.append(tokens[0].count + pseudo + tokens[1].count)
      let first = example.before.count + pseudo + example.after.count - 1
      for (offset, token) in example.target.enumerated() {
        targets.append((SequencePosition(sequence: index, position: first + offset), token))
      }
    }
    guard !targets.isEmpty else { return PseudoTokenLoss(total: 0, count: 0, cotangents: rows) }
    var entering = Matrix(rows: states.count / width, columns: width, elements: states)
    for (index, length) in lengths.enumerated() { try check(length: length, ofSequence: index) }
    addPositions(to: &entering, lengths: lengths)
    let tape = try tape(entering: 0, states: entering, lengths: lengths)
    let (mean, cotangent) = try nextTokenLoss(of: tape, targets: targets)
    var cotangents = try pullback(cotangent, through: tape, to: 0)
      .selecting(rows: places.flatMap { $0..<$0 + pseudo })
    let count = Float(targets.count)
    cotangents.scale(by: count)
    return PseudoTokenLoss(total: mean * Double(targets.count), count: targets.count, cotangents: cotangents)
  }
}
