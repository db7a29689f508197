internal import Synchronization
internal import Tensors

/// The k nearest rows of a row, nearest first.
typealias Nearest = [(similarity: Float, row: Int)]

/// One search among all rows of a matrix.
struct NeighbourSearch: Sendable {
  /// Blocks of scores that one task takes; its room for hits serves them all.
  private static let blocksPerTask = 8
  /// Rows whose scores tell where large searches begin to listen.
  private static let sampleRows = 2048
  /// For fewer neighbours the buffers fill too seldom to be worth a sample.
  private static let smallestSampledK = 200

  let scores: NeighbourScores
  let rows: ScoredRows
  let k: Int

  init(_ scores: NeighbourScores, k: Int) {
    self.scores = scores
    self.k = k
    rows = scores.side(Array(0..<scores.source.rows))
  }

  func graph(queries: [Int], _ nearest: [[Nearest]]) -> NeighbourGraph {
    var indices: [Int32] = []
    var similarities: [Float] = []
    indices.reserveCapacity(queries.count * k)
    similarities.reserveCapacity(queries.count * k)
    for entry in nearest.joined().joined() {
      indices.append(Int32(truncatingIfNeeded: entry.row))
      similarities.append(entry.similarity)
    }
    return NeighbourGraph(
      queries: queries, candidates: scores.source.rows, k: k, metric: scores.metric, indices: indices,
      similarities: similarities)
  }

  /// Every row against every other, each pair of blocks once; by block and row.
  func allPairs() -> [[Nearest]] {
    let blocks = rows.blocks
    let margins = scores.margins(rows, rows)
    let limits = limits(for: rows, margins)
    let tops = blocks.map { Guarded(TopScores(k: k, margins: Array(margins[$0]), limits: Array(limits[$0]))) }
    // A block against itself first: it raises the limits of all its rows.
    parallelForEach(count: blocks.count) { range in
      var hits = ScoreHits()
      for i in range { scan(blocks[i], tops[i], among: rows, blocks[i], Array(blocks[i]), into: &hits) }
    }
    let pairs = blocks.indices.flatMap { i in (i + 1..<max(blocks.count, i + 1)).map { (i, $0) } }
    parallelForEach(count: pairs.count, chunk: Self.blocksPerTask) { range in
      var hits = ScoreHits()
      for (i, j) in pairs[range] { scanBoth((blocks[i], tops[i]), (blocks[j], tops[j]), into: &hits) }
    }
    return nearest(Array(0..<rows.count), blocks, tops, limits)
  }

  /// Some rows against all; by block and row.
  func nearest(to queries: [Int], sampling: Bool = true) -> [[Nearest]] {
    let side = scores.side(queries)
    let margins = scores.margins(side, rows)
    let limits =
      sampling ? limits(for: side, margins) : Array(repeating: -Float.infinity, count: queries.count)
    let blocks = side.blocks
    let tops = blocks.map { Guarded(TopScores(k: k, margins: Array(margins[$0]), limits: Array(limits[$0]))) }
    let others = rows.blocks
    let tasks = blocks.indices.flatMap { i in others.indices.map { (i, $0) } }
    parallelForEach(count: tasks.count, chunk: Self.blocksPerTask) { range in
      var hits = ScoreHits()
      for (i, j) in tasks[range] {
        scan(blocks[i], tops[i], of: side, among: rows, others[j], Array(queries[blocks[i]]), into: &hits)
      }
    }
    return nearest(queries, blocks, tops, limits)
  }

