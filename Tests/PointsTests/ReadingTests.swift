import Checkpoints
import Files
import Foundation
import Geometry
import Lenses
import Points
import Steering
import Stores
import Tensors
import TestSupport
import Testing
import Tokenizers
import Transformers

@Suite struct ReadingTests {
  /// A store whose rows lie on a plane of few dimensions, with a little noise, away from the origin.
  private static func planeRows(_ count: Int, width: Int, seed: UInt64) -> Matrix<Float> {
    var random = SeededRandom(seed: seed)
    let axes = normalMatrix(3, width, &random)
    let mean = normalMatrix(1, width, &random)
    let elements = (0..<count).flatMap { _ -> [Float] in
      let places = (0..<3).map { _ in Float(random.normal()) }
      return (0..<width).map { column in
        mean[0, column] + (0..<3).reduce(Float(0.02 * random.normal())) { $0 + places[$1] * axes[$1, column] }
      }
    }
    return Matrix(rows: count, columns: width, elements: elements)
  }

  private func storeAlone(_ rows: Matrix<Float>, in stores: TinyStores, _ name: String = "plane") throws
    -> PointModel
  {
    let store = try stores.store(name, rows, (0..<rows.rows).map { "t\($0)x" })
    return try PointModel(
      name, store.store, runnable: .failure(PointGap("there is no checkpoint", remedy: "fetch it")))
  }

