import Checkpoints
import Gradients
import LinearAlgebra
import Tensors
import TestSupport
import Testing
import Transformers

/// Gradients of weights, and models with other weights.
@Suite struct WeightGradientTests {
  private let texts = [tokens(6), tokens(4, seed: 3)]

  private var targets: [(place: SequencePosition, token: Int)] {
    texts.enumerated().flatMap { sequence, text in
      text.indices.dropLast().map { (SequencePosition(sequence: sequence, position: $0), text[$0 + 1]) }
    }
  }

  /// Low-rank updates that change something.
  private func adapted(_ name: String) throws -> Model {
    let plain = try TinyModel.load(name)
    let layers =
      plain.configuration.experts == nil ? LinearLayer.allCases : [.query, .value, .attentionOutput]
    let model = try plain.addingLowRank(to: layers, rank: 3, alpha: 6, seed: 5)
    var factors: [Weight: Matrix<Float>] = [:]
    for (index, weight) in model.weights.enumerated() {
      guard case .lowRankB = weight else { continue }
      let values = try model.values(of: weight)
      var drawn = normal(values.rows, values.columns, seed: 70 + UInt64(index))
      for i in drawn.elements.indices { drawn.elements[i] *= 0.1 }
      factors[weight] = drawn
    }
    return try model.replacing(factors)
  }

