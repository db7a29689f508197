import Checkpoints
import Gradients
import LinearAlgebra
import Tensors
import TestSupport
import Testing
import Transformers

/// Whole decoders against central differences in Double, and what holds of any Jacobian.
@Suite struct DecoderTests {
  @Test(arguments: TinyModel.all) func equalsCentralDifferences(_ name: String) throws {
    let model = try TinyModel.load(name)
    let reference = ReferenceDecoder(model)
    let width = model.configuration.width
    // More tokens than a tile of queries has.
    let count = min(70, model.configuration.contextLength)
    let long = try model.tape([tokens(count)])
    let x = long.states[0].elements.map(Double.init)
    #expect(relativeDistance(long.finalStates.elements, reference.finalStates(x)) <= 1e-5)
    let v = normal(count, width, seed: 2)
    let forth = numericPushforward(x, v.elements.map(Double.init)) { reference.finalStates($0) }
    #expect(relativeDistance(try model.pushforward(v, through: long, from: 0).elements, forth) <= 1e-4)
    // Few tokens and blocks, so that every coordinate can be moved.
    let tape = try model.tape([tokens(7)])
    let w = normal(7, width, seed: 1)
    let block = model.configuration.blockCount - 2
    let start = tape.states[block].elements.map(Double.init)
    let back = numericPullback(start, w.elements.map(Double.init)) { reference.finalStates($0, from: block) }
    #expect(relativeDistance(try model.pullback(w, through: tape, to: block).elements, back) <= 1e-4)
  }

  @Test(arguments: TinyModel.all + TinyModel.features + TinyModel.stretched)
  func pullbackIsTheTransposeOfPushforward(
    _ name: String
  ) throws {
    let model = try TinyModel.load(name)
    let width = model.configuration.width
    for seed in 0..<5 as Range<UInt64> {
      // Several sequences; or one, longer than a tile of queries where the context allows it.
      let lengths = seed == 0 ? [min(70, model.configuration.contextLength)] : [9, 1, 14]
      let tape = try model.tape(lengths.map { tokens($0, seed: seed) })
      let rows = lengths.reduce(0, +)
      let (v, w) = (normal(rows, width, seed: 100 + seed), normal(rows, width, seed: 200 + seed))
      let forth = product(try model.pushforward(v, through: tape, from: 0), w)
      let back = product(v, try model.pullback(w, through: tape, to: 0))
      let size = (product(v, v) * product(w, w)).squareRoot()
      #expect(abs(forth - back) <= 1e-4 * max(abs(forth), 0.01 * size), "seed \(seed): \(forth), \(back)")
    }
  }

