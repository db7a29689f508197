public import Statistics
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
  public let from: Gauge
  public let to: Gauge
  /// Pearson's r over all pairs' cosines.
  public let cosines: Evaluation
  public let sharedNeighbours: Evaluation
  /// The share of tokens whose nearest neighbour stays.
  public let nearestKept: Evaluation
  /// |S_from(i) ∩ S_to(i)| / k of each token.
  public let perToken: [Double]

  /// The share of tokens whose nearest neighbour is another.
  public var nearestChanged: Double? { nearestKept.value.map { 1 - $0 } }

  /// O(n d² + n k²), and a graph for each gauge that the bench has none of.
  /// - Throws: as ``SpaceBench/graph(in:k:metric:)``.
  /// - Precondition: the space can be seen in both gauges.
  public init(
    _ space: SpaceBench, from: Gauge = .raw, to: Gauge, _ options: GaugeTestOptions = GaugeTestOptions()
  ) throws {
    (self.from, self.to) = (from, to)
    cosines = try allCosines(space.rows(in: from), space.rows(in: to), options)
    let (a, b) = (try space.graph(in: from, k: options.k), try space.graph(in: to, k: options.k))
    let mutual = MutualNeighbours(a, b, options.resampling)
    (sharedNeighbours, perToken) = (mutual.overlap, mutual.perToken)
    nearestKept = MutualNeighbours(a.prefix(1), b.prefix(1), options.resampling).overlap
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
    public let gauge: Gauge
    /// Raw and less the mean cosine of all pairs.
    public let neighbours: NeighbourCosine

    /// O(n (k + d)), and a graph where the bench has none of the gauge.
    /// - Throws: as ``SpaceBench/graph(in:k:metric:)``.
    /// - Precondition: the space can be seen in the gauge.
    public init(
      _ space: SpaceBench, in gauge: Gauge, _ options: GaugeTestOptions = GaugeTestOptions()
    ) throws {
      self.gauge = gauge
      neighbours = try NeighbourCosine(
        space.rows(in: gauge), space.graph(in: gauge, k: options.k), options.resampling)
    }
  }

  public let k: Int
  public let views: [View]
  /// From the first gauge to each other one.
  public let changes: [GaugeChange]

  /// - Parameter gauges: at least one; nil for all that the space can be seen in.
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens`, `.decomposition`; what the store of graphs throws.
  public init(
    _ space: SpaceBench, gauges: [Gauge]? = nil, _ options: GaugeTestOptions = GaugeTestOptions()
  ) throws {
    let gauges = gauges ?? space.gauges
    precondition(!gauges.isEmpty, "a gauge test of 0 gauges, expected at least 1")
    k = options.k
    var views: [View] = []
    var changes: [GaugeChange] = []
    for gauge in gauges {
      views.append(try View(space, in: gauge, options))
      guard gauge != gauges[0] else { continue }
      changes.append(try GaugeChange(space, from: gauges[0], to: gauge, options))
      space.drop(gauge)
    }
    space.drop(gauges[0])
    (self.views, self.changes) = (views, changes)
  }

  /// The same of rows alone, in every gauge but the causal one.
  public init(_ matrix: Matrix<Float>, _ options: GaugeTestOptions = GaugeTestOptions()) throws {
    try self.init(SpaceBench("rows", matrix), options)
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
    public let gauge: Gauge
    public let orientation: Evaluation
    public let cka: Evaluation
    public let mutualNeighbours: Evaluation
    /// Mutual neighbours less those in the first gauge, token by token; nil in the first.
    public let neighboursGained: Evaluation?

    /// O(n d² + n k²), and a graph for each space and gauge that the benches have none of.
    /// - Parameters:
    ///   - gauge: of both spaces; a causal one has each model's own unembedding.
    ///   - first: the gauge that gains are held against.
    /// - Throws: as ``SpaceBench/graph(in:k:metric:)``.
    /// - Precondition: equal numbers of rows; both spaces can be seen in both gauges.
    public init(
      _ a: SpaceBench, _ b: SpaceBench, in gauge: Gauge, against first: Gauge = .raw,
      _ options: GaugeTestOptions = GaugeTestOptions()
    ) throws {
      self.gauge = gauge
      let (x, y) = (try a.rows(in: gauge), try b.rows(in: gauge))
      let mutual = MutualNeighbours(
        try a.graph(in: gauge, k: options.k), try b.graph(in: gauge, k: options.k), options.resampling)
      neighboursGained =
        gauge == first
        ? nil
        : meanEstimate(
          zip(
            mutual.perToken,
            sharedNeighbours(
              try a.graph(in: first, k: options.k), try b.graph(in: first, k: options.k))
          ).map { $0 - $1 })
      orientation = try allCosines(x, y, options)
      cka = try CKA(x, y, options.resampling.interval).unbiased
      mutualNeighbours = mutual.overlap
    }
  }

  public let k: Int
  public let rows: [Row]

  /// The values corrected for anisotropy, those of centred rows.
  public var corrected: Row? { rows.first { $0.gauge == .centred } }

  /// - Parameters:
  ///   - a: the first space.
  ///   - b: the second one, row i the same token; widths may differ.
  ///   - gauges: at least one; nil for all that both spaces can be seen in.
  /// - Throws: `GeometryError.notFinite`, `.tooFewTokens`, `.decomposition`; what the stores of graphs throw.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: SpaceBench, _ b: SpaceBench, gauges: [Gauge]? = nil,
    _ options: GaugeTestOptions = GaugeTestOptions()
  ) throws {
    let gauges = gauges ?? a.gauges.filter(b.gauges.contains)
    precondition(!gauges.isEmpty, "a comparison in 0 gauges, expected at least 1")
    precondition(
      a.rows.rows == b.rows.rows, "matched rows differ in number: \(a.rows.rows) and \(b.rows.rows)")
    k = options.k
    rows = try gauges.map { gauge in
      let row = try Row(a, b, in: gauge, against: gauges[0], options)
      for space in [a, b] where gauge != gauges[0] { space.drop(gauge) }
      return row
    }
    for space in [a, b] { space.drop(gauges[0]) }
  }

  /// The same of rows alone, in every gauge but the causal one.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: GaugeTestOptions = GaugeTestOptions()
  ) throws {
    try self.init(SpaceBench("first", a), SpaceBench("second", b), options)
  }
}

// MARK: - Measures

extension MeasureOptions {
  /// Of the measures that are held against themselves in another gauge, whose values are not one a token.
  fileprivate var gaugeTest: GaugeTestOptions {
    var options = GaugeTestOptions()
    (options.k, options.resampling) = (neighbours, resampling.ungrouped)
    return options
  }
}

extension GaugeComparison.Row: PairMeasure {
  public static let name = "gauge_similarity"
  public static let version = 1
  public static let group: MeasureGroup? = .gauges
  public static let gauges = Gauge.allCases
  public static let task = "gauges/{gauge}"
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed]

  public static let concept: Concept? = Concept(
    meaning:
      "Orientation, CKA and shared neighbours after the rows were shifted or scaled: what survives is no "
      + "matter of units.",
    high:
      "High values mean what they mean in the main table; here the same measures stand in all gauges, side by side.",
    cite:
      "Cite the gauge that you would have chosen beforehand, and say how far the others lie from it; a claim that only one gauge bears is about the gauge."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] {
    [.cosine: options.neighbours]
  }

  public static func metrics(_ options: MeasureOptions) -> [Metric<GaugeComparison.Row>] {
    [
      Metric("orientation", "relative orientation, Pearson") { $0.orientation },
      Metric("cka", "linear CKA, unbiased") { $0.cka },
      Metric("mutual_knn", "mutual \(options.neighbours)-NN overlap") { $0.mutualNeighbours },
      Metric("mutual_knn_gain", "shared neighbours gained over the raw rows") { $0.neighboursGained },
    ]
  }

  public static func measure(_ pair: PairBench) throws -> GaugeComparison.Row {
    try GaugeComparison.Row(pair.a, pair.b, in: pair.gauge, pair.options.gaugeTest)
  }
}

/// One space in one gauge, held against its rows as they are.
public struct GaugeStability: Sendable, Equatable, Codable {
  public let neighbours: NeighbourCosine
  /// Against the raw rows, as ``GaugeChange`` has them; nil for these themselves.
  public let cosines: Evaluation?
  public let sharedNeighbours: Evaluation?
  public let nearestKept: Evaluation?
}

extension GaugeStability: SpaceMeasure {
  public static let name = "gauge_stability"
  public static let version = 1
  public static let group: MeasureGroup? = .gauges
  public static let gauges = Gauge.allCases
  public static let task = "gauges/{gauge}/{model}"
  public static let depends: Set<MeasureOptions.Field> = [.neighbours, .seed]

  public static let concept: Concept? = Concept(
    meaning: "How much a space's own cosines and neighbours change when its rows are shifted or scaled.",
    high:
      "High `cosines_kept` and `neighbours_kept` mean that a change of gauge leaves a model's own cosines and neighbours as they were.",
    cite:
      "Cite them beside any statement about a token's nearest neighbours: what a mere change of gauge replaces says little about the model."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] {
    [.cosine: options.neighbours]
  }

  public static func metrics(_ options: MeasureOptions) -> [Metric<GaugeStability>] {
    [
      Metric("neighbour_cosine", "mean cosine of the \(options.neighbours) nearest") {
        $0.neighbours.meanCosine
      },
      Metric("neighbour_cosine_corrected", "the same less the mean cosine of all pairs") {
        $0.neighbours.corrected
      },
      Metric("cosines_kept", "correlation of all cosines with those of the raw rows") { $0.cosines },
      Metric("neighbours_kept", "share of the raw rows' neighbours") { $0.sharedNeighbours },
      Metric("nearest_kept", "share of tokens that keep their nearest") { $0.nearestKept },
    ]
  }

  public static func measure(_ space: SpaceView) throws -> GaugeStability {
    let options = space.options.gaugeTest
    let view = try GaugeTest.View(space.bench, in: space.gauge, options)
    let change =
      space.gauge == .raw ? nil : try GaugeChange(space.bench, to: space.gauge, options)
    return GaugeStability(
      neighbours: view.neighbours, cosines: change?.cosines, sharedNeighbours: change?.sharedNeighbours,
      nearestKept: change?.nearestKept)
  }
}
