import Checkpoints
import LinearAlgebra
public import Tensors
public import Transformers

/// Gradients of some weights, which a reverse pass collects on its way.
struct GradientCollector {
  let wanted: Set<Weight>
  var gradients: [Weight: Matrix<Float>] = [:]

  /// Whether the pass has to compute what only gradients need.
  func wants(_ weights: [Weight]) -> Bool { weights.contains(where: wanted.contains) }

  /// Of layers with the input x whose outputs, side by side, have the cotangents `d`: `dW = dᵀ x`, `db = Σ d`,
  /// `dA = s (d B)ᵀ x`, `dB = s dᵀ (x Aᵀ)`.
  mutating func add(
    _ layers: [LinearLayer], of block: Int, _ w: BlockWeights, _ d: Matrix<Float>, input: () -> Matrix<Float>
  ) {
    var found: Matrix<Float>?
    func x() -> Matrix<Float> {
      if let found { return found }
      let x = input()
      found = x
      return x
    }
    var column = 0
    for layer in layers {
      let columns = column..<column + w[layer].rows
      column = columns.upperBound
      if wants([.matrix(block: block, layer)]) {
        add(weightGradient(d, columns, x()), to: .matrix(block: block, layer))
      }
      if wants([.bias(block: block, layer)]) { add(biasGradient(d, columns), to: .bias(block: block, layer)) }
      let (a, b) = (Weight.lowRankA(block: block, layer), Weight.lowRankB(block: block, layer))
      guard let update = w.lowRank[layer], wants([a, b]) else { continue }
      let read = update.input(x())
      if wants([a]) {
        let inner = update.scaled(d, columns)
        add(weightGradient(inner, 0..<inner.columns, read), to: a)
      }
      if wants([b]) { add(weightGradient(d, columns, update.scaled(read)), to: b) }
    }
  }

  /// Of a norm of a block with the input x whose output has the cotangents `d`.
  mutating func add(
    _ norm: BlockNorm, of block: Int, _ model: Model, _ x: Matrix<Float>, _ d: Matrix<Float>
  ) {
    add(.norm(block: block, norm), bias: .normBias(block: block, norm), model, x, d)
  }

  /// Of a norm with the input x whose output has the cotangents `d`: `dγ = Σ x̂ ⊙ d`, `dβ = Σ d` over rows.
  mutating func add(
    _ norm: Weight, bias: Weight, _ model: Model, _ x: Matrix<Float>, _ d: Matrix<Float>
  ) {
    if wanted.contains(norm) {
      let epsilon = model.configuration.normEpsilon
      add(
        normGradient(model.centered(x), d, columns: 0..<x.columns, count: 1, epsilon: epsilon), to: norm)
    }
    if wanted.contains(bias) { add(biasGradient(d, 0..<d.columns), to: bias) }
  }

  /// Of the head norms: cotangents behind the rotation are turned back, heads of queries and of keys are summed.
  mutating func addHeadNorms(_ model: Model, _ trace: BlockTrace, _ d: Matrix<Float>) {
    let (query, key) = (Weight.norm(block: trace.block, .query), Weight.norm(block: trace.block, .key))
    guard let raw = trace.unprepared, wants([query, key]) else { return }
    let c = model.configuration
    let x = model.family.norm == .layer ? model.centeredHeads(raw) : raw
    let turned = model.turnedBack(trace, d)
    let queries = 0..<c.headCount * c.headDimension
    let keys = queries.upperBound..<queries.upperBound + c.keyValueHeadCount * c.headDimension
    let (isWhole, isSeparate) = (c.headNorms == .whole, c.headNorms == .separate)
    for (weight, columns, count) in [
      (query, queries, isWhole ? 1 : c.headCount), (key, keys, isWhole ? 1 : c.keyValueHeadCount),
    ]
    where wanted.contains(weight) {
      guard !isSeparate else {
        let heads = stride(from: columns.lowerBound, to: columns.upperBound, by: c.headDimension)
        let parts = heads.map {
          normGradient(
            x, turned, columns: $0..<$0 + c.headDimension, count: 1, epsilon: c.normEpsilon)
        }
        add(Matrix(rows: 1, columns: columns.count, elements: parts.flatMap(\.elements)), to: weight)
        continue
      }
      add(normGradient(x, turned, columns: columns, count: count, epsilon: c.normEpsilon), to: weight)
    }
  }

