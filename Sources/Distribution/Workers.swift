internal import Files
internal import Foundation

/// Who computes the blocks of a job: this process alone, or the ranks of an MPI job.
///
/// Every rank runs the same program and comes to the same jobs in the same order. A job's blocks go to the
/// ranks in turn, root gathers them, and every rank gets all of them in block order, so that what follows is the
/// same on every rank and does not depend on how many there are.
public struct Workers: Sendable {
  /// This process alone; nothing is kept.
  public static let threads = Workers(transport: nil, folder: nil)
  /// Who computes in this task. Work inside a block, and on other threads, sees `threads`.
  @TaskLocal public static var current = Workers.threads

  let transport: (any Transport)?
  /// Where finished blocks are kept; root alone reads and writes it.
  let folder: BlockFolder?
  /// How long root waits for the next block before it gives the job up.
  let patience: Duration

  package init(
    transport: (any Transport)?, folder: BlockFolder?, patience: Duration = .seconds(3600)
  ) {
    (self.transport, self.folder, self.patience) = (transport, folder, patience)
  }

  /// This process alone, with finished blocks kept in a folder.
  public static func threads(keeping folder: BlockFolder) -> Workers {
    Workers(transport: nil, folder: folder)
  }

  /// Nothing to spread and nothing to keep: a job may run as one piece.
  public var areThreadsOnly: Bool { transport == nil && folder == nil }

  /// The rank that writes files and prints.
  public var isRoot: Bool { transport.map { $0.rank == 0 } ?? true }

  public var ranks: Int { transport?.size ?? 1 }

  /// What root found, on every rank: for choices that depend on the outside, as whether a file exists.
  public func decided(_ value: Bool) -> Bool {
    guard let transport else { return value }
    return attempt(transport) { () throws(DistributionError) in
      try transport.broadcast([value ? 1 : 0]) == [1]
    }
  }

  /// The same ranks, of whose blocks none are kept: for jobs that keep their state themselves.
  public var withoutKeeping: Workers { Workers(transport: transport, folder: nil, patience: patience) }

  /// Returns on no rank before every rank has called it.
  public func wait() {
    guard ranks > 1 else { return }
    _ = withoutKeeping.map(BlockKey("waiting for all ranks", []), count: ranks) { [$0] }
  }

  /// Every block of a job, in order, on every rank.
  ///
  /// A block is computed on the calling thread of one rank; `compute` uses the processors itself. Blocks that
  /// an earlier run kept under the same key are taken from there. Bytes: each block goes to root once, and from
  /// root to all.
  ///
  /// - Precondition: all ranks call it with the same key, count and `compute`, which depends on nothing else.
  public func map<Element: BitwiseCopyable & Sendable>(
    _ key: BlockKey, count: Int, _ compute: (Int) -> [Element]
  ) -> [[Element]] {
    func alone(_ block: Int) -> [Element] { Workers.$current.withValue(.threads) { compute(block) } }
    let progress = JobProgress.current
    if areThreadsOnly {
      return (0..<count).map { block in progress.part(block, of: count) { alone(block) } }
    }
    let hash = isRoot && folder != nil ? key.hash(version: folder?.version ?? "", count: count) : ""
    var blocks = [[Element]?](repeating: nil, count: count)
    if let folder, isRoot {
      for block in 0..<count {
        blocks[block] = folder.read(hash, block).flatMap { values(of: $0, as: Element.self) }
      }
    }
    let missing = (0..<count).filter { blocks[$0] == nil }
    guard let transport else {
      for (index, block) in missing.enumerated() {
        let result = progress.part(index, of: missing.count) { alone(block) }
        blocks[block] = result
        folder?.write(bytes(of: result), hash, block)
      }
      return blocks.compactMap { $0 }
    }
    return attempt(transport) { () throws(DistributionError) in
      let missing = try transport.broadcast(bytes(of: missing.map { Int32($0) }))
      let own = (values(of: missing, as: Int32.self) ?? []).map(Int.init)
      guard transport.rank == 0 else { return try serve(transport, own, alone) }
      return try gather(Gathering(key: key, hash: hash, missing: own), transport, &blocks, alone)
    }
  }

