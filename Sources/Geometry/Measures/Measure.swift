/// A number that says something about embedding spaces, or a few that share their work: what it is called, what it depends on
/// and what it gives.
///
/// A measure is one of ``PairMeasure`` and ``SpaceMeasure``; ``Measures/all`` lists them. What a study keeps, prints, names in
/// hypotheses and says of invariances comes from here.
public protocol Measure<Finding>: Sendable {
  /// What it finds, all of it kept; ``metrics(_:)`` are its numbers.
  associatedtype Finding: Codable & Sendable & Equatable
  /// A word that names kept findings; no two measures have the same.
  static var name: String { get }
  /// Raised when equal rows and options come to another finding, or to one that is written in another way.
  static var version: Int { get }
  /// What it is asked for with; nil where it is always taken.
  static var group: MeasureGroup? { get }
  /// The gauges in which it is taken.
  static var gauges: [Gauge] { get }
  /// What the task of its numbers is called after the pair's name, with `{gauge}` and `{model}` for these.
  static var task: String { get }
  /// What its numbers mean, for the glossary of a report and docs/concepts.md; nil for a measure that the list does not have.
  static var concept: Concept? { get }
  /// The options that its finding depends on: a finding is kept for equal ones. A test changes all others.
  static var depends: Set<MeasureOptions.Field> { get }
  /// The measures of a space whose findings it takes.
  static var uses: [any SpaceMeasure.Type] { get }
  /// Whether it looks at what the tokens are.
  static var needsTokens: Bool { get }
  /// The widest graph that it asks for, by metric: one search serves all measures.
  static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int]
  /// Its numbers, in the order of tables.
  static func metrics(_ options: MeasureOptions) -> [Metric<Finding>]
  /// What it says of each token; nothing for most.
  static func tokenColumns(_ options: MeasureOptions) -> [TokenColumn<Finding>]
}

extension Measure {
  public static var group: MeasureGroup? { nil }
  public static var gauges: [Gauge] { Gauge.plain }
  public static var task: String { "{gauge}" }
  public static var concept: Concept? { nil }
  public static var depends: Set<MeasureOptions.Field> { [] }
  public static var uses: [any SpaceMeasure.Type] { [] }
  public static var needsTokens: Bool { false }
  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { [:] }
  public static func tokenColumns(_ options: MeasureOptions) -> [TokenColumn<Finding>] { [] }
}

/// A measure of what two spaces share.
public protocol PairMeasure<Finding>: Measure {
  /// - Throws: `GeometryError` for rows that cannot be measured; what the benches throw.
  static func measure(_ pair: PairBench) throws -> Finding
}

/// A measure of one space, taken of both spaces of a pair.
public protocol SpaceMeasure<Finding>: Measure {
  /// - Throws: `GeometryError` for rows that cannot be measured; what the bench throws.
  static func measure(_ space: SpaceView) throws -> Finding
}