  /// A tape of many tokens keeps no traces.
  @Test(arguments: TinyModel.all + TinyModel.features + TinyModel.stretched)
  func recomputedBlocksAreThoseOfTheForwardPass(
    _ name: String
  ) throws {
    let model = try TinyModel.load(name)
    let width = model.configuration.width
    let lengths = [9, 1, 14]
    let kept = try model.tape(lengths.map { tokens($0) })
    let bare = try model.tape(entering: 0, states: kept.states[0], lengths: lengths, traceLimit: 0)
    #expect(kept.traces.count == model.configuration.blockCount && bare.traces.isEmpty)
    for (a, b) in zip(kept.states, bare.states) { #expect(a.elements == b.elements) }
    let w = normal(24, width, seed: 3)
    #expect(
      try model.pullback(w, through: kept, to: 0).elements
        == model.pullback(w, through: bare, to: 0).elements)
    #expect(
      try model.pushforward(w, through: kept, from: 0).elements
        == model.pushforward(w, through: bare, from: 0).elements)
  }

  @Test(arguments: TinyModel.all) func copiesAndSequencesAreIndependent(_ name: String) throws {
    let model = try TinyModel.load(name)
    let width = model.configuration.width
    let texts = [tokens(6), tokens(11, seed: 2)]
    let tape = try model.tape(texts)
    let w = (0..<3).map { normal(17, width, seed: 50 + UInt64($0)) }
    var visited: [Int] = []
    let together = try model.pullback(stacked(w), through: tape, to: 1) { block, d in
      visited.append(block)
      #expect(d.rows == 51)
    }
    #expect(visited == Array((1..<model.configuration.blockCount).reversed()))
    let forth = try model.pushforward(stacked(w), through: tape, from: 1)
    for copy in 0..<3 {
      let rows = copy * 17..<copy * 17 + 17
      #expect(
        relativeDistance(together.rows(rows), try model.pullback(w[copy], through: tape, to: 1)) <= 1e-5)
      #expect(
        relativeDistance(forth.rows(rows), try model.pushforward(w[copy], through: tape, from: 1)) <= 1e-5)
      let second = try model.pullback(
        w[copy].rows(6..<17), through: try model.tape([texts[1]]), to: 1)
      #expect(relativeDistance(together.rows(rows.lowerBound + 6..<rows.upperBound), second) <= 1e-5)
    }
  }

  /// Few copies and many; a sequence that ends before the position.
  @Test(arguments: TinyModel.all) func earlyPositionsCanBeLeftOut(_ name: String) throws {
    let model = try TinyModel.load(name)
    let width = model.configuration.width
    let tape = try model.tape([tokens(9), tokens(3, seed: 2)])
    for copies in [2, width] {
      let w = normal(12 * copies, width, seed: 8)
      let asked = (0..<copies).flatMap { 12 * $0 + 4..<12 * $0 + 9 }
      let whole = try model.pullback(w, through: tape, to: 0)
      let late = try model.pullback(w.selecting(rows: asked), through: tape, to: 0, from: 4)
      #expect(relativeDistance(late, whole.selecting(rows: asked)) <= 1e-6)
    }
  }

  /// Nothing depends on later positions, and blocks compose.
  @Test(arguments: TinyModel.all) func isCausalAndComposes(_ name: String) throws {
    let model = try TinyModel.load(name)
    let width = model.configuration.width
    let tape = try model.tape([tokens(8)])
    var w = Matrix<Float>(rows: 8, columns: width, repeating: 0)
    for column in 0..<width { w[4, column] = Float(column % 5) - 2 }
    let whole = try model.pullback(w, through: tape, to: 0)
    #expect(whole.rows(5..<8).elements.allSatisfy { $0 == 0 })
    #expect(whole.rows(0..<5).elements.contains { $0 != 0 })
    let again = try model.tape(entering: 1, states: tape.states[1], lengths: [8])
    #expect(relativeDistance(again.finalStates, tape.finalStates) <= 1e-6)
    #expect(again.firstBlock == 1 && again.states.count == model.configuration.blockCount)
    #expect(
      relativeDistance(
        try model.pullback(w, through: again, to: 1), try model.pullback(w, through: tape, to: 1)) <= 1e-5)
    let last = model.configuration.blockCount
    #expect(try model.pullback(w, through: tape, to: last).elements == w.elements)
  }

  @Test(arguments: TinyModel.all + ["gemma3-soft-cap", "qwen2-output-biases"])
  func lossEqualsCentralDifferences(_ name: String) throws {
    let model = try TinyModel.load(name)
    let reference = ReferenceDecoder(model)
    let texts = [tokens(5), tokens(4, seed: 3)]
    let tape = try model.tape(texts)
    let targets = [(0, 1), (0, 3), (1, 0), (1, 2), (1, 2)].map { sequence, position in
      (
        place: SequencePosition(sequence: sequence, position: position),
        token: texts[sequence][position + 1]
      )
    }
    let rows = targets.map { (row: tape.row(of: $0.place), token: $0.token) }
    let (loss, cotangent) = try model.nextTokenLoss(of: tape, targets: targets)
    let x = tape.finalStates.elements.map(Double.init)
    #expect(abs(loss - reference.loss(x, rows)) <= 1e-5)
    let numeric = numericPullback(x, [1]) { [reference.loss($0, rows)] }
    #expect(relativeDistance(cotangent.elements, numeric) <= 1e-4)
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let model = try TinyModel.load("llama")
    let tape = try model.tape([tokens(4)])
    let width = model.configuration.width
    let fits = normal(4, width, seed: 1)
    func refused(_ part: String, _ body: () throws -> Void) {
      let error = #expect(throws: TransformerError.self) { try body() }
      #expect(error?.description.contains(part) ?? false, "\(error?.description ?? "nothing")")
    }
    refused("rows of the cotangents: expected 4, got 5") {
      _ = try model.pullback(normal(5, width, seed: 1), through: tape, to: 0)
    }
    refused("width of the tangents: expected \(width), got 3") {
      _ = try model.pushforward(normal(4, 3, seed: 1), through: tape, from: 0)
    }
    refused("block 9") { _ = try model.pullback(fits, through: tape, to: 9) }
    refused("block 0") {
      let later = try model.tape(entering: 1, states: tape.states[1], lengths: [4])
      _ = try model.pullback(fits, through: later, to: 0)
    }
    refused("rows of the states") { _ = try model.tape(entering: 0, states: fits, lengths: [5]) }
    refused("is empty") { _ = try model.tape(entering: 0, states: fits, lengths: [4, 0]) }
    refused("not finite") {
      var broken = fits
      broken[2, 1] = .nan
      _ = try model.tape(entering: 0, states: broken, lengths: [4])
    }
    refused("blocks of the tape") {
      _ = try TinyModel.load("gemma3").pullback(fits, through: tape, to: 0)
    }
    let place = SequencePosition(sequence: 0, position: 4)
    refused("4 positions") { _ = try model.nextTokenLoss(of: tape, targets: [(place, 1)]) }
    refused("at least one") { _ = try model.nextTokenLoss(of: tape, targets: []) }
    refused("vocabulary") {
      _ = try model.nextTokenLoss(of: tape, targets: [(SequencePosition(sequence: 0, position: 1), 96)])
    }
  }
}
