import Foundation
import Tensors
import Testing
import Transformers

@Suite struct ForwardTests {
  @Test(arguments: TinyModel.names) func logitsEqualTheReference(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let logits = try tiny.logits()
    #expect(distance(logits.elements, tiny.logits.elements) <= 1e-4)
    let middle = try tiny.model.activations(
      [tiny.tokens], at: [ActivationPoint(block: 2, site: .residualPre)])
    let row = try #require(middle.values.first)
    #expect(distance(row.elements, tiny.middle) <= 1e-4)
  }

  @Test(arguments: TinyModel.names) func cacheChangesNothing(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let whole = try tiny.logits()
    var cache = KeyValueCache(for: tiny.model, sequenceCount: 1)
    for cut in [0..<7, 7..<8, 8..<20, 20..<24] {
      let part = try tiny.model.forward([Array(tiny.tokens[cut])], cache: &cache, logits: .all).logits
      #expect(distance(part.elements, whole.selecting(rows: Array(cut)).elements) <= 1e-4, "\(cut)")
    }
    #expect(cache.lengths == [24])
  }

  @Test(arguments: TinyModel.names) func batchesOfDifferentLengthsChangeNothing(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let sequences = [3, 24, 1, 11, 17].map { Array(tiny.tokens.suffix($0)) }
    var cache = KeyValueCache(for: tiny.model, sequenceCount: sequences.count)
    let together = try tiny.model.forward(sequences, cache: &cache).logits
    for (row, sequence) in sequences.enumerated() {
      let alone = try tiny.logits(sequence)
      #expect(distance(together.row(row), alone.row(alone.rows - 1)) <= 1e-4, "sequence \(row)")
    }
  }

  @Test func largeBatchesAreCutIntoGroups() throws {
    let tiny = try TinyModel.load("gemma3")
    let sequences = (0..<300).map { Array(tiny.tokens.suffix(1 + $0 % 24)) }
    let point = ActivationPoint(block: 3, site: .mlpOutput)
    let last = try tiny.model.activations(sequences, at: [point])[point]
    let mean = try tiny.model.activations(sequences, at: [point], positions: .mean)[point]
    let all = try #require(try tiny.model.activations(sequences, at: [point], positions: .all)[point])
    #expect(all.rows == sequences.reduce(0) { $0 + $1.count })
    var row = 0
    for (index, sequence) in sequences.enumerated() {
      var average = [Float](repeating: 0, count: all.columns)
      let averaged = sequence.count == 1 ? row..<row + 1 : row + 1..<row + sequence.count
      for r in averaged {
        for c in average.indices { average[c] += all[r, c] / Float(averaged.count) }
      }
      row += sequence.count
      #expect(last?.row(index) == all.row(row - 1))
      #expect(distance(mean?.row(index) ?? [], average) <= 1e-4)
    }
  }

  @Test(arguments: TinyModel.names) func prefixesAreReusedBitForBit(_ name: String) throws {
    let tiny = try TinyModel.load(name)
    let sequences = [Array(tiny.tokens.prefix(9)), tiny.tokens, Array(tiny.tokens.suffix(4))]
    let edit = Edit(.add(tiny.direction()), at: ActivationPoint(block: 1, site: .residualPre))
    let interventions = sequences.map { _ in Intervention([edit]) }
    let places = [(2, 3), (0, 0), (1, 23), (0, 8)].map { SequencePosition(sequence: $0.0, position: $0.1) }
    let below = try tiny.model.prefix(sequences, before: 1)
    let whole = try tiny.model.prefix(sequences, before: 0)
    let a = try tiny.model.logits(continuing: below, selecting: places, interventions: interventions)
    let b = try tiny.model.logits(continuing: whole, selecting: places, interventions: interventions)
    #expect(bits(a) == bits(b))
    let alone = try tiny.logits(sequences[1], [edit])
    #expect(distance(a.row(2), alone.row(23)) <= 1e-4)
  }

  @Test func scoresAreLogSoftmax() throws {
    let tiny = try TinyModel.load("qwen2")
    let items = [
      Continuation(prompt: Array(tiny.tokens[0..<5]), continuation: Array(tiny.tokens[5..<9])),
      Continuation(prompt: Array(tiny.tokens[0..<1]), continuation: [3]),
      Continuation(prompt: [1, 2], continuation: []),
    ]
    let scores = try tiny.model.logProbabilities(of: items)
    #expect(scores.map(\.count) == [4, 1, 0])
    for (item, score) in zip(items, scores) {
      let logits = try tiny.logits(item.prompt + item.continuation)
      for (index, token) in item.continuation.enumerated() {
        let row = logits.row(item.prompt.count - 1 + index).map(Double.init)
        let expected = row[token] - logSumExpByDefinition(row)
        #expect(abs(Double(score[index]) - expected) <= 1e-4)
      }
    }
  }

  private func logSumExpByDefinition(_ x: [Double]) -> Double {
    log(x.reduce(0) { $0 + exp($1) })
  }
}
