internal import Files
internal import LinearAlgebra
internal import Synchronization
internal import Tensors

/// How a search sifts; none of it can change the graph.
package struct NeighbourSearchOptions: Sendable {
  package enum Arithmetic: Sendable {
    /// bf16 where the processor multiplies such numbers, else Float.
    case fastest
    case single
  }
  /// The first threshold of each row.
  package enum Start: Sendable {
    /// From a sample of columns where k is 200 or more, else none.
    case automatic
    /// None: every pair of the first tiles is a candidate.
    case open
    /// The score at this rank (from 1) in the sample. Smaller ranks leave more rows short, to be searched again.
    case sample(rank: Int)
  }
  package var arithmetic = Arithmetic.fastest
  package var start = Start.automatic
  /// Most bytes of candidates at a time.
  package var candidateBytes = 1 << 30
  package init() {}
}

/// Neighbours of some rows, one after the other, nearest first.
struct NeighbourLists: Sendable {
  var indices: [Int32] = []
  var similarities: [Float] = []

  init(capacity: Int = 0) {
    indices.reserveCapacity(capacity)
    similarities.reserveCapacity(capacity)
  }

  mutating func append(_ other: NeighbourLists) {
    indices += other.indices
    similarities += other.similarities
  }

  mutating func replace(_ position: Int, k: Int, with other: NeighbourLists, at source: Int) {
    for rank in 0..<k {
      indices[position * k + rank] = other.indices[source * k + rank]
      similarities[position * k + rank] = other.similarities[source * k + rank]
    }
  }
}

/// A block's candidates behind a lock: tiles that share a block take turns.
private final class Guarded: Sendable {
  let scores: Mutex<TopScores>
  init(_ scores: sending TopScores) { self.scores = Mutex(scores) }
}

/// One search: rows as the tiles want them, and how tiles of scores are made and read.
struct NeighbourSearch: Sendable {
  let rows: PreparedRows
  let k: Int
  let options: NeighbourSearchOptions
  /// Columns that first thresholds are estimated from; empty without.
  private let sample: [Int]
  private let sampleRank: Int

  init(
    _ matrix: Matrix<Float>, k: Int, metric: NeighbourMetric, panel: Range<Int>,
    _ options: NeighbourSearchOptions
  ) throws(GeometryError) {
    precondition(k > 0, "k counts at least one neighbour, got \(k)")
    try requireFinite(matrix, "embedding")
    guard matrix.rows > k else {
      throw .tooFewTokens(
        measure: "\(k) nearest neighbours", needed: k == .max ? k : k + 1, actual: matrix.rows)
    }
    self.k = k
    self.options = options
    rows = PreparedRows(
      matrix, metric: metric, panel: panel,
      bfloat16: options.arithmetic == .fastest && hasBFloat16Products)
    let n = matrix.rows
    let size = min(2048, n)
    // Of the sample's columns, so many are expected among the nearest k; three deviations more, so that few
    // rows end short.
    let expected = Double(k) * Double(size) / Double(n)
    switch options.start {
    case .automatic: sampleRank = k >= 200 && n >= 8192 ? Int(expected + 3 * expected.squareRoot()) + 1 : 0
    case .open: sampleRank = 0
    case .sample(let rank): sampleRank = rank
    }
    sample = sampleRank > 0 && sampleRank < size - 1 ? (0..<size).map { $0 * n / size } : []
  }

  /// The panel's blocks, in runs whose candidates fit the memory.
  func panels(of panel: Range<Int>) -> [Range<Int>] {
    let blocks = rows.blocks.indices.filter {
      rows.blocks[$0].lowerBound >= panel.lowerBound && rows.blocks[$0].upperBound <= panel.upperBound
    }
    guard let first = blocks.first, let last = blocks.last else { return [] }
    let bytes = 8 * TopScores.capacity(k) * PreparedRows.blockRows
    let step = max(1, options.candidateBytes / bytes)
    return stride(from: first, through: last, by: step).map { $0..<min($0 + step, last + 1) }
  }

  /// Searches for the neighbours of all rows of some blocks; a tile of two of these blocks serves both.
  func scan(_ panel: Range<Int>, into lists: inout NeighbourLists) {
    let tops = panel.map { Guarded(TopScores(rows: rows.blocks[$0].count, k: k)) }
    let outside = rows.blocks.indices.filter { !panel.contains($0) }
    let tiles =
      panel.map { ($0, $0) } + panel.flatMap { i in (i + 1..<max(panel.upperBound, i + 1)).map { (i, $0) } }
      + panel.flatMap { i in outside.map { (i, $0) } }
    let counter = JobProgress.current.counter(of: tiles.count, "neighbours")
    withSingleThreadedBLAS {
      setThresholds(of: panel, tops)
      parallelForEach(count: tiles.count, chunk: tiles.count > 64 ? 8 : 1) { range in
        var tile = ScoreTile(PreparedRows.blockRows)
        for (i, j) in tiles[range] {
          tile.multiply(rows.operand(block: i), rows.operand(block: j))
          let (first, second) = (
            tops[i - panel.lowerBound], i != j && panel.contains(j) ? tops[j - panel.lowerBound] : nil
          )
          first.scores.withLock { first in
            if let second {
              second.scores.withLock { tile.read(rows, rows.blocks[i], rows.blocks[j], &first, &$0) }
            } else {
              tile.read(rows, Array(rows.blocks[i]), rows.blocks[j], &first)
            }
          }
          counter.add()
        }
      }
    }
    collect(panel.map { Array(rows.blocks[$0]) }, tops, into: &lists)
  }

