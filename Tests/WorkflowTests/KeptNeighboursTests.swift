import Distribution
import Foundation
import Geometry
import Stores
import Tensors
import TestSupport
import Testing
import Workflow

@Suite struct KeptNeighboursTests {
  /// A job that was killed behind its graph finds it in its file: no block of it may be left by then.
  @Test func aGraphThatIsKeptHasNoBlocks() throws {
    let stores = try TinyStores()
    defer { stores.remove() }
    var random = SeededRandom(seed: 2)
    let rows = normalMatrix(1100, 6, &random)
    let (name, store) = try stores.store("a", rows, (0..<rows.rows).map { "\($0)" })
    let kept = KeptNeighbours(store, name: name, space: .input, rows: Array(0..<rows.rows))
    let blocks = stores.folder.appending(path: ".blocks")
    let workers = Workers.threads(keeping: BlockFolder(blocks, version: "1"))
    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: blocks.path) }
    try Workers.$current.withValue(workers) {
      _ = workers.map(BlockKey("before", []), count: 1) { [$0] }
      let before = try names()
      #expect(before.count == 1)
      let graph = try kept.graph(of: rows, in: .raw, k: 3)
      #expect(FileManager.default.fileExists(atPath: kept.path(in: .raw, k: 3)))
      #expect(try names() == before)
      #expect(try kept.graph(of: rows, in: .raw, k: 3) == graph)
      // Of one that is not kept in a file the blocks stay.
      let folding = try #require(Gauge.allCases.first { !$0.isPlain })
      _ = try kept.graph(of: rows, in: folding, k: 3)
      #expect(try names().count == 3)
    }
  }
}
