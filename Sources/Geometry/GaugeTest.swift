public import Tensors

/// How the gauges are compared.
public struct GaugeTestOptions: Sendable, Equatable, Codable {
  /// Neighbours of each token; larger values look at wider neighbourhoods.
  public var k = 10
  public var resampling = Resampling()

  public init() {}

  var orientation: RelativeOrientationOptions {
    var options = RelativeOrientationOptions()
    options.confidence = resampling.confidence
    options.significance = resampling.significance
    options.seed = resampling.seed
    return options
  }

}

/// What becomes of one space's cosines and neighbours when the gauge changes.
///
/// A space is compared with itself in another gauge as two models are: Pearson's r of all cosines
/// (``RelativeOrientation``, exact), the share of common neighbours (``MutualNeighbours``) and the share of tokens
/// that keep their nearest neighbour, each with the interval and null of that measure.
public struct GaugeChange: Sendable, Equatable, Codable {
  public let from: GaugeKind
  public let to: GaugeKind
  /// Pearson's r over all pairs' cosines.
  public let cosines: Evaluation
  public let sharedNeighbours: Evaluation
  /// The share of tokens whose nearest neighbour stays.
  public let nearestKept: Evaluation
  /// |S_from(i) ∩ S_to(i)| / k of each token.
  public let perToken: [Double]

  /// The share of tokens whose nearest neighbour is another.
  public var nearestChanged: Double? { nearestKept.value.map { 1 - $0 } }

  /// O(n d² + n k²).
  /// - Parameters: the same rows in two gauges.
  /// - Throws: `GeometryError.notFinite`.
  /// - Precondition: same number of rows and same k.
  public init(
    _ a: GaugedSpace, _ b: GaugedSpace, _ options: GaugeTestOptions = GaugeTestOptions()
  ) throws(GeometryError) {
    (from, to) = (a.gauge, b.gauge)
    cosines = try allCosines(a.rows, b.rows, options)
    let mutual = MutualNeighbours(a.graph, b.graph, options.resampling)
    (sharedNeighbours, perToken) = (mutual.overlap, mutual.perToken)
    nearestKept = MutualNeighbours(a.graph.prefix(1), b.graph.prefix(1), options.resampling).overlap
  }
}

/// Pearson's r of all cosines, without the sampled ranks that ``RelativeOrientation`` adds.
private func allCosines(
  _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: GaugeTestOptions
) throws(GeometryError) -> Evaluation {
  var orientation = options.orientation
  orientation.spearman = .sampled(pairs: 0)
  return try RelativeOrientation(a, b, orientation).pearson
}

/// One space in several gauges, each held against the first.
///
/// A cosine neighbour that a mere change of gauge replaces says as much about the gauge as about the model (see
/// ``Gauge``). Cost: a graph for each gauge, O(n² d), and the measures of ``GaugeChange``; two gauges are in memory
/// at a time. Six gauges of 49 152 rows of width 576: 110 s on two shared processors.
public struct GaugeTest: Sendable, Equatable, Codable {
  /// The space in one gauge.
  public struct View: Sendable, Equatable, Codable {
    public let gauge: GaugeKind
    /// Raw and less the mean cosine of all pairs.
    public let neighbours: NeighbourCosine
  }

