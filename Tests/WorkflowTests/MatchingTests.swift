import Foundation
import Stores
import Tensors
import TestSupport
import Testing
import Workflow

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
      pair.models = stores.map(\.name)
      pair.options.tokens.lettersOnly = false
      pair.options.tokens.minimumNormQuantile = 0
      pair.options.tokens.sharedByAll = sharedByAll
      pair.options.compare.neighbours = 3
      pair.options.compare.dimensionNeighbours = 10
      pair.options.compare.dimensionTokens = 20
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

  /// The way back takes the match of the way there.
  @Test(arguments: [false, true])
  func aMatchIsTheSameBothWays(sharedByAll: Bool) throws {
    let tiny = try TinyStores()
    defer { tiny.remove() }
    var random = SeededRandom(seed: 2)
    func store(_ name: String, _ numbers: [Int]) throws -> (name: String, store: EmbeddingStore) {
      try tiny.store(
        name, normalMatrix(numbers.count, 6, &random), numbers.map { " " + TinyStores.letters($0) })
    }
    let (a, b) = (try store("a", random.permutation(200)), try store("b", random.permutation(220)))
    _ = try store("c", random.permutation(180))
    func aligned(_ models: [String]) throws -> AlignmentRecord {
      var pair = StorePair(b, a)
      pair.models = models
      pair.options.tokens.minimumNormQuantile = 0.1
      pair.options.tokens.sharedByAll = sharedByAll
      pair.options.align.methods = ["ridge"]
      pair.folders.models = tiny.folder.path
      pair.folders.alignments = tiny.folder.appending(path: models.joined()).path
      let map = try #require(try pair.aligned().maps.first)
      return try AlignmentStore.open(try #require(map.path)).record
    }
    let (there, back) = (try aligned(["c", "b", "a"]), try aligned(["c", "a", "b"]))
    #expect(there.match == back.match && there.heldOut == back.heldOut)
    #expect(there.match.count < (sharedByAll ? 175 : 195) && there.match.count > 100)
  }
}