  mutating func add(_ gradient: Matrix<Float>, to weight: Weight) {
    gradients[weight, default: Matrix(rows: gradient.rows, columns: gradient.columns, repeating: 0)].add(
      gradient)
  }
}

extension LowRankUpdate {
  /// `s d B`, d some columns of a matrix.
  fileprivate func scaled(_ d: Matrix<Float>, _ columns: Range<Int>) -> Matrix<Float> {
    var product = Matrix<Float>(rows: d.rows, columns: b.columns, repeating: 0)
    var elements = product.elements.mutableSpan
    multiplyTiles(
      d.elements.span,
      MatrixTile(offset: columns.lowerBound, rows: d.rows, columns: columns.count, stride: d.columns),
      b.elements.span, MatrixTile(b), into: &elements,
      MatrixTile(rows: d.rows, columns: b.columns, stride: b.columns))
    for i in elements.indices { elements[i] *= scale }
    return product
  }

  /// `s x Aᵀ`.
  fileprivate func scaled(_ x: Matrix<Float>) -> Matrix<Float> {
    var product = multiply(x, a, transposingB: true)
    for i in product.elements.indices { product.elements[i] *= scale }
    return product
  }
}

/// `Σ x̂ ⊙ d` over rows and over `count` heads that lie side by side from `columns` on; `[1 x width of a head]`.
func normGradient(
  _ x: Matrix<Float>, _ d: Matrix<Float>, columns: Range<Int>, count: Int, epsilon: Float
) -> Matrix<Float> {
  let width = columns.count / count
  var sums = [Double](repeating: 0, count: width)
  for row in 0..<x.rows {
    for head in 0..<count {
      let start = row * x.columns + columns.lowerBound + head * width
      let values = x.elements.span.extracting(start..<start + width)
      let slopes = d.elements.span.extracting(start..<start + width)
      let inverse = 1 / (Double(dot(values, values)) / Double(width) + Double(epsilon)).squareRoot()
      for i in values.indices { sums[i] += Double(values[i]) * inverse * Double(slopes[i]) }
    }
  }
  return Matrix(rows: 1, columns: width, elements: sums.map(Float.init))
}

extension Model {
  /// As ``pullback(_:through:to:from:visiting:)`` for one cotangent of a tape, with the gradients of weights that the blocks from `block`
  /// on have: matrices, biases, norms, and both factors of low-rank updates.
  ///
  /// `dW = dYᵀ X` over all tokens. Cost beside the reverse pass: as much again as the forward pass for all matrices; a low-rank
  /// update costs `rank / width` of that. Memory: the gradients.
  /// - Parameter weights: others than those of blocks `block...` are passed over.
  /// - Returns: cotangents of the stream entering `block`, and a gradient of the shape of each weight that was asked for.
  /// - Throws: as ``pullback(_:through:to:from:visiting:)``; for weights that the model does not have.
  public func pullback(
    _ cotangent: Matrix<Float>, through tape: Tape, to block: Int, collecting weights: Set<Weight>
  ) throws(TransformerError) -> (cotangent: Matrix<Float>, gradients: [Weight: Matrix<Float>]) {
    let known = Set(self.weights)
    for weight in weights where !known.contains(weight) { throw missing(weight) }
    try check(cotangent, rows: tape.tokenCount, "the cotangent")
    var collector: GradientCollector? = GradientCollector(wanted: weights)
    let d = try pullback(cotangent, through: tape, to: block, &collector, visiting: nil)
    let found = collector?.gradients ?? [:]
    for (weight, gradient) in found { try checkFinite(gradient.elements, "the gradient of \(weight.name)") }
    return (d, found)
  }

  /// The mean cross-entropy of next tokens, and the gradients of weights anywhere in the model: one step of training, less the
  /// optimiser.
  ///
  /// Runs the sequences, takes the loss of ``nextTokenLoss(of:targets:)`` and one reverse pass, down to the lowest block that a weight
  /// lies in, or to the embedding. In a tied model the embedding's gradient is that of both its uses.
  /// - Parameter targets: the token that is to follow at a place.
  /// - Throws: ``TransformerError`` for tokens, places and weights that do not fit; for results that are not finite.
  public func lossGradients(
    of sequences: [[Int]], targets: [(place: SequencePosition, token: Int)], _ weights: Set<Weight>
  ) throws(TransformerError) -> (loss: Double, gradients: [Weight: Matrix<Float>]) {
    let found = try lossGradients(
      of: sequences.map { InputSequence([.tokens($0)]) }, targets: targets, weights)
    return (found.loss, found.gradients)
  }