  /// What is left of each row, in the order that defines the answer.
  private func nearest(
    _ queries: [Int], _ blocks: [Range<Int>], _ tops: [Guarded], _ limits: [Float]
  ) -> [[Nearest]] {
    var found: [[Nearest]] = parallelMap(count: blocks.count) { block in
      tops[block].scores.withLock { top in
        blocks[block].map { position in
          let candidates = top.candidates(position - blocks[block].lowerBound, begunAt: limits[position])
          return candidates.map { scores.nearest(k, to: queries[position], among: $0) } ?? []
        }
      }
    }
    // Rows that began to listen too high are searched for again, from the bottom.
    let short = blocks.indices.flatMap { block in
      found[block].indices.filter { found[block][$0].isEmpty }.map { (block, $0) }
    }
    guard !short.isEmpty else { return found }
    let again = nearest(to: short.map { queries[blocks[$0.0].lowerBound + $0.1] }, sampling: false)
    for ((block, position), nearest) in zip(short, again.joined()) { found[block][position] = nearest }
    return found
  }

  /// Where rows begin to listen. A sample of m of n rows holds about μ = k m / n of a row's k nearest; its score at rank
  /// 1.25 μ + 3 √μ is very likely below the k-th of all, and spares the buffers most of what is not.
  private func limits(for side: ScoredRows, _ margins: [Float]) -> [Float] {
    let none = [Float](repeating: -.infinity, count: side.count)
    let m = Self.sampleRows
    let expected = Double(k) * Double(m) / Double(rows.count)
    let rank = Int((1.25 * expected + 3 * expected.squareRoot()).rounded(.up))
    guard k >= Self.smallestSampledK, rows.count >= 4 * m, rank < m else { return none }
    let sample = scores.side((0..<m).map { $0 * rows.count / m })
    let blocks = side.blocks
    let found: [[Float]] = parallelMap(count: blocks.count) { block in
      let exact = [Float](repeating: 0, count: blocks[block].count)
      let top = Guarded(TopScores(k: rank, margins: exact, limits: Array(none[blocks[block]])))
      var hits = ScoreHits()
      for others in sample.blocks {
        let nobody = [Int](repeating: -1, count: blocks[block].count)
        scan(blocks[block], top, of: side, among: sample, others, nobody, into: &hits)
      }
      return top.scores.withLock { top in
        exact.indices.map { top.candidates($0, begunAt: -.infinity)?.last?.score ?? -.infinity }
      }
    }
    return zip(found.joined(), margins).map { $0 - $1 }
  }

  // MARK: - Blocks of scores

  /// A block of rows against another; read for the first only.
  private func scan(
    _ block: Range<Int>, _ top: Guarded, of side: ScoredRows? = nil, among others: ScoredRows,
    _ otherBlock: Range<Int>, _ own: [Int], into hits: inout ScoreHits
  ) {
    let limits = top.scores.withLock { $0.limits }
    (side ?? others).hits(block, limits, others, otherBlock, nil, into: &hits)
    top.scores.withLock { top in
      for index in 0..<hits.count {
        let hit = hits[index]
        let candidate = otherBlock.lowerBound + hit.column
        guard hit.row < block.count, hit.column < otherBlock.count, candidate != own[hit.row] else {
          continue
        }
        top.offer(hit.score, of: candidate, to: hit.row)
      }
    }
  }

  /// Two different blocks of all rows, read for both.
  private func scanBoth(
    _ first: (block: Range<Int>, top: Guarded), _ second: (block: Range<Int>, top: Guarded),
    into hits: inout ScoreHits
  ) {
    let limits = [first, second].map { $0.top.scores.withLock { $0.limits } }
    rows.hits(first.block, limits[0], rows, second.block, limits[1], into: &hits)
    first.top.scores.withLock { top in
      second.top.scores.withLock { other in
        for index in 0..<hits.count {
          let hit = hits[index]
          guard hit.row < first.block.count, hit.column < second.block.count else { continue }
          top.offer(hit.score, of: second.block.lowerBound + hit.column, to: hit.row)
          other.offer(hit.score, of: first.block.lowerBound + hit.row, to: hit.column)
        }
      }
    }
  }
}

/// A block's best scores behind a lock: pairs of blocks that share one take turns.
final class Guarded: Sendable {
  let scores: Mutex<TopScores>
  init(_ scores: sending TopScores) { self.scores = Mutex(scores) }
}
