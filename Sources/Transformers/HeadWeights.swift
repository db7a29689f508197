import Checkpoints
import LinearAlgebra
public import Tensors

/// The four matrices of one attention head, rows of d_model; norms' weights, and LayerNorm's subtraction of the mean, are folded in,
/// what norms divide by is not.
///
/// In grouped-query attention several heads share the keys and values of one group.
public struct HeadWeights: Sendable {
  /// `[d_head x d_model]`, with the weights of the norm before the attention and, where heads are normed, of the queries' norm.
  public let query: Matrix<Float>
  /// The same of keys.
  public let key: Matrix<Float>
  /// The same of values.
  public let value: Matrix<Float>
  /// W_O as rows `[d_head x d_model]`: what each coordinate of the head adds to the residual stream; with the weights of the norm
  /// behind the attention where the family has one.
  public let output: Matrix<Float>

  /// - Precondition: four matrices of one shape.
  public init(query: Matrix<Float>, key: Matrix<Float>, value: Matrix<Float>, output: Matrix<Float>) {
    precondition(
      [key, value, output].allSatisfy { ($0.rows, $0.columns) == (query.rows, query.columns) },
      "matrices of different shapes")
    (self.query, self.key, self.value, self.output) = (query, key, value, output)
  }
}

/// The three vectors of a neuron of a gated feed-forward layer: it adds `f(g · x̂) (u · x̂) v` to the residual stream. Without
/// gates it has two, and adds `f(g · x̂) v`.
public struct NeuronWeights: Sendable {
  /// d_model numbers, with the weights of the norm before the layer.
  public let gate: [Float]
  /// The same; empty without gates.
  public let up: [Float]
  /// What it writes, d_model numbers; with the weights of the norm behind the layer where the family has one.
  public let value: [Float]
}

extension Model {
  /// The parameters of a head; biases and rotary angles are no part of them.
  ///
  /// Cost: decodes four matrices of d_head rows.
  /// - Precondition: the model has the block and the head.
  public func head(_ head: Int, block: Int) -> HeadWeights {
    let c = configuration
    precondition(
      blocks.indices.contains(block) && (0..<c.headCount).contains(head), "head \(block).\(head)")
    let w = blocks[block]
    let (dimension, inputNorm) = (c.headDimension, outerNorm(w).weight)
    func rows(_ matrix: PackedMatrix, _ head: Int, _ headNorm: [Float]) -> Matrix<Float> {
      var rows = matrix.selecting(rows: Array(head * dimension..<(head + 1) * dimension))
      // LayerNorm of heads takes the mean off their coordinates.
      if family.norm == .layer, !headNorm.isEmpty { rows = centered(rows.transposed()).transposed() }
      for row in 0..<rows.rows {
        let scale =
          headNorm.isEmpty ? 1 : headNorm[headNorm.count == dimension ? row : head * dimension + row]
        for column in 0..<rows.columns {
          rows[row, column] *= scale * (inputNorm.isEmpty ? 1 : inputNorm[column])
        }
      }
      return centered(rows)
    }
    let group = head / (c.headCount / c.keyValueHeadCount)
    let all = w.attentionOutput.dequantised()
    var output = Matrix<Float>(rows: dimension, columns: c.width, repeating: 0)
    for column in 0..<c.width {
      let norm = w.attentionOutputNorm.weight
      let scale = c.residualScale * (norm.isEmpty ? 1 : norm[column])
      for row in 0..<dimension { output[row, column] = scale * all[column, head * dimension + row] }
    }
    return HeadWeights(
      query: rows(w.query, head, w.queryNorm.weight), key: rows(w.key, group, w.keyNorm.weight),
      value: rows(w.value, group, []), output: output)
  }

  /// The parameters of some neurons of a block, in the order asked for.
  ///
  /// Cost: decodes the block's matrix of values.
  /// - Precondition: the model has the block and the neurons, and the block no experts.
  public func neurons(_ neurons: [Int], block: Int) -> [NeuronWeights] {
    let width = configuration.feedForwardWidth
    precondition(
      blocks.indices.contains(block) && blocks[block].experts == nil
        && neurons.allSatisfy { (0..<width).contains($0) },
      "neurons \(neurons) of block \(block)")
    let w = blocks[block]
    func read(_ matrix: PackedMatrix) -> Matrix<Float> {
      centered(matrix.selecting(rows: neurons).scaledColumns(by: innerNorm(w).weight))
    }
    let gates = read(family.isGated ? w.gate : w.up)
    let ups = family.isGated ? read(w.up) : nil
    let down = w.down.dequantised()
    func scaled(_ row: [Float], _ norm: [Float]) -> [Float] {
      norm.isEmpty ? row : zip(row, norm).map { $0 * $1 }
    }
    return neurons.enumerated().map { index, neuron in
      NeuronWeights(
        gate: gates.row(index), up: ups?.row(index) ?? [],
        value: scaled(
          (0..<down.rows).map { configuration.residualScale * down[$0, neuron] },
          w.feedForwardOutputNorm.weight))
    }
  }

  /// What the feed-forward layer of block 0 makes of rows, its norms included and the rows themselves not added: the first
  /// step of what a token becomes in the model.
  public func firstFeedForward(_ rows: Matrix<Float>) -> Matrix<Float> {
    withSingleThreadedBLAS { feedForward(0, rows) }
  }

  /// Products of rows with the unembedding of every token, `[rows x vocabulary]`; with `normed`, of rows times the final norm's
  /// weights, as what is added to the final residual stream reads.
  public func vocabularyProducts(_ rows: Matrix<Float>, normed: Bool) -> Matrix<Float> {
    withSingleThreadedBLAS {
      multiply(
        normed ? centered(rows).scaledColumns(by: finalNorm.weight) : rows, byTransposeOf: [unembedding])
    }
  }
}