  /// The neighbours of any rows.
  func lists(of queries: [Int]) -> NeighbourLists {
    let parts = stride(from: 0, to: queries.count, by: 256).map {
      Array(queries[$0..<min($0 + 256, queries.count)])
    }
    let tops = parts.map { Guarded(TopScores(rows: $0.count, k: k)) }
    let counter = JobProgress.current.counter(of: parts.count, "neighbours")
    withSingleThreadedBLAS {
      parallelForEach(count: parts.count) { range in
        for part in range {
          defer { counter.add() }
          var tile = ScoreTile(PreparedRows.blockRows)
          let operand = rows.operand(of: parts[part])
          for (number, block) in rows.blocks.enumerated() {
            tile.multiply(operand, rows.operand(block: number))
            tops[part].scores.withLock { tile.read(rows, parts[part], block, &$0) }
          }
        }
      }
    }
    var lists = NeighbourLists(capacity: queries.count * k)
    collect(parts, tops, into: &lists)
    return lists
  }

  /// First thresholds from the sample: an estimate, checked when the candidates are ranked.
  private func setThresholds(of panel: Range<Int>, _ tops: [Guarded]) {
    guard !sample.isEmpty else { return }
    let columns = rows.operand(of: sample)
    parallelForEach(count: panel.count) { range in
      var tile = ScoreTile(max(PreparedRows.blockRows, sample.count + 16))
      for position in range {
        let block = rows.blocks[panel.lowerBound + position]
        tile.multiply(rows.operand(block: panel.lowerBound + position), columns)
        tops[position].scores.withLock { top in
          for (local, row) in block.enumerated() {
            top.start(row: local, at: tile.estimate(local, of: row, sample, rank: sampleRank, rows))
          }
        }
      }
    }
  }

  /// Ranks the candidates by their exact scores; rows that ended short are searched again.
  private func collect(_ queries: [[Int]], _ tops: [Guarded], into lists: inout NeighbourLists) {
    let first = lists.indices.count / k
    var short: [(position: Int, row: Int)] = []
    var start = first
    let step = 2 * workerCount
    for batch in stride(from: 0, to: queries.count, by: step) {
      let parts = batch..<min(batch + step, queries.count)
      let ranked: [RankedBlock] = parallelMap(count: parts.count) { index in
        let part = parts.lowerBound + index
        return tops[part].scores.withLock { $0.finish(queries[part], rows) }
      }
      for (part, result) in zip(parts, ranked) {
        lists.append(result.lists)
        short += result.short.map { (start + $0, queries[part][$0]) }
        start += queries[part].count
      }
    }
    guard !short.isEmpty else { return }
    let again = self.lists(of: short.map(\.row))
    for (source, entry) in short.enumerated() { lists.replace(entry.position, k: k, with: again, at: source) }
  }
}

/// The scores of two operands, and the reading of them.
private struct ScoreTile {
  private var scores: [Float] = []
  private var width = 0
  private var hits: BoundHits

  init(_ width: Int) { hits = BoundHits(width: width) }

  mutating func multiply(_ left: RowOperand, _ right: RowOperand) {
    width = right.paddedRows
    if scores.count != left.paddedRows * width {
      scores = Array(repeating: 0, count: left.paddedRows * width)
    }
    var span = scores.mutableSpan
    left.multiply(right, into: &span)
  }

  /// Offers the scores of queries to a block of rows.
  mutating func read(_ rows: PreparedRows, _ queries: [Int], _ block: Range<Int>, _ top: inout TopScores) {
    let (scores, width) = (scores, width)
    for (local, row) in queries.enumerated() {
      hits.find(
        in: scores.span.extracting(local * width..<local * width + block.count),
        biases: rows.biases.span.extracting(block), thresholds: Span(), bias: rows.biases[row],
        threshold: top.thresholds[local])
      for hit in 0..<hits.count {
        let candidate = block.lowerBound + Int(hits.columns[hit])
        if candidate != row { top.offer(hits.bounds[hit], of: candidate, to: local, row, rows) }
      }
    }
  }

  /// Offers the scores of two different blocks to both.
  mutating func read(
    _ rows: PreparedRows, _ i: Range<Int>, _ j: Range<Int>, _ first: inout TopScores,
    _ second: inout TopScores
  ) {
    let (scores, width) = (scores, width)
    for (local, row) in i.enumerated() {
      hits.find(
        in: scores.span.extracting(local * width..<local * width + j.count),
        biases: rows.biases.span.extracting(j), thresholds: second.thresholds.span, bias: rows.biases[row],
        threshold: first.thresholds[local])
      for hit in 0..<hits.count {
        let (column, bound) = (Int(hits.columns[hit]), hits.bounds[hit])
        first.offer(bound, of: j.lowerBound + column, to: local, row, rows)
        second.offer(bound, of: row, to: column, j.lowerBound + column, rows)
      }
    }
  }

  /// The score at a rank among a sample's columns, without the part of the bound that the margins add.
  func estimate(_ local: Int, of row: Int, _ sample: [Int], rank: Int, _ rows: PreparedRows) -> Float {
    var estimates: [Float] = []
    estimates.reserveCapacity(sample.count)
    for (column, other) in sample.enumerated() where other != row {
      let bound = (scores[local * width + column] + rows.biases[row]) + rows.biases[other]
      estimates.append(bound - rows.margins[other])
    }
    moveLargest(rank, of: 0..<estimates.count, in: &estimates)
    return (estimates[..<rank].min() ?? -.infinity) - rows.margins[row]
  }
}
