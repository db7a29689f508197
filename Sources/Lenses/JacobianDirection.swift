internal import Checkpoints
internal import Gradients
internal import Statistics
public import Tensors
public import Transformers

/// One direction through a Jacobian lens that nobody has fitted: a pass a prompt in place of d_model of them.
///
/// Forwards `J_l v` is a tangent: ε v is added at the layer at every position of V, and what that adds to the final residual stream
/// there is summed; that is, steering at a small dose. Backwards `J_lᵀ w` is one reverse pass with w at every position of V.
/// Both are exact, the same numbers as a whole fit on the same prompts gives.
public struct JacobianDirection: Sendable {
  /// The image, d_model numbers: the mean over prompts.
  public let image: [Float]
  /// Of each prompt, `[prompts x d_model]`.
  public let perPrompt: Matrix<Float>

  /// The standard error of the image over prompts, `√(Σ ‖x_p - x‖² / (n (n - 1)))`, as a share of its norm; nil for one prompt or
  /// where the image is zero.
  public var relativeError: Double? {
    let n = perPrompt.rows
    let norm = image.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard n > 1, norm > 0 else { return nil }
    var squares = 0.0
    for row in 0..<n {
      for column in image.indices {
        let step = Double(perPrompt[row, column]) - Double(image[column])
        squares += step * step
      }
    }
    return (squares / Double(n * (n - 1)) / norm).squareRoot()
  }

  private init(_ perPrompt: Matrix<Float>) {
    self.perPrompt = perPrompt
    image = perPrompt.blockMeans(length: perPrompt.rows, 0..<perPrompt.rows).elements
  }

  /// `J_l v`.
  ///
  /// Cost: a forward pass and a tangent a prompt.
  /// - Throws: ``LensError`` for a layer or a width that does not fit, for texts that are too few or too short; `TransformerError`.
  public static func image(
    of direction: [Float], layer: Int, in model: Model, corpus: LensCorpus = .passages, prompts: Int? = 8,
    options: JacobianOptions = JacobianOptions()
  ) throws -> JacobianDirection {
    try each(direction, layer, model, corpus, prompts, options) { tape, rows, positions in
      try model.pushforward(rows, through: tape, from: layer + 1)
        .blockMeans(length: tape.lengths[0], positions).elements
    }
  }

  /// `J_lᵀ w`; with `w = γ ⊙ W_U[t]` the direction at the layer that promotes token t.
  ///
  /// Cost: a forward and a reverse pass a prompt.
  /// - Throws: as ``image(of:layer:in:corpus:prompts:options:)``.
  public static func pulledBack(
    _ covector: [Float], layer: Int, in model: Model, corpus: LensCorpus = .passages, prompts: Int? = 8,
    options: JacobianOptions = JacobianOptions()
  ) throws -> JacobianDirection {
    try each(covector, layer, model, corpus, prompts, options) { tape, rows, positions in
      try model.pullback(rows, through: tape, to: layer + 1, visiting: nil)
        .blockMeans(length: tape.lengths[0], positions).elements
    }
  }

  /// - Parameter pass: what becomes of the vector at every position that counts, as a mean over them.
  private static func each(
    _ vector: [Float], _ layer: Int, _ model: Model, _ corpus: LensCorpus, _ prompts: Int?,
    _ options: JacobianOptions,
    _ pass: (_ tape: Tape, _ rows: Matrix<Float>, _ positions: Range<Int>) throws -> [Float]
  ) throws -> JacobianDirection {
    let (width, last) = (model.configuration.width, model.configuration.blockCount - 1)
    guard vector.count == width else {
      throw LensError.width(vector.count, expected: width, model: model.name)
    }
    guard (embeddingLayer...last).contains(layer) else {
      throw LensError.layer(layer, lens: LensKind.jacobian.rawValue, model: model.name, known: model.layers)
    }
    let sequences = try options.sequences(of: corpus, for: model, count: prompts)
    var images: [Float] = []
    for tokens in sequences {
      let positions = options.positions(of: tokens.count)
      var rows = Matrix<Float>(rows: tokens.count, columns: width, repeating: 0)
      for position in positions {
        rows.elements.replaceSubrange(rows.range(ofRow: position), with: vector)
      }
      // The last layer is read as it is.
      images += layer == last ? vector : try pass(model.tape([tokens]), rows, positions)
    }
    return JacobianDirection(Matrix(rows: sequences.count, columns: width, elements: images))
  }
}