  /// The same of sequences in which vectors stand, with the gradient in what enters block 0.
  ///
  /// - Returns: the loss; cotangents of the rows that enter block 0, `[tokens and vectors x d_model]`, sequence after
  ///   sequence (of the lowest block that was asked about where no vector stands in any of them); and the gradients of
  ///   weights.
  /// - Throws: ``TransformerError`` also for vectors that do not fit.
  public func lossGradients(
    of sequences: [InputSequence], targets: [(place: SequencePosition, token: Int)], _ weights: Set<Weight>
  ) throws(TransformerError) -> (
    loss: Double, entering: Matrix<Float>, gradients: [Weight: Matrix<Float>]
  ) {
    try check(sequences)
    let tape = try tape(entering: 0, states: embed(sequences), lengths: sequences.map(\.count))
    var outer: GradientCollector? = GradientCollector(wanted: weights)
    let (loss, cotangent) = try nextTokenLoss(of: tape, targets: targets, &outer)
    let tokens = sequences.flatMap(\.tokensOfRows)
    let outside: Set<Weight> = [.embedding, .positions, .embeddingNorm, .embeddingNormBias]
    let isAskedToTheEnd = !weights.isDisjoint(with: outside) || tokens.contains { $0 == nil }
    let lowest = isAskedToTheEnd ? 0 : weights.compactMap(\.block).min() ?? configuration.blockCount
    let (d, inner) = try pullback(cotangent, through: tape, to: lowest, collecting: weights)
    var gradients = (outer?.gradients ?? [:]).merging(inner) { first, _ in first }
    if isAskedToTheEnd { addEnteringGradients(weights, tokens, d, tape.lengths, to: &gradients) }
    return (loss, d, gradients)
  }

  /// Of what is outside of blocks and before them: the tables of tokens and of positions, and the norm of the embedding.
  private func addEnteringGradients(
    _ weights: Set<Weight>, _ tokens: [Int?], _ d: Matrix<Float>, _ lengths: [Int],
    to gradients: inout [Weight: Matrix<Float>]
  ) {
    if weights.contains(.positions) { gradients[.positions] = positionGradient(lengths, d) }
    var raw = d
    if !embeddingNorm.isEmpty {
      // Vectors in place of tokens come as what leaves the norm.
      let rows = tokens.indices.filter { tokens[$0] != nil }
      var x = embedding.selecting(rows: tokens.compactMap(\.self))
      x.scale(by: configuration.embeddingScale)
      var part = d.selecting(rows: rows)
      var inner = GradientCollector(wanted: weights)
      inner.add(.embeddingNorm, bias: .embeddingNormBias, self, x, part)
      gradients.merge(inner.gradients) { first, _ in first }
      pullbackNorm(x, embeddingNorm, &part)
      for (index, row) in rows.enumerated() {
        raw.elements.replaceSubrange(raw.range(ofRow: row), with: part.row(index))
      }
    }
    if weights.contains(.embedding) { addEmbeddingGradient(tokens, raw, to: &gradients) }
  }

  /// `dP[position] += d`.
  private func positionGradient(_ lengths: [Int], _ d: Matrix<Float>) -> Matrix<Float> {
    var gradient = Matrix<Float>(rows: positions?.rows ?? 0, columns: d.columns, repeating: 0)
    var row = 0
    for length in lengths {
      for position in 0..<length {
        let place = configuration.positionOffset + position
        for column in 0..<d.columns { gradient[place, column] += d[row, column] }
        row += 1
      }
    }
    return gradient
  }

  /// `dE[token] += factor · d`, the factor √d_model for Gemma.
  private func addEmbeddingGradient(
    _ tokens: [Int?], _ d: Matrix<Float>, to gradients: inout [Weight: Matrix<Float>]
  ) {
    var gradient =
      gradients[.embedding]
      ?? Matrix(rows: embedding.rows, columns: embedding.columns, repeating: 0)
    gradients[.embedding] = nil
    var elements = gradient.elements.mutableSpan
    for (row, token) in tokens.enumerated() {
      guard let token else { continue }
      for column in 0..<d.columns {
        elements[token * d.columns + column] += configuration.embeddingScale * d[row, column]
      }
    }
    gradients[.embedding] = gradient
  }
}