  /// Runs jobs whose result `body` puts into a file of its own, and drops their blocks then: who finds that file never comes to
  /// these jobs again, and nobody else would remove them.
  ///
  /// - Parameter body: whether its result is in that file; where it is not, or is not yet, the blocks stay.
  public func untilStored<Result>(
    _ body: () throws -> (result: Result, isStored: Bool)
  ) rethrows -> Result {
    let start = folder?.usedCount ?? 0
    let (result, isStored) = try body()
    if isStored { folder?.removeUsed(from: start) }
    return result
  }

  // MARK: - Ranks

  /// Another rank: its share of the missing blocks to root, then all blocks from root.
  private func serve<Element: BitwiseCopyable>(
    _ transport: any Transport, _ missing: [Int], _ compute: (Int) -> [Element]
  ) throws(DistributionError) -> [[Element]] {
    for place in stride(from: transport.rank, to: missing.count, by: transport.size) {
      try transport.send(bytes(of: compute(missing[place])), block: missing[place])
    }
    let lengths = try transport.broadcast([])
    let contents = try transport.broadcast([])
    return try unpacked(transport, lengths, contents)
  }

  private struct Gathering {
    let key: BlockKey
    let hash: String
    let missing: [Int]
  }

  /// Root: its own share; what the others send is kept as it comes; then everything to all.
  private func gather<Element: BitwiseCopyable>(
    _ job: Gathering, _ transport: any Transport, _ blocks: inout [[Element]?],
    _ compute: (Int) -> [Element]
  ) throws(DistributionError) -> [[Element]] {
    var waiting = Set(job.missing.indices.filter { $0 % transport.size != 0 }.map { job.missing[$0] })
    let owners = Dictionary(
      uniqueKeysWithValues: job.missing.indices.map { (job.missing[$0], $0 % transport.size) })
    func lost(_ seconds: Int?) -> DistributionError {
      let groups = Dictionary(grouping: waiting.sorted()) { owners[$0] ?? 0 }
      return .lost(
        job: job.key.name,
        waiting: groups.sorted { $0.key < $1.key }.map { .init(rank: $0.key, blocks: $0.value) },
        seconds: seconds, kept: kept(blocks.count - waiting.count, of: blocks.count))
    }
    func take() throws(DistributionError) -> Bool {
      guard let delivery = try transport.receive() else { return false }
      guard waiting.remove(delivery.block) != nil,
        let contents = values(of: delivery.bytes, as: Element.self)
      else {
        throw .transport(
          rank: delivery.rank, operation: "block \(delivery.block) of \(job.key.name)",
          reason: "was not expected; the ranks do not run the same command on the same files")
      }
      blocks[delivery.block] = contents
      folder?.write(delivery.bytes, job.hash, delivery.block)
      transport.watch(lost(nil))
      return true
    }
    transport.watch(lost(nil))
    for place in stride(from: 0, to: job.missing.count, by: transport.size) {
      let block = job.missing[place]
      let result = compute(block)
      blocks[block] = result
      folder?.write(bytes(of: result), job.hash, block)
      while try take() {}
    }
    var last = ContinuousClock.now
    while !waiting.isEmpty {
      if try take() {
        last = .now
      } else if .now - last > patience {
        throw lost(Int(patience / .seconds(1)))
      } else {
        Thread.sleep(forTimeInterval: 0.0005)
      }
    }
    transport.watch(nil)
    let whole = blocks.map { bytes(of: $0 ?? []) }
    _ = try transport.broadcast(bytes(of: whole.map(\.count)))
    _ = try transport.broadcast(whole.flatMap { $0 })
    return blocks.compactMap { $0 }
  }

  private func kept(_ done: Int, of count: Int) -> String {
    guard let folder else { return "nothing is kept" }
    return "\(done) of \(count) blocks are done, those finished are kept in \(folder.url.path)"
  }

  private func unpacked<Element: BitwiseCopyable>(
    _ transport: any Transport, _ lengths: [UInt8], _ contents: [UInt8]
  ) throws(DistributionError) -> [[Element]] {
    var start = 0
    var blocks: [[Element]] = []
    for length in values(of: lengths, as: Int.self) ?? [] {
      guard length >= 0, length <= contents.count - start,
        let block = values(of: Array(contents[start..<start + length]), as: Element.self)
      else {
        throw .transport(
          rank: transport.rank, operation: "reading root's blocks", reason: "lengths do not fit the contents")
      }
      blocks.append(block)
      start += length
    }
    return blocks
  }

  private func attempt<Result>(
    _ transport: any Transport, _ body: () throws(DistributionError) -> Result
  ) -> Result {
    do { return try body() } catch { transport.fail(error) }
  }
}
