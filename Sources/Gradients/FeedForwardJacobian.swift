package import Checkpoints
import LinearAlgebra
package import Tensors
package import Transformers

/// The Jacobian of what the feed-forward layer of a block does to one token's stream, d_model x d_model.
///
/// The layer acts on every token alone. So where as many cotangents pass as the stream is wide, it costs less to multiply the
/// layer's matrices with each other once a token than to send every cotangent through them: per token
/// `2 d² f + 2 c d²` operations in place of `6 c d f` for c cotangents, a half or less for c = d.
package struct FeedForwardJacobian: Sendable {
  private let model: Model
  private let trace: BlockTrace
  private let slopes: Matrix<Float>
  private let gate: Matrix<Float>
  private let up: Matrix<Float>
  private let down: Matrix<Float>

  /// Whether this is the cheaper way for a number of cotangents.
  package static func pays(copies: Int, _ c: ModelConfiguration) -> Bool {
    let (d, f, copies) = (Double(c.width), Double(c.feedForwardWidth), Double(copies))
    return 2 * d * d * f + 2 * copies * d * d < 6 * copies * d * f
  }

  /// Whether it is written for the model's blocks: gated layers of one half after the other, between RMSNorms.
  static func applies(to model: Model) -> Bool {
    let (family, c) = (model.family, model.configuration)
    return family.isGated && family.norm == .rootMeanSquare && family.hasInputNorms && !c.isParallel
      && c.residualScale == 1
  }

  /// Decodes the layer's matrices: `12 · d_model · d_ff` bytes.
  package init(_ model: Model, _ trace: BlockTrace) {
    let w = model.blocks[trace.block]
    (self.model, self.trace) = (model, trace)
    slopes = model.gateSlopes(trace.gateAndUp)
    (gate, up, down) = (w.dense(.gate), w.dense(.up), w.dense(.down))
  }

  /// `∂(mid + P(W_down (f(W_gate N(mid)) ⊙ W_up N(mid)))) / ∂mid` at a token, row i the derivatives of output i: a cotangent,
  /// as a row, is multiplied from the left. `I + P′ W_down (diag(f′(g) u) W_gate + diag(f(g)) W_up) N′`.
  package func matrix(token: Int) -> Matrix<Float> {
    let width = down.rows
    let inner = down.columns
    var jacobian = Matrix<Float>(rows: width, columns: width, repeating: 0)
    let tile = MatrixTile(rows: width, columns: width, stride: width)
    let step = min(inner, max(16, 131_072 / width))
    var mixed = [Float](repeating: 0, count: step * width)
    let slope = slopes.elements.span.extracting(slopes.range(ofRow: token))
    for start in stride(from: 0, to: inner, by: step) {
      let rows = start..<min(inner, start + step)
      var panel = mixed.mutableSpan
      mix(rows, slope, into: &panel)
      var sum = jacobian.elements.mutableSpan
      multiplyTiles(
        down.elements.span, MatrixTile(offset: start, rows: width, columns: rows.count, stride: inner),
        panel.span, MatrixTile(rows: rows.count, columns: width, stride: width), into: &sum, tile,
        adding: start > 0
      )
    }
    return throughNorms(jacobian, token: token)
  }

  /// `I + P′ M N′`: the tangent of the output norm on every column, the pullback of the first norm on every row.
  private func throughNorms(_ product: Matrix<Float>, token: Int) -> Matrix<Float> {
    let w = model.blocks[trace.block]
    let width = product.columns
    let epsilon = model.configuration.normEpsilon
    var jacobian = product
    if let raw = trace.feedForward {
      var columns = product.transposed()
      var elements = columns.elements.mutableSpan
      for row in 0..<width {
        rootMeanSquareNormTangent(
          raw.elements.span.extracting(raw.range(ofRow: token)), weight: w.feedForwardOutputNorm.weight.span,
          epsilon: epsilon, inPlace: &elements, at: row * width)
      }
      jacobian = columns.transposed()
    }
    var elements = jacobian.elements.mutableSpan
    for row in 0..<width {
      rootMeanSquareNormPullback(
        trace.middle.elements.span.extracting(trace.middle.range(ofRow: token)),
        weight: w.feedForwardNorm.weight.span, epsilon: epsilon, inPlace: &elements, at: row * width)
      elements[row * width + row] += 1
    }
    return jacobian
  }

  /// Rows of `diag(f′(g) u) W_gate + diag(f(g)) W_up`.
  private func mix(_ rows: Range<Int>, _ slope: Span<Float>, into panel: inout MutableSpan<Float>) {
    let width = gate.columns
    for row in rows {
      let (byGate, byUp) = (slope[row], slope[gate.rows + row])
      let first = gate.elements.span.extracting(gate.range(ofRow: row))
      let second = up.elements.span.extracting(up.range(ofRow: row))
      let target = (row - rows.lowerBound) * width
      for i in 0..<width { panel[target + i] = byGate * first[i] + byUp * second[i] }
    }
  }
}
