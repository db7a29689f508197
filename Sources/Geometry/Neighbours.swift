internal import Distribution
internal import LinearAlgebra
internal import Synchronization
public import Tensors

/// Finds exact nearest neighbours.
///
/// Scores of a block of rows against a block of rows are one matrix product; each row keeps the scores above
/// its threshold. In the full graph a tile serves both of its blocks, which halves the work; no n × n matrix
/// exists. The result is the same for any number of threads: tiles have fixed shapes, products run on one
/// thread each, and the best k have a total order (score, then lower row).
public enum Neighbours {
  /// The graph of all rows.
  ///
  /// O(n² d) multiplications, half of it saved by symmetry; memory O(n k). Cosine scores are Float products
  /// of unit rows (about 1e-6); Euclidean distances are recomputed exactly for the nearest k + 8, so copies of
  /// a row are at distance 0.
  ///
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens` when there are not more than k rows.
  public static func graph(
    of matrix: Matrix<Float>, k: Int, metric: NeighbourMetric = .cosine
  ) throws(GeometryError) -> NeighbourGraph {
    let search = try Search(matrix, k: k, metric: metric)
    if !Workers.current.areThreadsOnly { return spread(search) }
    let blocks = search.blocks
    let tiles =
      (0..<blocks.count).map { ($0, $0) }
      + (0..<blocks.count).flatMap { i in (i + 1..<max(blocks.count, i + 1)).map { (i, $0) } }
    let tops = blocks.map { Guarded(TopScores(rows: $0.count, k: search.kept)) }
    withSingleThreadedBLAS {
      parallelForEach(count: tiles.count) { range in
        for tile in range {
          let (i, j) = tiles[tile]
          search.scan(blocks[i], blocks[j], tops[i], i == j ? nil : tops[j])
        }
      }
    }
    return search.graph(queries: Array(0..<matrix.rows), blocks: blocks, tops: tops)
  }

  /// The graph of all rows by row panels that the current workers share.
  ///
  /// A panel reads the same tiles as the whole search does, so the graph is the same to the bit; without the
  /// saving by symmetry it costs twice the multiplications.
  private static func spread(_ search: Search) -> NeighbourGraph {
    let blocks = search.blocks
    let key = BlockKey(
      "neighbours", [.floats(search.source.elements), .integers([search.k]), .text(search.metric.rawValue)])
    let panels = Workers.current.map(key, count: blocks.count) { panel in
      search.panel(panel).entries
    }
    let entries = panels.flatMap { $0 }
    return NeighbourGraph(
      queries: Array(0..<search.rows.rows), candidates: search.rows.rows, k: search.k, metric: search.metric,
      indices: entries.map(\.row), similarities: entries.map(\.similarity))
  }

  /// The neighbours, among all rows, of some rows.
  ///
  /// O(queries · n · d); for a sample of queries and a large k.
  ///
  /// - Throws: as `graph(of:k:metric:)`.
  /// - Precondition: the queries are rows of the matrix.
  public static func graph(
    of matrix: Matrix<Float>, queries: [Int], k: Int, metric: NeighbourMetric = .cosine
  ) throws(GeometryError) -> NeighbourGraph {
    precondition(
      queries.allSatisfy { matrix.rows > $0 && $0 >= 0 },
      "a query lies outside the \(matrix.rows) rows")
    let search = try Search(matrix, k: k, metric: metric)
    let parts = stride(from: 0, to: queries.count, by: 256).map { $0..<min($0 + 256, queries.count) }
    let tops = parts.map { Guarded(TopScores(rows: $0.count, k: search.kept)) }
    withSingleThreadedBLAS {
      parallelForEach(count: parts.count) { range in
        for part in range {
          let block = Array(queries[parts[part]])
          for candidates in search.blocks { search.scan(block, candidates, tops[part]) }
        }
      }
    }
    return search.graph(queries: queries, blocks: parts, tops: tops)
  }

  /// Rows that have an identical twin elsewhere in the matrix. O(n d).
  public static func duplicateRows(of matrix: Matrix<Float>) -> Int {
    let hashes: [UInt64] = parallelMap(count: matrix.rows, chunk: 256) { row in
      let elements = matrix.elements.span
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for i in matrix.range(ofRow: row) {
        hash = (hash ^ UInt64((elements[i] + 0).bitPattern)) &* 0x0000_0100_0000_01B3
        hash ^= hash >> 29
      }
      return hash
    }
    var groups: [UInt64: [Int]] = [:]
    for (row, hash) in hashes.enumerated() { groups[hash, default: []].append(row) }
    return groups.values.reduce(0) { total, rows in
      total
        + rows.count { row in
          rows.contains {
            $0 != row && matrix.elements[matrix.range(ofRow: $0)] == matrix.elements[matrix.range(ofRow: row)]
          }
        }
    }
  }
}

/// A block's best scores behind a lock: tiles that share a block take turns.
private final class Guarded: Sendable {
  let scores: Mutex<TopScores>
  init(_ scores: sending TopScores) { self.scores = Mutex(scores) }
}

/// The rows as the metric wants them, and how tiles of scores are made and read.
private struct Search: Sendable {
  static let blockRows = 1024
  let source: Matrix<Float>
  /// Unit rows for cosines, centred rows for distances (the mean only costs digits).
  let rows: Matrix<Float>
  let k: Int
  let kept: Int
  let metric: NeighbourMetric
  /// ‖x‖²/2 of each row, for distances: -‖x - y‖²/2 = x·y - ‖x‖²/2 - ‖y‖²/2.
  let halfNorms: [Float]

  init(_ matrix: Matrix<Float>, k: Int, metric: NeighbourMetric) throws(GeometryError) {
    precondition(k > 0, "k counts at least one neighbour, got \(k)")
    try requireFinite(matrix, "embedding")
    guard matrix.rows > k else {
      throw .tooFewTokens(measure: "\(k) nearest neighbours", needed: k + 1, actual: matrix.rows)
    }
    source = matrix
    self.k = k
    self.metric = metric
    kept = metric == .cosine ? k : min(k + 8, matrix.rows - 1)
    rows = metric == .cosine ? unitRows(matrix) : Normalisation.centred.applied(to: matrix)
    halfNorms = metric == .cosine ? [] : rowNorms(rows).map { Float($0 * $0 / 2) }
  }

  var blocks: [Range<Int>] {
    stride(from: 0, to: rows.rows, by: Self.blockRows).map { $0..<min($0 + Self.blockRows, rows.rows) }
  }

  /// Scores of two blocks of rows; read for the first, and for the second unless that is nil.
  func scan(_ i: Range<Int>, _ j: Range<Int>, _ topI: Guarded, _ topJ: Guarded?) {
    let tile = scores(
      rows.elements.span.extracting(i.lowerBound * rows.columns..<i.upperBound * rows.columns),
      i.map { $0 }, j)
    topI.scores.withLock { first in
      if let topJ {
        topJ.scores.withLock { second in readBoth(tile.span, i, j, &first, &second) }
      } else {
        read(tile.span, Array(i), j, &first)
      }
    }
  }

  /// The graph of one block of rows, its tiles shaped as in the search for all rows.
  func panel(_ i: Int) -> NeighbourGraph {
    let blocks = blocks
    let top = Guarded(TopScores(rows: blocks[i].count, k: kept))
    withSingleThreadedBLAS {
      parallelForEach(count: blocks.count) { range in
        for j in range {
          if j < i { scanBack(blocks[j], blocks[i], top) } else { scan(blocks[i], blocks[j], top, nil) }
        }
      }
    }
    return graph(queries: Array(blocks[i]), blocks: [0..<blocks[i].count], tops: [top])
  }

  /// Scores of two different blocks of rows, read for the second.
  private func scanBack(_ i: Range<Int>, _ j: Range<Int>, _ top: Guarded) {
    let tile = scores(
      rows.elements.span.extracting(i.lowerBound * rows.columns..<i.upperBound * rows.columns), Array(i), j)
    top.scores.withLock { second in
      for local in 0..<i.count {
        for column in 0..<j.count {
          second.offer(tile[local * j.count + column], of: i.lowerBound + local, to: column)
        }
      }
    }
  }

  /// Scores of query rows against a block, read for the queries.
  func scan(_ queries: [Int], _ j: Range<Int>, _ top: Guarded) {
    let gathered = rows.selecting(rows: queries)
    let tile = scores(gathered.elements.span, queries, j)
    top.scores.withLock { first in read(tile.span, queries, j, &first) }
  }

  private func scores(_ left: Span<Float>, _ leftRows: [Int], _ j: Range<Int>) -> [Float] {
    var tile = [Float](repeating: 0, count: leftRows.count * j.count)
    var span = tile.mutableSpan
    multiplyTile(
      left, rows.elements.span.extracting(j.lowerBound * rows.columns..<j.upperBound * rows.columns),
      columns: rows.columns, into: &span)
    if metric == .euclidean {
      let norms = halfNorms.span
      for (local, row) in leftRows.enumerated() {
        let own = norms[row]
        let start = local * j.count
        for column in 0..<j.count { span[start + column] -= own + norms[j.lowerBound + column] }
      }
    }
    return tile
  }

  private func read(_ tile: Span<Float>, _ i: [Int], _ j: Range<Int>, _ top: inout TopScores) {
    for (local, row) in i.enumerated() {
      let line = tile.extracting(local * j.count..<(local + 1) * j.count)
      var start = 0
      while start < line.count {
        let end = min(start + 16, line.count)
        if anyReaches(line.extracting(start..<end), top.thresholds[local]) {
          for column in start..<end where j.lowerBound + column != row {
            top.offer(line[column], of: j.lowerBound + column, to: local)
          }
        }
        start = end
      }
    }
  }

  private func readBoth(
    _ tile: Span<Float>, _ i: Range<Int>, _ j: Range<Int>, _ first: inout TopScores,
    _ second: inout TopScores
  ) {
    for local in 0..<i.count {
      let line = tile.extracting(local * j.count..<(local + 1) * j.count)
      var start = 0
      while start < line.count {
        let end = min(start + 16, line.count)
        if anyReaches(
          line.extracting(start..<end), first.thresholds[local],
          second.thresholds.span.extracting(start..<end))
        {
          for column in start..<end {
            first.offer(line[column], of: j.lowerBound + column, to: local)
            second.offer(line[column], of: i.lowerBound + local, to: column)
          }
        }
        start = end
      }
    }
  }

  func graph(queries: [Int], blocks: [Range<Int>], tops: [Guarded]) -> NeighbourGraph {
    let lists: [[(similarity: Float, row: Int)]] = parallelMap(count: blocks.count) { block in
      tops[block].scores.withLock { top in
        blocks[block].indices.flatMap { position in
          ranked(
            queries[position], top.best(position - blocks[block].lowerBound))
        }
      }
    }
    let entries = lists.flatMap { $0 }
    return NeighbourGraph(
      queries: queries, candidates: rows.rows, k: k, metric: metric,
      indices: entries.map { Int32($0.row) }, similarities: entries.map(\.similarity))
  }

  /// The k nearest of the kept ones; distances recomputed without cancellation.
  private func ranked(
    _ query: Int, _ best: [(score: Float, candidate: Int)]
  ) -> [(similarity: Float, row: Int)] {
    guard metric == .euclidean else { return best.map { ($0.score, $0.candidate) } }
    let own = source.elements.span.extracting(source.range(ofRow: query))
    let exact = best.map { entry -> (similarity: Float, row: Int) in
      let other = source.elements.span.extracting(source.range(ofRow: entry.candidate))
      return (-Float(squaredDistance(own, other).squareRoot()), entry.candidate)
    }
    return Array(
      exact.sorted { ($1.similarity, $0.row) < ($0.similarity, $1.row) }.prefix(k))
  }
}

/// A neighbour as it travels between ranks.
private struct Entry: BitwiseCopyable, Sendable {
  let row: Int32
  let similarity: Float
}

extension NeighbourGraph {
  fileprivate var entries: [Entry] {
    indices.indices.map { Entry(row: indices[$0], similarity: similarities[$0]) }
  }
}

private func anyReaches(_ scores: Span<Float>, _ threshold: Float) -> Bool {
  var hits: UInt32 = 0
  for i in scores.indices { hits |= scores[i] >= threshold ? 1 : 0 }
  return hits != 0
}

/// Whether any score reaches the row's threshold or its own column's.
private func anyReaches(_ scores: Span<Float>, _ threshold: Float, _ columns: Span<Float>) -> Bool {
  var hits: UInt32 = 0
  for i in scores.indices {
    hits |= (scores[i] >= threshold ? 1 : 0) | (scores[i] >= columns[i] ? 1 : 0)
  }
  return hits != 0
}

/// Σ (xᵢ - yᵢ)² in Double.
func squaredDistance(_ x: Span<Float>, _ y: Span<Float>) -> Double {
  var sum = 0.0
  for i in x.indices {
    let difference = Double(x[i]) - Double(y[i])
    sum += difference * difference
  }
  return sum
}
