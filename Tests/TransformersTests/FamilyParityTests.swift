import Checkpoints
import Foundation
import Tensors
import Testing
import Transformers

/// Every family against transformers, from its folder and from GGUF; however a text is cut into passes.
@Suite struct FamilyParityTests {
  @Test func thereAreCases() { #expect(FamilyCase.all.count == 31) }

  @Test(arguments: FamilyCase.all) func equalsTheReference(_ tiny: FamilyCase) throws {
    for form in tiny.forms {
      let model = try tiny.load(form)
      let points = [
        ActivationPoint(block: 0, site: .residualPre), ActivationPoint(block: 2, site: .residualPre),
        ActivationPoint(block: model.configuration.blockCount - 1, site: .residualPost),
      ]
      var cache = KeyValueCache(for: model, sequenceCount: 1)
      let result = try model.forward([tiny.tokens], cache: &cache, recording: points, logits: .all)
      #expect(distance(result.logits.elements, tiny.logits.elements) <= 1e-4, "\(form)")
      for (point, expected) in zip(points, tiny.states) {
        let found = try #require(result.activations[point])
        #expect(distance(found.row(found.rows - 1), expected) <= 1e-4, "\(form), \(point)")
      }
      // The short way to single logits.
      let last = SequencePosition(sequence: 0, position: tiny.tokens.count - 1)
      let final = try model.finalStates(
        continuing: model.prefix([tiny.tokens], before: 1), selecting: [last, last])
      #expect(
        distance(try model.logits(of: [5, 90], from: final), [tiny.logits[15, 5], tiny.logits[15, 90]])
          <= 1e-4)
    }
  }

  /// Token by token, in parts, and from a copy of a cache that goes another way than the first: all as in one pass.
  @Test(arguments: FamilyCase.all) func passesDoNotMatter(_ tiny: FamilyCase) throws {
    let model = try tiny.load(tiny.hasGGUF ? .gguf : .folder)
    func logits(_ parts: [Range<Int>], _ cache: inout KeyValueCache) throws -> [Float] {
      try parts.flatMap {
        try model.forward([Array(tiny.tokens[$0])], cache: &cache, logits: .all).logits.elements
      }
    }
    var single = KeyValueCache(for: model, sequenceCount: 1)
    #expect(distance(try logits((0..<16).map { $0..<$0 + 1 }, &single), tiny.logits.elements) <= 1e-4)
    var parts = KeyValueCache(for: model, sequenceCount: 1)
    let head = try logits([0..<5, 5..<9], &parts)
    // Back to position 9 after another continuation.
    var other = parts
    _ = try model.forward([[1, 2, 3, 4, 5, 6, 7]], cache: &other)
    let tail = try logits([9..<16], &parts)
    #expect(distance(head + tail, tiny.logits.elements) <= 1e-4)
    #expect(other.lengths == [16] && parts.lengths == [16])
  }

  @Test(arguments: FamilyCase.all) func batchesDoNotMatter(_ tiny: FamilyCase) throws {
    let model = try tiny.load(.folder)
    let sequences = [3, 16, 1, 11].map { Array(tiny.tokens.prefix($0)) }
    var cache = KeyValueCache(for: model, sequenceCount: sequences.count)
    let first = try model.forward(sequences, cache: &cache).logits
    for (row, sequence) in sequences.enumerated() {
      #expect(distance(first.row(row), tiny.logits.row(sequence.count - 1)) <= 1e-4, "sequence \(row)")
    }
    // Sequences of different lengths go on together.
    let next = try model.forward(
      [tiny.tokens[3], 7, tiny.tokens[1], tiny.tokens[11]].map { [$0] }, cache: &cache)
    for (row, position) in [(0, 3), (2, 1), (3, 11)] {
      #expect(distance(next.logits.row(row), tiny.logits.row(position)) <= 1e-4, "sequence \(row)")
    }
  }

  /// Sequences that begin alike share a trunk.
  @Test(arguments: FamilyCase.all) func sharedBeginningsDoNotMatter(_ tiny: FamilyCase) throws {
    let model = try tiny.load(.folder)
    let sequences = [tiny.tokens, Array(tiny.tokens.prefix(12)) + [3], Array(tiny.tokens.prefix(10))]
    let states = try model.prefix(sequences, before: 0)
    let places = [(0, 15), (1, 11), (2, 9)].map { SequencePosition(sequence: $0.0, position: $0.1) }
    let logits = try model.logits(continuing: states, selecting: places)
    for (row, place) in places.enumerated() {
      #expect(distance(logits.row(row), tiny.logits.row(place.position)) <= 1e-4, "sequence \(row)")
    }
  }

  @Test func contextsEndWhereFactorsChange() throws {
    let tiny = try #require(FamilyCase.all.first { $0.name == "phi3-long" })
    for form in tiny.forms {
      let model = try tiny.load(form)
      #expect(model.configuration.contextLength == 32)
      let expected = TransformerError.contextLength(sequence: 0, length: 33, limit: 32)
      #expect(throws: expected) { try model.generate([(0..<33).map { $0 % 96 }]) }
    }
  }
}
