import Distribution
import Foundation
import Synchronization
import TestSupport
import Testing

private let key = BlockKey("squares", [.integers([7])])

private func square(_ block: Int) -> [Double] { (0..<block).map { Double($0 * block).squareRoot() } }

private func scratch() -> BlockFolder {
  BlockFolder(FileManager.default.temporaryDirectory.appending(path: UUID().uuidString), version: "1")
}

/// What every rank gets, and which rank computed which block.
private func run(
  ranks: Int, count: Int, folder: BlockFolder? = nil
) -> (results: [[[Double]]], computed: [Int: Int]) {
  let hub = ThreadHub()
  let results = Mutex<[Int: [[Double]]]>([:])
  let computed = Mutex<[Int: Int]>([:])
  let group = DispatchGroup()
  for rank in 0..<ranks {
    group.enter()
    Thread.detachNewThread {
      let workers = Workers(
        transport: ThreadTransport(rank, of: ranks, hub), folder: rank == 0 ? folder : nil)
      let blocks = workers.map(key, count: count) { block in
        computed.withLock { $0[block] = rank }
        return square(block)
      }
      results.withLock { $0[rank] = blocks }
      group.leave()
    }
  }
  group.wait()
  let found = results.withLock { $0 }
  return ((0..<ranks).compactMap { found[$0] }, computed.withLock { $0 })
}

@Suite struct WorkersTests {
  @Test(arguments: [1, 2, 4, 7]) func everyRankGetsEveryBlockInOrder(ranks: Int) {
    let expected = (0..<11).map(square)
    let outcome = run(ranks: ranks, count: 11)
    #expect(outcome.results == Array(repeating: expected, count: ranks))
    #expect(outcome.computed == Dictionary(uniqueKeysWithValues: (0..<11).map { ($0, $0 % ranks) }))
  }

  @Test func aJobWithoutBlocksIsEmpty() {
    #expect(run(ranks: 3, count: 0).results == [[], [], []])
  }

  @Test func keptBlocksAreNotComputedAgain() throws {
    let folder = scratch()
    defer { folder.removeUsed() }
    #expect(run(ranks: 2, count: 5, folder: folder).computed.count == 5)
    let hash = key.hash(version: "1", count: 5)
    try FileManager.default.removeItem(at: folder.file(hash, 3))
    let again = run(ranks: 4, count: 5, folder: folder)
    #expect(again.computed == [3: 0])
    #expect(again.results == Array(repeating: (0..<5).map(square), count: 4))
  }

  @Test func oneProcessKeepsBlocksToo() {
    let folder = scratch()
    let workers = Workers.threads(keeping: folder)
    let computed = Mutex(0)
    for _ in 0..<2 {
      let blocks = workers.map(key, count: 4) { block in
        computed.withLock { $0 += 1 }
        return square(block)
      }
      #expect(blocks == (0..<4).map(square))
    }
    #expect(computed.withLock { $0 } == 4)
    folder.removeUsed()
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
  }

  /// What is found in a file of its own is never asked for again: its blocks would stay when the next start ends well.
  @Test func blocksGoWhenTheirResultIsStored() throws {
    let folder = scratch()
    let workers = Workers.threads(keeping: folder)
    let other = BlockKey("cubes", [.integers([7])])
    func files() -> Int {
      (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path))?.count ?? 0
    }
    _ = workers.map(other, count: 2) { square($0) }
    for isStored in [false, true] {
      let blocks = workers.untilStored { (workers.map(key, count: 4) { square($0) }, isStored) }
      #expect(blocks == (0..<4).map(square))
      #expect(files() == (isStored ? 2 : 6))
    }
    #expect(throws: CancellationError.self) {
      try workers.untilStored { () throws -> (result: Int, isStored: Bool) in
        _ = workers.map(key, count: 4) { square($0) }
        throw CancellationError()
      }
    }
    #expect(files() == 6)
    // Started again, the job finds its result and computes the rest.
    let again = BlockFolder(folder.url, version: "1")
    _ = Workers.threads(keeping: again).map(other, count: 2) { square($0) }
    again.removeUsed()
    #expect(files() == 4)
    folder.removeUsed()
    #expect(!FileManager.default.fileExists(atPath: folder.url.path))
  }

  @Test func aDamagedBlockIsComputedAgain() throws {
    let folder = scratch()
    defer { folder.removeUsed() }
    let contents: [UInt8] = Array(0..<40)
    folder.write(contents, "hash", 1)
    let file = folder.file("hash", 1)
    #expect(folder.read("hash", 1) == contents)
    let sound = try Data(contentsOf: file)
    for place in sound.indices {
      var damaged = sound
      damaged[place] ^= 4
      try damaged.write(to: file)
      #expect(folder.read("hash", 1) == nil, "byte \(place)")
    }
    for length in sound.indices {
      try sound.prefix(length).write(to: file)
      #expect(folder.read("hash", 1) == nil, "cut to \(length)")
    }
  }

  /// Neither read nor written: it would be waited for.
  @Test(.timeLimit(.minutes(20))) func aPipeIsNoBlock() throws {
    let folder = scratch()
    defer { folder.removeUsed() }
    try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
    #expect(unsafe mkfifo(folder.file("hash", 1).path, 0o600) == 0)
    #expect(folder.read("hash", 1) == nil && !folder.write([1, 2], "hash", 1))
  }

  @Test func keysTellInputsApart() {
    let keys = [
      BlockKey("a", [.integers([1, 2])]), BlockKey("a", [.integers([1]), .integers([2])]),
      BlockKey("a", [.integers([1, 3])]), BlockKey("b", [.integers([1, 2])]),
      BlockKey("a", [.doubles([1, 2])]), BlockKey("a", [.text("12")]),
    ]
    var hashes = Set(keys.map { $0.hash(version: "1", count: 3) })
    hashes.insert(keys[0].hash(version: "2", count: 3))
    hashes.insert(keys[0].hash(version: "1", count: 4))
    #expect(hashes.count == keys.count + 2)
  }

  @Test func workInsideABlockStaysHere() {
    let folder = scratch()
    defer { folder.removeUsed() }
    let workers = Workers.threads(keeping: folder)
    Workers.$current.withValue(workers) {
      #expect(!Workers.current.areThreadsOnly)
      let inner = workers.map(BlockKey("inner", []), count: 1) { _ in
        [Workers.current.areThreadsOnly ? 1 : 0]
      }
      #expect(inner == [[1]])
    }
  }

  @Test func aLostRankIsNamed() {
    let error = DistributionError.lost(
      job: "neighbours", waiting: [.init(rank: 2, blocks: [6, 10])], seconds: nil, kept: "3 of 12 blocks")
    #expect("\(error)".contains("rank 2 had not delivered block 6, 10"))
    #expect("\(error)".contains("3 of 12 blocks"))
  }
}