  public let k: Int
  public let views: [View]
  /// From the first gauge to each other one.
  public let changes: [GaugeChange]

  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens`, `.decomposition`.
  /// - Precondition: at least one gauge.
  public init(
    _ matrix: Matrix<Float>, gauges: [Gauge] = Gauge.standard(),
    _ options: GaugeTestOptions = GaugeTestOptions()
  ) throws(GeometryError) {
    precondition(!gauges.isEmpty, "a gauge test of 0 gauges, expected at least 1")
    k = options.k
    let first = try GaugedSpace(matrix, in: gauges[0], k: options.k)
    var views = [View(gauge: first.gauge, neighbours: try NeighbourCosine(first, options.resampling))]
    var changes: [GaugeChange] = []
    for gauge in gauges.dropFirst() {
      let other = try GaugedSpace(matrix, in: gauge, k: options.k)
      views.append(View(gauge: other.gauge, neighbours: try NeighbourCosine(other, options.resampling)))
      changes.append(try GaugeChange(first, other, options))
    }
    (self.views, self.changes) = (views, changes)
  }

  /// Tokens whose neighbours depend most on the gauge: the smallest mean share of neighbours kept over all
  /// changes, ascending; rows break ties.
  public func leastStable(_ count: Int) -> [(row: Int, shared: Double)] {
    guard let tokens = changes.first?.perToken.count else { return [] }
    let means = (0..<tokens).map { row in
      changes.reduce(0.0) { $0 + $1.perToken[row] } / Double(changes.count)
    }
    let order = means.indices.sorted { (means[$0], $0) < (means[$1], $1) }
    return order.prefix(count).map { (row: $0, shared: means[$0]) }
  }
}

/// How alike two spaces look in each gauge.
///
/// For every gauge, applied to each space by itself: Pearson's r of all cosines, unbiased CKA and mutual
/// neighbours, with their own intervals and nulls. The row of the centred gauge holds the values corrected for
/// anisotropy: subtracting each space's mean cosine would leave r as it is (a correlation has its means out
/// already), so what remains to correct is the common direction itself. CKA centres anyhow and differs between raw
/// and centred rows by rounding only. Cost: two graphs a gauge, O(n² d).
public struct GaugeComparison: Sendable, Equatable, Codable {
  /// Both spaces in one gauge.
  public struct Row: Sendable, Equatable, Codable {
    public let gauge: GaugeKind
    public let orientation: Evaluation
    public let cka: Evaluation
    public let mutualNeighbours: Evaluation
    /// Mutual neighbours less those in the first gauge, token by token; nil in the first.
    public let neighboursGained: Evaluation?
  }

  public let k: Int
  public let rows: [Row]

  /// The values corrected for anisotropy, those of centred rows.
  public var corrected: Row? { rows.first { $0.gauge == .centred } }

  /// - Parameters:
  ///   - a: the first space; row i is the same token in both.
  ///   - b: the second space; widths may differ.
  ///   - gauges: for each space, of the same kinds in the same order; a causal gauge has each model's own
  ///     unembedding.
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens`, `.decomposition`.
  /// - Precondition: equal numbers of rows; the same kinds of gauges.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>,
    gauges: (a: [Gauge], b: [Gauge]) = (Gauge.standard(), Gauge.standard()),
    _ options: GaugeTestOptions = GaugeTestOptions()
  ) throws(GeometryError) {
    precondition(
      gauges.a.map(\.kind) == gauges.b.map(\.kind),
      "gauges \(gauges.a.map(\.kind.rawValue)) and \(gauges.b.map(\.kind.rawValue)) differ")
    precondition(a.rows == b.rows, "matched rows differ in number: \(a.rows) and \(b.rows)")
    k = options.k
    var first: [Double]?
    var rows: [Row] = []
    for (gaugeA, gaugeB) in zip(gauges.a, gauges.b) {
      let x = try GaugedSpace(a, in: gaugeA, k: options.k)
      let y = try GaugedSpace(b, in: gaugeB, k: options.k)
      let mutual = MutualNeighbours(x.graph, y.graph, options.resampling)
      let gained = first.map { first in
        meanEstimate(zip(mutual.perToken, first).map { $0 - $1 })
      }
      rows.append(
        Row(
          gauge: x.gauge, orientation: try allCosines(x.rows, y.rows, options),
          cka: try CKA(x.rows, y.rows, options.resampling.interval).unbiased,
          mutualNeighbours: mutual.overlap,
          neighboursGained: gained))
      first = first ?? mutual.perToken
    }
    self.rows = rows
  }
}
