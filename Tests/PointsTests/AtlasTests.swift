import Foundation
import Points
import Statistics
import Stores
import Tensors
import TestSupport
import Testing
import Workflow

@Suite struct AtlasTests {
  /// Two models whose rows are those of one cloud, the second through a linear map with a little noise, and the maps between them.
  private func pair(_ stores: TinyStores, back: Bool) throws -> (a: PointModel, atlas: PointAtlas) {
    var random = SeededRandom(seed: 4)
    let (count, width) = (600, 12)
    let rows = normalMatrix(count, width, &random)
    let map = normalMatrix(width, width, &random)
    let image = Matrix(
      rows: count, columns: width,
      elements: (0..<count).flatMap { row in
        (0..<width).map { column in
          (0..<width).reduce(Float(0.05 * random.normal())) { $0 + rows[row, $1] * map[$1, column] }
        }
      })
    let texts = (0..<count).map { TinyStores.letters($0) }
    let a = try stores.store("a", rows, texts)
    let b = try stores.store("b", image, texts)
    let alignments = stores.folder.appending(path: "alignments").path
    func align(
      _ first: (name: String, store: EmbeddingStore), _ second: (name: String, store: EmbeddingStore)
    ) throws {
      var pair = StorePair(first, second)
      pair.folders.alignments = alignments
      pair.options.align.methods = ["ridge"]
      _ = try pair.aligned()
    }
    try align(a, b)
    if back { try align(b, a) }
    let model = try PointModel("a", a.store, runnable: .failure(PointGap("none")))
    return (model, PointAtlas(stores: [a, b], alignments: alignments))
  }

  @Test func aPointIsFoundAgainInTheOtherModel() throws {
    let stores = try TinyStores()
    defer { stores.remove() }
    let (model, atlas) = try pair(stores, back: true)
    let token = TinyStores.letters(7)
    for text in ["token:\"\(token)\"", "0.9 * token:\"\(token)\" + 0.1 * token:\"\(TinyStores.letters(8))\""]
    {
      let reading = try PointReader(model, others: atlas).read(text)
      #expect(reading.elsewhere.map(\.model) == ["b"])
      let carried = try #require(
        reading.elsewhere[0].carried.content, "\(reading.elsewhere[0].carried.gap?.words ?? "")")
      let estimate = try #require(carried.agreement.estimate)
      // A map that turns and stretches keeps most neighbours; maps of shuffled tokens keep none.
      #expect(estimate.value >= 0.3)
      #expect(try #require(estimate.null).mean < 0.1)
      #expect(try #require(estimate.null?.pValue) <= 0.01)
      #expect(carried.nearest[0].words == token)
      let cycle = try #require(carried.cycle.content)
      #expect(cycle.error < 0.2 && cycle.medianOfHeldOut ?? 1 < 0.2)
      #expect((carried.partner?.rank == 1) == (reading.point.token != nil))
      #expect(reading.verdict.contains { $0.hasPrefix("Carried into other models: b") })
    }
  }

  @Test func aRandomPointKeepsNoMoreThanChance() throws {
    let stores = try TinyStores()
    defer { stores.remove() }
    let (model, atlas) = try pair(stores, back: false)
    let reading = try PointReader(model, others: atlas).read("token:\"\(TinyStores.letters(3))\"@output")
    // Tied stores: a map of the unembedding is another one, which nobody has fitted.
    let gap = try #require(reading.elsewhere[0].carried.gap)
    #expect(gap.remedy == "sextant align a b --space output")
    let there = try PointReader(model, others: atlas).read("token:\"\(TinyStores.letters(3))\"")
    #expect(there.elsewhere[0].carried.content?.cycle.gap?.remedy == "sextant align b a")
  }
}