  /// Each weight of each family is moved along a random direction.
  @Test(
    arguments: TinyModel.names + [
      "llama-biases", "qwen2-output-biases", "gemma3-soft-cap", "gemma2", "olmo2", "granite", "stablelm",
      "gpt2",
      "gptneox", "opt", "bloom", "phi2", "olmo", "gpt-neo", "gpt-j", "falcon", "mixtral", "qwen2-moe",
      "qwen2-moe-dense", "qwen3-moe", "mpt", "falcon-40b", "stablelm-12b",
    ])
  func lossGradientsEqualCentralDifferences(_ name: String) throws {
    let model = try adapted(name)
    let (loss, gradients) = try model.lossGradients(of: texts, targets: targets, Set(model.weights))
    #expect(abs(loss - ReferenceDecoder(model).loss(texts)) <= 1e-5)
    #expect(Set(gradients.keys) == Set(model.weights))
    // Of a deep model some blocks are enough: each costs two passes of the reference.
    let moved = model.weights.filter { $0.block.map { $0 < 2 } ?? true }
    for (index, weight) in moved.enumerated() {
      let values = try model.values(of: weight)
      let gradient = try #require(gradients[weight])
      #expect(gradient.rows == values.rows && gradient.columns == values.columns, "\(weight.name)")
      // Half along the gradient, so that the difference is not small by chance.
      let norm = product(gradient, gradient).squareRoot()
      var (above, below) = (values, values)
      let random = normal(values.rows, values.columns, seed: 300 + UInt64(index))
      let size = product(random, random).squareRoot()
      for i in values.elements.indices {
        let step = Float(
          0.0004 * (Double(random.elements[i]) / size + Double(gradient.elements[i]) / max(norm, 1e-20)))
        above.elements[i] += step
        below.elements[i] -= step
      }
      let difference =
        ReferenceDecoder(try model.replacing([weight: above])).loss(texts)
        - ReferenceDecoder(try model.replacing([weight: below])).loss(texts)
      let expected = zip(gradient.elements, zip(above.elements, below.elements)).reduce(0.0) {
        $0 + Double($1.0) * (Double($1.1.0) - Double($1.1.1))
      }
      #expect(
        abs(difference - expected) <= 2e-3 * abs(expected) + 1e-9,
        "\(weight.name): \(difference), \(expected)")
    }
  }

  @Test(arguments: TinyModel.all) func derivativesKnowLowRankUpdates(_ name: String) throws {
    let model = try adapted(name)
    let reference = ReferenceDecoder(model)
    let width = model.configuration.width
    let tape = try model.tape([tokens(7)])
    let x = tape.states[0].elements.map(Double.init)
    #expect(relativeDistance(tape.finalStates.elements, reference.finalStates(x)) <= 1e-5)
    let (v, w) = (normal(7, width, seed: 1), normal(7, width, seed: 2))
    let forth = try model.pushforward(v, through: tape, from: 0)
    let numeric = numericPushforward(x, v.elements.map(Double.init)) { reference.finalStates($0) }
    #expect(relativeDistance(forth.elements, numeric) <= 1e-4)
    let back = try model.pullback(w, through: tape, to: 0)
    #expect(abs(product(forth, w) - product(v, back)) <= 1e-4 * abs(product(forth, w)))
    // Many copies: the feed-forward layers are multiplied out.
    let many = try model.pullback(stacked(Array(repeating: w, count: width)), through: tape, to: 0)
    #expect(relativeDistance(many.rows(7..<14), back) <= 1e-5)
    let collected = try model.pullback(w, through: tape, to: 0, collecting: [])
    #expect(collected.gradients.isEmpty && collected.cotangent.elements == back.elements)
  }

  @Test(arguments: TinyModel.all) func equalWeightsInMemoryChangeNothing(_ name: String) throws {
    let model = try TinyModel.load(name)
    let copy = try model.replacing(
      Dictionary(uniqueKeysWithValues: model.weights.map { ($0, try model.values(of: $0)) }))
    let fresh = try copy.addingLowRank(to: [.query, .value], rank: 2, alpha: 4, seed: 1)
    let states = try model.tape(texts).finalStates
    #expect(try copy.tape(texts).finalStates.elements == states.elements)
    #expect(try fresh.tape(texts).finalStates.elements == states.elements)
    #expect(try copy.unembed(states).elements == model.unembed(states).elements)
    #expect(fresh.weights.count == model.weights.count + 4 * model.configuration.blockCount)
    if TinyModel.names.contains(name) { #expect(model.isTied == (name != "llama")) }
  }

  @Test func expertsHaveNoLowRankUpdate() throws {
    let model = try TinyModel.load("qwen2-moe-dense")
    let error = #expect(throws: TransformerError.self) {
      try model.addingLowRank(to: [.query, .down], rank: 1, alpha: 1, seed: 1)
    }
    #expect(error?.description.contains("ffn_down of block 0") == true, "\(error?.description ?? "")")
    let names = Set(model.weights.map(\.name))
    let expected = [
      "blk.0.ffn_gate_inp.weight", "blk.0.ffn_up.2.weight", "blk.2.ffn_down_shexp.weight",
      "blk.2.ffn_gate_inp_shexp.weight", "blk.1.ffn_down.weight",
    ]
    #expect(names.isSuperset(of: expected) && !names.contains("blk.0.ffn_down.weight"))
  }

  @Test func namesAreThoseOfFiles() throws {
    let model = try TinyModel.load("gemma3").addingLowRank(to: [.down], rank: 1, alpha: 1, seed: 1)
    let names = Set(model.weights.map(\.name))
    #expect(names.count == model.weights.count)
    let expected = [
      "token_embd.weight", "output_norm.weight", "blk.6.attn_q.weight", "blk.0.post_ffw_norm.weight",
      "blk.0.attn_k_norm.weight", "blk.3.ffn_down.weight.lora_a", "blk.3.ffn_down.weight.lora_b",
    ]
    #expect(names.isSuperset(of: expected))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let model = try TinyModel.load("llama")
    func refused(_ part: String, _ body: () throws -> Void) {
      let error = #expect(throws: TransformerError.self) { try body() }
      #expect(error?.description.contains(part) ?? false, "\(error?.description ?? "nothing")")
    }
    refused("blk.3.attn_q.weight: the model has no such weight") {
      _ = try model.values(of: .matrix(block: 3, .query))
    }
    refused("output_norm.weight: expected 32, got 31") {
      _ = try model.replacing([.finalNorm: normal(1, 31, seed: 1)])
    }
    refused("lora_a: the model has no such weight") {
      _ = try model.lossGradients(of: texts, targets: targets, [.lowRankA(block: 0, .query)])
    }
    var broken = try model.values(of: .finalNorm)
    broken.elements[3] = .infinity
    refused("not finite") { _ = try model.replacing([.finalNorm: broken]) }
  }
}
