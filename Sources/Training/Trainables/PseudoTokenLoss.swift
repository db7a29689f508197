internal import Gradients
internal import Tensors
internal import Transformers

/// `Σ -ln p(target token | everything before it)` of some examples, and its gradients.
struct PseudoTokenLoss {
  let total: Double
  /// Target tokens.
  let count: Int
  /// In the pseudo-tokens, `[vectors · K x d_model]`, as they were given.
  let cotangents: Matrix<Float>
  /// In the weights that were asked for.
  let gradients: [Weight: Matrix<Float>]
}

extension Model {
  /// One pass forward and one back.
  ///
  /// Sequences of any lengths lie one after the other, so nothing is padded. Cost: about 2.7 forward passes, and what
  /// gradients of weights take. Memory: `2 · blocks · tokens · d_model · 4` bytes and `128 · vocabulary · 8`.
  /// - Parameter rows: `[vectors · K x d_model]`, the vectors of the examples in their order, in the units of the
  ///   residual stream that enters block 0.
  func pseudoTokenLoss(
    of examples: [PseudoTokenExample], rows: Matrix<Float>, _ weights: Set<Weight> = []
  ) throws(TransformerError) -> PseudoTokenLoss {
    let pseudo = rows.rows / max(1, examples.reduce(0) { $0 + $1.vectors.count })
    var targets: [(place: SequencePosition, token: Int)] = []
    // Rows of the batch that are pseudo-tokens.
    var places: [Int] = []
    var next = 0
    var start = 0
    let sequences = examples.enumerated().map { index, example in
      var position = 0
      var pieces = example.prompt.map { piece -> InputSequence.Piece in
        switch piece {
        case .tokens(let tokens):
          position += tokens.count
          return .tokens(tokens)
        case .vector:
          places += start + position..<start + position + pseudo
          position += pseudo
          defer { next += pseudo }
          return .vectors(rows.rows(next..<next + pseudo))
        }
      }
      for (offset, token) in example.target.enumerated() {
        targets.append((SequencePosition(sequence: index, position: position - 1 + offset), token))
      }
      // The last target is predicted, never read.
      pieces.append(.tokens(example.target.dropLast()))
      start += position + max(0, example.target.count - 1)
      return InputSequence(pieces)
    }
    guard !targets.isEmpty else {
      return PseudoTokenLoss(total: 0, count: 0, cotangents: rows, gradients: [:])
    }
    let found = try lossGradients(of: sequences, targets: targets, weights)
    let count = Float(targets.count)
    return PseudoTokenLoss(
      total: found.loss * Double(targets.count), count: targets.count,
      cotangents: found.entering.selecting(rows: places).scaled(by: count),
      gradients: found.gradients.mapValues { $0.scaled(by: count) })
  }
}

extension Matrix<Float> {
  fileprivate func scaled(by factor: Float) -> Matrix<Float> {
    var scaled = self
    var elements = scaled.elements.mutableSpan
    for index in elements.indices { elements[index] *= factor }
    return scaled
  }
}
