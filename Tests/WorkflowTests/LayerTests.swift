import Alignment
import Checkpoints
import Foundation
import Geometry
import Statistics
import Steering
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers
import Workflow

@Suite struct LayerTests {
  private func tiny(_ name: String) throws -> Model { try Model.load(Checkpoint.open(tinyCheckpoint(name))) }

  private var options: LayerOptions {
    var options = LayerOptions()
    (options.tokens, options.neighbours, options.permutations) = (60, 5, 19)
    return options
  }

  private func isClose(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Bool {
    a.rows == b.rows && a.columns == b.columns
      && zip(a.elements, b.elements).allSatisfy { abs($0 - $1) <= 1e-4 * max(1, abs($1)) }
  }

  @Test func statesAreTheResidualStreamOfEveryBlock() throws {
    let model = try tiny("llama")
    let texts = ["the sun is warm", "a rain was cold and long"]
    let sequences = texts.map { model.tokenizer.encode($0) }
    let blocks = model.configuration.blockCount
    let last = ActivationPoint(block: blocks - 1, site: .residualPost)
    for positions in [ActivationPositions.last, .mean] {
      let states = try LayerStates.texts(texts, of: model, positions: positions)
      #expect(states.layers.count == blocks + 1)
      let expected = try model.activations(sequences, at: [last], positions: positions)
      #expect(isClose(states.layers[blocks], try #require(expected[last])))
    }
    let bos = model.tokenizer.beginOfSequence.map { [$0] } ?? []
    let tokens = try LayerStates.tokens([20, 30], of: model)
    let alone = try model.activations([bos + [20], bos + [30]], at: [last])
    #expect(tokens.count == 2)
    #expect(isClose(tokens.layers[blocks], try #require(alone[last])))
    let carried = try LayerStates.tokens([20], of: model, after: "ab")
    let sentence = try model.activations(
      [bos + model.tokenizer.encode("ab", addingSpecial: false) + [20]], at: [last])
    #expect(isClose(carried.layers[blocks], try #require(sentence[last])))
  }

  @Test func pairedPositionsEndAtTheSameByte() throws {
    let (a, b) = (try tiny("llama").tokenizer, try tiny("gemma3").tokenizer)
    let texts = LayerTexts(["the tin hat", "what then", ""], groups: [0, 1, 1])
    let paired = PairedPositions(texts, a, b)
    #expect(paired.groups.count == paired.placesA.joined().count)
    #expect(!paired.groups.isEmpty)
    for (index, places) in paired.placesA.enumerated() {
      for (placeA, placeB) in zip(places, paired.placesB[index]) {
        #expect(placeA > 0 && placeB > 0)
        #expect(
          a.decodeBytes(Array(paired.sequencesA[index][...placeA]))
            == b.decodeBytes(Array(paired.sequencesB[index][...placeB])))
      }
    }
  }

  @Test func textsOfOneGroupStayTogether() throws {
    let all = try LayerTexts.bundled()
    #expect(all.groupCount > 300 && all.texts.count > 550)
    #expect(all.oneOfEach.count == all.groupCount)
    let less = try LayerTexts.bundled(excluding: ["sentiment"])
    let sentiment = try ContrastSet.bundled("sentiment")
    #expect(less.texts.count == all.texts.count - 2 * sentiment.train.count)
    #expect(!less.texts.contains(sentiment.train[0].positive))
    // No test item is among them: what is fitted here must not have seen them.
    #expect(!sentiment.test.contains { item in all.texts.contains { $0.hasPrefix(item.prompt) } })
    let tokenizer = try tiny("llama").tokenizer
    #expect(LayerTexts.equalEndings(["ab.", "b.", "why?"], [tokenizer]) == ["ab.", "b."])
  }

  @Test func aModelIsItselfAtEveryLayer() throws {
    let model = try tiny("llama")
    let pairs = LayerBench.letterTokens(model.tokenizer, model.tokenizer)
    let bench = LayerBench(("one", model), ("two", model), options: options)
    let found = try bench.compare(pairs)
    #expect(found.samples.map(\.kind) == [.tokens, .texts])
    for search in found.samples.flatMap(\.searches) {
      for entry in search.matched {
        #expect(entry.layers.a == entry.layers.b)
        if let value = entry.evaluation.value { #expect(abs(value - 1) < 1e-3) }
      }
      #expect(search.grid.maximum.estimate.map { $0.value > 0.999 && $0.null?.pValue == 0.05 } ?? true)
    }
    #expect(found.maps.count == model.configuration.blockCount + 1)
    #expect(found.maps.allSatisfy { $0.scores.standardisedR2.value > 0.99 })
    let stored = try JSONDecoder().decode(LayerComparison.self, from: JSONEncoder().encode(found))
    #expect(stored.maps.count == found.maps.count)
    #expect(throws: WorkflowError.self) { try bench.compare([]) }
  }

  @Test func aKeptMapCarriesADirectionBetweenItsBlocks() throws {
    let model = try tiny("llama")
    let bench = LayerBench(("one", model), ("two", model), options: options)
    let texts = try LayerTexts.bundled(excluding: ["sentiment", "tense"])
    let fitted = try #require(try bench.maps(texts, layers: [1]).first)
    #expect(try bench.maps(texts, layers: [99]).isEmpty)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    let hash = String(repeating: "0", count: 64)
    let path = try #require(
      try fitted.write(
        from: StoreReference(name: "one", identity: hash), to: StoreReference(name: "two", identity: hash),
        folder: folder.path))
    let record = try AlignmentStore.open(path).record
    #expect(LayerSpace(space: record.space) == LayerSpace(sourceBlock: 0, targetBlock: 0))
    #expect(record.weights.elements == fitted.map.map.weights.elements)
    #expect(record.match.count == fitted.tokensA.count)
    let embedding = try #require(try bench.maps(texts, layers: [0]).first)
    #expect(
      try embedding.record(
        from: StoreReference(name: "one", identity: hash), to: StoreReference(name: "two", identity: hash))
        == nil)
  }
}
