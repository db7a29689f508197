import Checkpoints
import Gradients
import LinearAlgebra
import Tensors
import TestSupport
import Testing
import Transformers

/// Each operation's Jᵀ and J against central differences in Double of what the papers write.
@Suite struct OperationTests {
  private let length = 6

  private func trace(_ model: Model, _ block: Int) throws -> BlockTrace {
    model.trace(block, of: try model.tape([tokens(length)]))
  }

  private func check(
    _ name: String, at x: Matrix<Float>, outputs: Int, _ f: ([Double]) -> [Double],
    pullback: (Matrix<Float>) -> Matrix<Float>, pushforward: (Matrix<Float>) -> Matrix<Float>
  ) {
    let point = x.elements.map(Double.init)
    let w = normal(x.rows, outputs, seed: 11)
    let v = normal(x.rows, x.columns, seed: 12)
    let back = numericPullback(point, w.elements.map(Double.init), f)
    let forth = numericPushforward(point, v.elements.map(Double.init), f)
    #expect(relativeDistance(pullback(w).elements, back) <= 1e-5, "\(name), pullback")
    #expect(relativeDistance(pushforward(v).elements, forth) <= 1e-5, "\(name), pushforward")
  }

  @Test(arguments: TinyModel.all) func norm(_ name: String) throws {
    let model = try TinyModel.load(name)
    let x = try trace(model, 1).input
    let weight = model.blocks[1].attentionNorm
    check(
      "norm", at: x, outputs: x.columns, { ReferenceDecoder(model).norm(rows: $0, weight) },
      pullback: { w in
        var d = w
        model.pullbackNorm(x, weight, &d)
        return d
      },
      pushforward: { v in
        var d = v
        model.pushforwardNorm(x, weight, &d)
        return d
      })
  }

  @Test(arguments: TinyModel.all) func heads(_ name: String) throws {
    let model = try TinyModel.load(name)
    let reference = ReferenceDecoder(model)
    let trace = try trace(model, 1)
    // Without head norms and clips the operation is linear: any point will do. Clipped numbers lie on a corner: off it.
    var x = trace.unprepared ?? trace.projected
    if let clip = model.configuration.projectionClip {
      for i in x.elements.indices where abs(x.elements[i]) >= clip { x.elements[i] *= 1.1 }
    }
    check(
      "heads", at: x, outputs: x.columns, { reference.heads($0, 1) },
      pullback: { w in
        var d = w
        model.pullbackHeads(trace, &d)
        return d
      },
      pushforward: { v in
        var d = v
        model.pushforwardHeads(trace, &d)
        return d
      })
  }

  /// In Gemma's blocks the window of five is shorter than the sequence.
  @Test(arguments: TinyModel.all) func attention(_ name: String) throws {
    let model = try TinyModel.load(name)
    let c = model.configuration
    let reference = ReferenceDecoder(model)
    let trace = try trace(model, 1)
    check(
      "attention", at: trace.projected, outputs: c.headCount * c.headDimension,
      { reference.attention($0, 1) }, pullback: { model.pullbackAttention(trace, $0) },
      pushforward: { model.pushforwardAttention(trace, $0) })
  }

  @Test(arguments: TinyModel.all.filter { !TinyModel.experts.contains($0) }) func gate(_ name: String) throws
  {
    let model = try TinyModel.load(name)
    let x = try trace(model, 1).gateAndUp
    let slopes = model.gateSlopes(x)
    check(
      "gate", at: x, outputs: model.configuration.feedForwardWidth, { ReferenceDecoder(model).gate($0) },
      pullback: { model.pullbackGate(slopes, $0) }, pushforward: { model.pushforwardGate(slopes, $0) })
  }

  /// Several matrices below each other, few rows and many, against the product of what they decode to.
  @Test(arguments: [1, 7, 300]) func packedLinear(_ rows: Int) throws {
    let w = try TinyModel.load("llama").blocks[0]
    let weights = [w.query, w.key, w.value]
    let whole = stacked(weights.map { $0.dequantised() })
    let x = normal(rows, whole.rows, seed: 4)
    #expect(relativeDistance(multiply(x, by: weights), multiply(x, whole)) <= 1e-6)
  }

  /// Many copies multiply the feed-forward layer out token by token; that changes no result.
  @Test(arguments: TinyModel.all) func feedForwardJacobian(_ name: String) throws {
    let model = try TinyModel.load(name)
    let tape = try model.tape([tokens(5), tokens(3, seed: 2)])
    let copies = 2 * model.configuration.width
    #expect(FeedForwardJacobian.pays(copies: copies, model.configuration))
    #expect(!FeedForwardJacobian.pays(copies: 2, model.configuration))
    let w = (0..<copies).map { normal(8, model.configuration.width, seed: 30 + UInt64($0)) }
    let together = try model.pullback(stacked(w), through: tape, to: 0)
    for (copy, own) in w.enumerated() {
      let alone = try model.pullback(own, through: tape, to: 0)
      #expect(relativeDistance(together.rows(copy * 8..<copy * 8 + 8), alone) <= 1e-5, "copy \(copy)")
    }
  }
}
