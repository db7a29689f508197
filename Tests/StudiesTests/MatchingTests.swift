import Foundation
import Stores
import Studies
import Tensors
import Testing

@Suite struct MatchingTests {
  /// Three stores; the last lacks the first 40 tokens.
  @Test func pairsMayBeComparedOverTheSameTokens() throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var random = SeededRandom(seed: 3)
    func store(_ name: String, _ numbers: [Int]) throws -> (name: String, store: EmbeddingStore) {
      try tiny.store(
        name, normalMatrix(numbers.count, 6, &random), numbers.map { " " + TinyStores.letters($0) })
    }
    let stores = [
      try store("a", Array(0..<120)), try store("b", (0..<120).reversed()), try store("c", Array(40..<130)),
    ]
    func match(_ first: Int, _ second: Int, sharedByAll: Bool) throws -> MatchSummary {
      var pair = StorePair(stores[first], stores[second])
      pair.study.models = stores.map { Study.Model($0.name) }
      pair.study.tokens.lettersOnly = false
      pair.study.tokens.minimumNormQuantile = 0
      pair.study.tokens.sharedByAll = sharedByAll
      pair.study.compare.neighbours = 3
      pair.study.compare.dimensionNeighbours = 10
      pair.study.compare.dimensionTokens = 20
      pair.folders.models = tiny.folder.path
      return try pair.compared().match
    }
    #expect(try match(0, 1, sharedByAll: false).used == 120)
    #expect(try match(0, 2, sharedByAll: false).used == 80)
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
      let summary = try match(first, second, sharedByAll: true)
      #expect(summary.used == 80 && summary.rejected == ["notSharedByAll": summary.matched - 80])
    }
  }
}
