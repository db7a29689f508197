internal import Synchronization
public import Tensors
public import Tokenizers

/// One space with what measures share: its rows in every gauge and their neighbours, each found when first asked for.
///
/// Rows and graphs of a gauge are held until ``drop(_:)``: n d Floats, and 8 n k bytes a graph. A search that two threads
/// ask for at once may be done twice; both get the same graph.
public final class SpaceBench: Sendable {
  /// What tables and results call the space.
  public let name: String
  /// [n x d]; those of extreme size in another unit, a power of two: measures of scale are those of that unit.
  public let rows: Matrix<Float>
  /// Of each row; empty where they are not known.
  public let tokens: [Token]
  /// Of each row; they stand in for ranks of frequency.
  public let ranks: [Int]
  private let graphs: any GraphStore
  private let unembedding: RowCovariance?
  private let found = Mutex(Found())

  private struct Found: Sendable {
    var rows: [Gauge: Matrix<Float>] = [:]
    var graphs: [Place: NeighbourGraph] = [:]
    var widths: [Place: Int] = [:]
  }

  private struct Place: Hashable {
    let gauge: Gauge
    let metric: NeighbourMetric
  }

  /// Nothing is searched for yet; O(n d) to look at the rows' size.
  ///
  /// - Parameters:
  ///   - rows: [n x d]; in a pair, row i of both spaces is the same token.
  ///   - tokens: of each row; empty leaves out what is said of classes and words.
  ///   - ranks: of each row; nil takes the rows' order.
  ///   - graphs: where neighbour graphs come from.
  ///   - unembedding: the covariance of the causal gauge; nil leaves that gauge out.
  /// - Precondition: as many tokens and ranks as rows, where there are any.
  public init(
    _ name: String, _ rows: Matrix<Float>, tokens: [Token] = [], ranks: [Int]? = nil,
    graphs: any GraphStore = SearchedGraphs(), unembedding: RowCovariance? = nil
  ) {
    precondition(
      (tokens.isEmpty || tokens.count == rows.rows) && ranks?.count ?? rows.rows == rows.rows,
      "\(rows.rows) rows with \(tokens.count) tokens and \(ranks?.count ?? 0) ranks")
    (self.name, self.rows, self.tokens) = (name, rows.inModerateUnit, tokens)
    self.ranks = ranks ?? Array(0..<rows.rows)
    (self.graphs, self.unembedding) = (graphs, unembedding)
  }

  /// The gauges that the space can be seen in.
  public var gauges: [Gauge] { Gauge.allCases.filter { $0 != .causal || unembedding != nil } }

  /// The rows in a gauge, [n x d].
  ///
  /// - Throws: as ``Gauge/applied(to:_:unembedding:)``.
  /// - Precondition: one of ``gauges``.
  public func rows(in gauge: Gauge) throws(GeometryError) -> Matrix<Float> {
    if gauge == .raw { return rows }
    if let rows = found.withLock({ $0.rows[gauge] }) { return rows }
    let rows = try gauge.applied(to: self.rows, unembedding: unembedding)
    found.withLock { $0.rows[gauge] = rows }
    return rows
  }

  /// Says beforehand that a graph of so many neighbours will be asked for, so that one search serves all that are narrower.
  public func expect(_ k: Int, in gauge: Gauge = .raw, metric: NeighbourMetric = .cosine) {
    let place = Place(gauge: gauge, metric: metric)
    found.withLock { $0.widths[place] = max($0.widths[place] ?? 0, k) }
  }

  /// The k nearest rows of every row: the first k of the widest graph that was asked for or expected.
  ///
  /// - Throws: `GeometryError.tooFewTokens` when there are not more than k rows, `.notFinite`; what the store of graphs throws.
  public func graph(
    in gauge: Gauge = .raw, k: Int, metric: NeighbourMetric = .cosine
  ) throws -> NeighbourGraph {
    let place = Place(gauge: gauge, metric: metric)
    if let graph = found.withLock({ $0.graphs[place] }), graph.k >= k { return graph.narrowed(to: k) }
    let width = max(k, min(found.withLock { $0.widths[place] } ?? 0, rows.rows - 1))
    let graph = try graphs.graph(of: rows(in: gauge), in: gauge, k: width, metric: metric)
    found.withLock { $0.graphs[place] = graph }
    return graph.narrowed(to: k)
  }

  /// The graph that a measure of k neighbours needs for its intervals (``NeighbourGraph/width(forIntervalsOf:count:)``).
  ///
  /// - Throws: as ``graph(in:k:metric:)``.
  public func wideGraph(
    in gauge: Gauge = .raw, k: Int, metric: NeighbourMetric = .cosine
  ) throws -> NeighbourGraph {
    try graph(
      in: gauge, k: NeighbourGraph.width(forIntervalsOf: k, count: rows.rows), metric: metric)
  }

  /// Lets go of the rows and graphs of a gauge; those of the raw one stay.
  public func drop(_ gauge: Gauge) {
    guard gauge != .raw else { return }
    found.withLock { found in
      found.rows[gauge] = nil
      for metric in NeighbourMetric.allCases { found.graphs[Place(gauge: gauge, metric: metric)] = nil }
    }
  }
}
