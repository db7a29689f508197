internal import Files
public import Tensors

/// Two spaces over the same tokens, as measures see them: both in one gauge.
public struct PairBench: Sendable {
  public let a: SpaceBench
  public let b: SpaceBench
  public let gauge: Gauge
  public let options: MeasureOptions
  private let earlier: Findings?

  /// - Parameters:
  ///   - a: the first space.
  ///   - b: the second one; its row i is the same token, its width may be another.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: SpaceBench, _ b: SpaceBench, in gauge: Gauge = .raw, _ options: MeasureOptions = MeasureOptions()
  ) {
    self.init(a, b, gauge, options, earlier: nil)
  }

  private init(
    _ a: SpaceBench, _ b: SpaceBench, _ gauge: Gauge, _ options: MeasureOptions, earlier: Findings?
  ) {
    precondition(
      a.rows.rows == b.rows.rows, "matched rows differ in number: \(a.rows.rows) and \(b.rows.rows)")
    (self.a, self.b, self.gauge, self.options, self.earlier) = (a, b, gauge, options, earlier)
  }

  /// The same spaces in another gauge.
  ///
  /// - Parameter findings: what was found before, for the measures that take it up.
  public func with(_ gauge: Gauge, after findings: Findings? = nil) -> PairBench {
    PairBench(a, b, gauge, options, earlier: findings ?? earlier)
  }

  /// One of the spaces.
  public func view(_ side: Side) -> SpaceView {
    SpaceView(side == .first ? a : b, gauge, options, side, earlier)
  }

  /// The rows of both, in the gauge.
  public var rows: (a: Matrix<Float>, b: Matrix<Float>) {
    get throws { (try a.rows(in: gauge), try b.rows(in: gauge)) }
  }

  /// The cosine graphs of both, wide enough for intervals of a measure of k neighbours.
  public func wideGraphs(k: Int) throws -> (a: NeighbourGraph, b: NeighbourGraph) {
    let progress = JobProgress.current
    return (
      try progress.part(0, of: 2, a.name) { try a.wideGraph(in: gauge, k: k) },
      try progress.part(1, of: 2, b.name) { try b.wideGraph(in: gauge, k: k) }
    )
  }

  /// The gauges that both spaces can be seen in.
  public var gauges: [Gauge] { a.gauges.filter(b.gauges.contains) }

  /// Whether it is known of both what their tokens are.
  public var hasTokens: Bool { !a.tokens.isEmpty && !b.tokens.isEmpty }

  /// Says what will be asked for, so that each graph is searched for once.
  public func expect(_ readings: [Reading]) {
    for reading in readings {
      for (metric, k) in reading.measure.reach(options) {
        for space in [a, b] { space.expect(k, in: reading.gauge, metric: metric) }
      }
    }
  }

  /// Lets go of what both spaces hold of the gauge (``SpaceBench/drop(_:)``).
  public func drop() {
    a.drop(gauge)
    b.drop(gauge)
  }
}

/// One space as a measure sees it: in a gauge, with what was found of it before.
public struct SpaceView: Sendable {
  public let bench: SpaceBench
  public let gauge: Gauge
  public let options: MeasureOptions
  private let side: Side
  private let earlier: Findings?

  public init(
    _ bench: SpaceBench, in gauge: Gauge = .raw, _ options: MeasureOptions = MeasureOptions()
  ) {
    self.init(bench, gauge, options, .first, nil)
  }

  fileprivate init(
    _ bench: SpaceBench, _ gauge: Gauge, _ options: MeasureOptions, _ side: Side, _ earlier: Findings?
  ) {
    (self.bench, self.gauge, self.options, self.side, self.earlier) = (bench, gauge, options, side, earlier)
  }

  /// The rows, in the gauge.
  public var rows: Matrix<Float> {
    get throws { try bench.rows(in: gauge) }
  }

  /// What a measure found of the space in this gauge: before, or measured now.
  public func finding<M: SpaceMeasure>(_ measure: M.Type) throws -> M.Finding {
    try earlier?(measure, of: side, in: gauge) ?? M.measure(self)
  }
}
