internal import Distribution
internal import Files
public import Tensors

/// Finds exact nearest neighbours.
///
/// The score of two rows is defined once: ⟨x, y⟩ / (‖x‖ ‖y‖), or minus ‖x - y‖, from sums in Double that have the
/// same bits on every processor, rounded to Float; equal scores come in a random order, see ``NeighbourGraph``. Tiles of products only
/// sift: a block of rows against a block of rows in bf16 where the processor multiplies such numbers, else in
/// Float (`cblas_sgemm`). A pair is dropped when a bound that its score cannot exceed (see `PreparedRows`)
/// lies below k lower bounds of the same row; what is left is scored by the definition. So neither the
/// arithmetic, the number of threads, the tiles nor how rows are spread over panels can change the graph.
///
/// A tile serves both of its blocks, which halves the work; no n x n matrix exists.
public enum Neighbours {
  /// The graph of all rows.
  ///
  /// O(n² d) multiplications, half of it saved by symmetry, and some dozen exact scores a row (about 2 k for
  /// large k). Memory beside the matrix and the graph: 2 n d bytes for bf16 rows (none without such products),
  /// and at most 8 n (2 k + 128) bytes of candidates; above 1 GiB of those the rows are taken in panels, each
  /// against all rows, and symmetry holds only inside a panel. Copies of a row are at distance 0.
  ///
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens` when there are not more than k rows.
  public static func graph(
    of matrix: Matrix<Float>, k: Int, metric: NeighbourMetric = .cosine
  ) throws(GeometryError) -> NeighbourGraph {
    guard Workers.current.areThreadsOnly else { return try spread(matrix, k: k, metric: metric) }
    return try graph(of: matrix, panel: 0..<matrix.rows, k: k, metric: metric)
  }

  /// The graph of all rows by panels of rows that the current workers share; the same graph.
  ///
  /// Without the saving by symmetry it costs twice the multiplications.
  private static func spread(
    _ matrix: Matrix<Float>, k: Int, metric: NeighbourMetric
  ) throws(GeometryError) -> NeighbourGraph {
    let search = try NeighbourSearch(matrix, k: k, metric: metric, panel: 0..<0, NeighbourSearchOptions())
    let panels = stride(from: 0, to: matrix.rows, by: panelRows).map { $0..<min($0 + panelRows, matrix.rows) }
    let key = BlockKey(
      "neighbours",
      [.floats(matrix.elements), .integers([matrix.rows, k]), .text("\(metric)")])
    let found = Workers.current.map(key, count: panels.count) { panel in
      let lists = search.lists(of: Array(panels[panel]))
      return zip(lists.indices, lists.similarities).map { PanelEntry(row: $0, similarity: $1) }
    }.flatMap { $0 }
    return NeighbourGraph(
      queries: Array(0..<matrix.rows), candidates: matrix.rows, k: k, metric: metric,
      indices: found.map(\.row), similarities: found.map(\.similarity))
  }

  /// Rows of a panel: what one rank searches for at a time.
  private static let panelRows = 1024

  /// The neighbours, among all rows, of the rows of a panel: equal to that part of the whole graph.
  ///
  /// For work that is spread over processes. n_panel · n · d multiplications, less the half of those between
  /// rows of the panel.
  ///
  /// - Throws: as ``graph(of:k:metric:)``.
  /// - Precondition: the panel lies inside the matrix.
  package static func graph(
    of matrix: Matrix<Float>, panel: Range<Int>, k: Int, metric: NeighbourMetric = .cosine,
    options: NeighbourSearchOptions = NeighbourSearchOptions()
  ) throws(GeometryError) -> NeighbourGraph {
    precondition(
      panel.lowerBound >= 0 && panel.upperBound <= matrix.rows, "panel \(panel) of \(matrix.rows) rows")
    let search = try NeighbourSearch(matrix, k: k, metric: metric, panel: panel, options)
    var lists = NeighbourLists(capacity: panel.count * k)
    let panels = search.panels(of: panel)
    for (index, blocks) in panels.enumerated() {
      JobProgress.current.part(index, of: panels.count) { search.scan(blocks, into: &lists) }
    }
    return NeighbourGraph(
      queries: Array(panel), candidates: matrix.rows, k: k, metric: metric, indices: lists.indices,
      similarities: lists.similarities)
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
    let search = try NeighbourSearch(
      matrix, k: k, metric: metric, panel: 0..<0, NeighbourSearchOptions())
    let lists = search.lists(of: queries)
    return NeighbourGraph(
      queries: queries, candidates: matrix.rows, k: k, metric: metric, indices: lists.indices,
      similarities: lists.similarities)
  }

  /// Rows that have an identical twin elsewhere in the matrix. O(n d).
  public static func duplicateRows(of matrix: Matrix<Float>) -> Int {
    copies(in: matrix).reduce(0) { $0 + ($1.count > 1 ? $1.count : 0) }
  }

  /// The first of each set of identical rows, ascending: all rows where there are no copies. O(n d).
  public static func distinctRows(of matrix: Matrix<Float>) -> [Int] {
    copies(in: matrix).map { $0[0] }.sorted()
  }

  /// Sets of identical rows, ascending inside a set.
  static func copies(in matrix: Matrix<Float>) -> [[Int]] {
    let hashes = rowHashes(matrix)
    var groups: [UInt64: [Int]] = [:]
    for (row, hash) in hashes.enumerated() { groups[hash, default: []].append(row) }
    return groups.values.flatMap { rows in
      var sets: [[Int]] = []
      for row in rows {
        let same = sets.firstIndex {
          matrix.elements[matrix.range(ofRow: $0[0])] == matrix.elements[matrix.range(ofRow: row)]
        }
        if let same { sets[same].append(row) } else { sets.append([row]) }
      }
      return sets
    }
  }
}

/// A neighbour as it travels between ranks.
private struct PanelEntry: BitwiseCopyable, Sendable {
  let row: Int32
  let similarity: Float
}
