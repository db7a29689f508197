internal import Distribution
public import Tensors

/// Finds exact nearest neighbours.
///
/// Scores of a block of rows against a block of rows are one product of matrices; the kernel hands over only those that
/// reach the limit of their row or their column. In the full graph a block serves both of its sides, which halves the
/// work; no n × n matrix exists. Where the processor multiplies bf16, that finds the candidates, and what is near
/// enough to matter is scored again (``NeighbourScores`` proves that nothing is lost). The result is the same for any
/// number of threads and any search, since a score depends on its two rows only and the best k have a total order
/// (score, then lower row).
public enum Neighbours {
  /// The graph of all rows.
  ///
  /// O(n² d) multiplications, half of it saved by symmetry; memory beside the rows O(n k), and n d numbers of two bytes
  /// (four where there is no bf16). Cosine scores are Float products of unit rows (about 1e-6); Euclidean distances
  /// are those of the rows in Double, so copies of a row are at distance 0.
  ///
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens` when there are not more than k rows.
  public static func graph(
    of matrix: Matrix<Float>, k: Int, metric: NeighbourMetric = .cosine
  ) throws(GeometryError) -> NeighbourGraph {
    try graph(of: matrix, k: k, metric: metric, isCoarse: prefersCoarse(k))
  }

  /// The neighbours, among all rows, of some rows.
  ///
  /// O(queries · n · d); for a sample of queries, or a share of them all: the answers are those of the full graph.
  ///
  /// - Throws: as `graph(of:k:metric:)`.
  /// - Precondition: the queries are rows of the matrix.
  public static func graph(
    of matrix: Matrix<Float>, queries: [Int], k: Int, metric: NeighbourMetric = .cosine
  ) throws(GeometryError) -> NeighbourGraph {
    try graph(of: matrix, queries: queries, k: k, metric: metric, isCoarse: prefersCoarse(k))
  }

  private static func prefersCoarse(_ k: Int) -> Bool {
    HalfRows.isSupported && k <= NeighbourScores.largestCoarseK
  }

  /// - Parameter isCoarse: look for candidates in bf16 first.
  package static func graph(
    of matrix: Matrix<Float>, k: Int, metric: NeighbourMetric, isCoarse: Bool
  ) throws(GeometryError) -> NeighbourGraph {
    try require(matrix, k)
    let search = NeighbourSearch(NeighbourScores(matrix, metric: metric, isCoarse: isCoarse), k: k)
    guard Workers.current.areThreadsOnly else { return spread(search) }
    return search.graph(queries: Array(0..<matrix.rows), search.allPairs())
  }

  /// The graph of all rows by panels of rows that the current workers share; the same graph.
  ///
  /// Without the saving by symmetry it costs twice the multiplications.
  private static func spread(_ search: NeighbourSearch) -> NeighbourGraph {
    let matrix = search.scores.source
    let panels = stride(from: 0, to: matrix.rows, by: panelRows).map { $0..<min($0 + panelRows, matrix.rows) }
    let key = BlockKey(
      "neighbours",
      [
        .floats(matrix.elements), .integers([matrix.rows, search.k]),
        .text("\(search.scores.metric)"),
      ])
    let found = Workers.current.map(key, count: panels.count) { panel in
      search.nearest(to: Array(panels[panel])).joined().joined().map { entry in
        PanelEntry(row: Int32(truncatingIfNeeded: entry.row), similarity: entry.similarity)
      }
    }.flatMap { $0 }
    return NeighbourGraph(
      queries: Array(0..<matrix.rows), candidates: matrix.rows, k: search.k, metric: search.scores.metric,
      indices: found.map(\.row), similarities: found.map(\.similarity))
  }

  /// Rows of a panel: what one rank searches for at a time.
  private static let panelRows = 1024

  package static func graph(
    of matrix: Matrix<Float>, queries: [Int], k: Int, metric: NeighbourMetric, isCoarse: Bool
  ) throws(GeometryError) -> NeighbourGraph {
    precondition(
      queries.allSatisfy { matrix.rows > $0 && $0 >= 0 },
      "a query lies outside the \(matrix.rows) rows")
    try require(matrix, k)
    let search = NeighbourSearch(NeighbourScores(matrix, metric: metric, isCoarse: isCoarse), k: k)
    return search.graph(queries: queries, search.nearest(to: queries))
  }

  private static func require(_ matrix: Matrix<Float>, _ k: Int) throws(GeometryError) {
    precondition(k > 0, "k counts at least one neighbour, got \(k)")
    try requireFinite(matrix, "embedding")
    guard matrix.rows > k else {
      throw .tooFewTokens(measure: "\(k) nearest neighbours", needed: k + 1, actual: matrix.rows)
    }
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

/// A neighbour as it travels between ranks.
private struct PanelEntry: BitwiseCopyable, Sendable {
  let row: Int32
  let similarity: Float
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