  @Test func aTokenReadsAsItselfAndAGaussianNowhere() throws {
    let stores = try TinyStores()
    defer { stores.remove() }
    let model = try storeAlone(Self.planeRows(900, width: 16, seed: 1), in: stores)
    let reader = PointReader(model, others: .none)
    let token = try reader.read(#"token:"t7x""#)
    let lists = try #require(token.neighbours.content)
    #expect(lists.count == PointNearness.allCases.count && lists.allSatisfy { $0.identical == ["t7x"] })
    let alarm = try #require(token.alarm.content)
    #expect(!alarm.isRaised)
    #expect(token.verdict[0].contains("'t7x'") && token.verdict[0].contains("that very row"))
    #expect(token.verdict.contains { $0.hasPrefix("It lies among the rows") })
    let percentile = try #require(token.point.normPercentile)
    #expect((0...100).contains(percentile))

    var random = SeededRandom(seed: 9)
    let gaussian = normalMatrix(1, 16, &random)
    let path = stores.folder.appending(path: "g.npy").path
    try numpyFile("<f4", shape: "16,", bytes(gaussian.elements)).write(to: URL(filePath: path))
    let nowhere = try reader.read("row:\(path)#0@input")
    #expect(try #require(nowhere.alarm.content).isRaised)
    #expect(
      nowhere.verdict.contains { $0.hasPrefix("It lies nowhere: the alarm is raised") }, "\(nowhere.verdict)")

    // Of a direction there is no place, and the neighbours are those along it.
    let direction = try reader.read(#"token:"t7x" - token:"t8x""#)
    #expect(direction.alarm.gap?.reason.contains("direction") == true)
    #expect(direction.neighbours.content?.map(\.nearness) == [.centred])
    #expect(direction.verdict.contains { $0.contains("a direction") })
    // The answer in words needs blocks, and says so.
    #expect(token.answer?.gap?.remedy == "fetch it")
  }

  @Test func aNearCopyReadsAsItsToken() throws {
    let stores = try TinyStores()
    defer { stores.remove() }
    let model = try storeAlone(Self.planeRows(900, width: 16, seed: 2), in: stores)
    let reading = try PointReader(model, others: .none).read(#"0.99 * token:"t7x" + 0.01 * token:"t8x""#)
    #expect(reading.neighbours.content?.allSatisfy { $0.near[0].words == "t7x" } == true)
    #expect(reading.verdict[0].hasPrefix("It reads as 't7x'"))
  }

  @Test func aMissingSectionSaysWhy() throws {
    let stores = try TinyStores()
    defer { stores.remove() }
    let model = try storeAlone(Self.planeRows(30, width: 8, seed: 3), in: stores)
    let reading = try PointReader(model, others: .none).read(#"token:"t7x""#)
    #expect(reading.neighbours.content == nil && reading.neighbours.gap?.reason.isEmpty == false)
    let json = String(decoding: try JSONEncoder().encode(reading), as: UTF8.self)
    #expect(json.contains(#""missing":{"#))
    let kept = try JSONDecoder().decode(PointMeaning.self, from: Data(json.utf8))
    #expect(kept.neighbours.gap == reading.neighbours.gap && kept.point.space == .input)
  }

  /// The last layer of a state is the model's own prediction; a point that is put into the pass changes it.
  @Test func theLastLayerIsTheModelsOwn() throws {
    let tiny = try TinyPoints("llama")
    defer { tiny.remove() }
    let states = try PointRows(.residual(layer: 1), of: tiny.model)
    let all = PointLenses(tiny.model)
    func lenses(_ text: String, _ rows: PointRows) throws -> [PointLens] {
      all.readings(of: try tiny.model.point(text), mean: rows.mean)
    }
    func last(_ text: String) throws -> [ReadWord] {
      try #require(try lenses(text, states)[0].reading.content?.rows.last).tokens
    }
    let ids = tiny.running.tokenizer.encodeStart("the cat")
    var cache = KeyValueCache(for: tiny.running, sequenceCount: 1)
    let logits = try tiny.running.forward([ids], cache: &cache).logits
    let best = logits.elements.indices.max { logits.elements[$0] < logits.elements[$1] } ?? 0
    let state = try last(#"state:"the cat"@1[-1]"#)
    #expect(state[0].words == tiny.model.word(best))
    #expect(try last(#"3 * state:"the cat"@1[-1] - 2 * state:"xyz"@1[-1]"#) != state)
    // Fitted lenses are not there, and the reading says how to make them.
    #expect(
      try lenses(#"state:"the cat"@1[-1]"#, states)[1].reading.gap?.remedy
        == "sextant lens fit llama --kind tuned")
    let direction = try lenses(#"state:"the cat"@1[-1] - state:"xyz"@1[-1]"#, states)[0]
    #expect(direction.reading.content?.direction?.promoted.count == 10)
    // A token of a tied embedding enters block 0 as itself.
    let token = try lenses(#"token:"a""#, PointRows(.input, of: tiny.model))[0]
    let table = try #require(token.reading.content)
    #expect(table.rows.map(\.layer) == Array(-1..<tiny.running.configuration.blockCount))
    #expect(table.rows.allSatisfy { $0.ownRank != nil })
  }

  @Test(arguments: TinyPoints.names)
  func everySpaceOfATinyModelIsRead(name: String) throws {
    let tiny = try TinyPoints(name)
    defer { tiny.remove() }
    var options = PointReadingOptions()
    options.geometry.neighbours = 5
    options.words = nil
    let reader = PointReader(tiny.model, others: .none, options: options)
    for text in [#"token:"th""#, #"token:"th"@output"#, #"state:"the cat"@1[-1]"#, #"state:"the cat"@2[1]"#] {
      let reading = try reader.read(text)
      #expect(reading.neighbours.content != nil, "\(text): \(reading.neighbours.gap?.words ?? "")")
      #expect(reading.alarm.content != nil)
      let logit = try #require(reading.lenses.first)
      #expect(logit.lens == "logit")
      if reading.point.space == .output {
        #expect(logit.reading.gap != nil)
      } else {
        let table = try #require(logit.reading.content, "\(logit.reading.gap?.words ?? "")")
        let layers = tiny.running.configuration.blockCount
        // A token from what enters block 0 on, a state of a prompt at all layers.
        #expect(table.rows.map(\.layer) == Array(-1..<layers), "\(text)")
        #expect(table.rows.allSatisfy { $0.tokens.count == 5 } && table.generic.count == 5)
      }
      #expect(!reading.verdict.isEmpty && reading.verdict.allSatisfy { $0.hasSuffix(".") })
      if reading.point.token != nil {
        #expect(reading.neighbours.content?.allSatisfy { $0.identical.contains("th") } == true)
      }
    }
  }
}
