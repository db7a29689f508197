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
      var rows = normalMatrix(numbers.count, 6, &random)
      // In the first model three tokens that all have share the row of one that the last model lacks.
      if name == "a" {
        for copy in [10, 60, 70] { for column in 0..<6 { rows[copy, column] = rows[50, column] } }
      }
      return try tiny.store(name, rows, numbers.map { " " + TinyStores.letters($0) })
    }
    let stores = [
      try store("a", Array(0..<120)), try store("b", (0..<120).reversed()), try store("c", Array(40..<130)),
    ]
    func compared(_ first: Int, _ second: Int, sharedByAll: Bool) throws -> PairResult {
      var pair = StorePair(stores[first], stores[second])
      pair.study.models = stores.map { Study.Model($0.name) }
      pair.study.tokens.lettersOnly = false
      pair.study.tokens.minimumNormQuantile = 0
      pair.study.tokens.sharedByAll = sharedByAll
      pair.study.compare.neighbours = 3
      pair.study.compare.dimensionNeighbours = 10
      pair.study.compare.dimensionTokens = 20
      pair.folders.models = tiny.folder.path
      return try pair.compared()
    }
    #expect(try compared(0, 1, sharedByAll: false).match.used == 117)
    #expect(try compared(1, 2, sharedByAll: false).match.used == 80)
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
      let pair = try compared(first, second, sharedByAll: true)
      #expect(pair.match.used == 77 && pair.match.rejected == ["notSharedByAll": pair.match.matched - 77])
      let effect = try #require(pair.untrained)
      #expect(effect.tokens == 3 && effect.areLeftOut)
      #expect(effect.without?.tokens == 77 && effect.with.tokens == 80)
    }
  }
}
