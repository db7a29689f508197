/// What was found of a pair of spaces, by measure.
public struct Findings: Sendable {
  /// The models' names.
  public let names: (a: String, b: String)
  public let options: MeasureOptions
  /// In the order in which they were taken.
  public private(set) var readings: [Reading] = []
  private var found: [String: any Codable & Sendable] = [:]

  /// Nothing yet.
  public init(_ a: String, _ b: String, _ options: MeasureOptions = MeasureOptions()) {
    (names, self.options) = ((a, b), options)
  }

  /// What a measure of the pair found; nil where it was not taken.
  public func callAsFunction<M: PairMeasure>(_ measure: M.Type, in gauge: Gauge = .raw) -> M.Finding? {
    finding(measure, gauge, nil)
  }

  /// What a measure of a space found of one of the two; nil where it was not taken.
  public func callAsFunction<M: SpaceMeasure>(
    _ measure: M.Type, of side: Side, in gauge: Gauge = .raw
  ) -> M.Finding? {
    finding(measure, gauge, side)
  }

  func finding<M: Measure>(_ measure: M.Type, _ gauge: Gauge, _ side: Side?) -> M.Finding? {
    found[Reading(measure: measure, gauge: gauge, side: side).name] as? M.Finding
  }

  /// The name of a space's model.
  public func name(_ side: Side) -> String { side == .first ? names.a : names.b }

  /// Adds a reading: from where findings are kept, or measured now.
  ///
  /// - Parameter pair: asked for only where something is measured.
  /// - Throws: what the measure, the benches and the store throw.
  public mutating func take(
    _ reading: Reading, of pair: () throws -> PairBench, keptIn store: some FindingStore
  ) throws {
    let earlier = self
    func view() throws -> PairBench { try pair().with(reading.gauge, after: earlier) }
    let finding: any Codable & Sendable =
      switch reading.measure {
      case let measure as any PairMeasure.Type: try Self.measure(measure, reading, view, store)
      case let measure as any SpaceMeasure.Type: try Self.measure(measure, reading, view, store)
      default: preconditionFailure("\(reading.measure.name) measures neither a pair nor a space")
      }
    readings.append(reading)
    found[reading.name] = finding
  }

  private static func measure<M: PairMeasure>(
    _ measure: M.Type, _ reading: Reading, _ pair: () throws -> PairBench, _ store: some FindingStore
  ) throws -> any Codable & Sendable {
    try store.finding(of: reading) { try M.measure(pair()) }
  }

  private static func measure<M: SpaceMeasure>(
    _ measure: M.Type, _ reading: Reading, _ pair: () throws -> PairBench, _ store: some FindingStore
  ) throws -> any Codable & Sendable {
    try store.finding(of: reading) { try M.measure(pair().view(reading.side ?? .first)) }
  }

  /// Every number that was found, in the order of the readings.
  public var measured: [Measured] { readings.flatMap { measured($0.measure, $0) } }

  private func measured<M: Measure>(_ measure: M.Type, _ reading: Reading) -> [Measured] {
    guard let finding = finding(measure, reading.gauge, reading.side) else { return [] }
    return M.metrics(options).compactMap { metric in
      guard let evaluation = metric.value(finding) else { return nil }
      let name = MetricName(metric, of: measure, reading, names)
      return Measured(
        measure: M.name, task: name.task, key: name.key, title: name.title, aside: metric.aside(finding),
        gauge: reading.gauge, model: reading.side.map { self.name($0) }, isHeadline: metric.isHeadline,
        evaluation: evaluation)
    }
  }
}

extension Findings: Encodable {
  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }

  /// An object with a reading's name for each finding.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    for (name, finding) in found { try container.encode(finding, forKey: Key(stringValue: name)) }
  }
}

/// What a number is called.
public struct MetricName: Sendable, Equatable {
  /// Behind the pair's name.
  public let task: String
  public let key: String
  /// In words.
  public let title: String
  public let isHeadline: Bool

  init<M: Measure>(
    _ metric: Metric<M.Finding>, of measure: M.Type, _ reading: Reading, _ names: (a: String, b: String)
  ) {
    let model = reading.side == .second ? names.b : names.a
    func filled(_ pattern: String) -> String {
      pattern.replacing("{gauge}", with: reading.gauge.rawValue)
        .replacing("{side}", with: reading.side?.rawValue ?? "").replacing("{model}", with: model)
        .replacing("{a}", with: names.a).replacing("{b}", with: names.b)
    }
    let parts = filled("\(M.task)/\(metric.key)").split(separator: "/")
    task = parts.dropLast().joined(separator: "/")
    key = String(parts.last ?? "")
    (title, isHeadline) = (filled(metric.title), metric.isHeadline)
  }
}

extension Reading {
  /// What the numbers of the reading are called, known before anything is measured; a finding may lack some of them.
  public func metrics(_ a: String, _ b: String, _ options: MeasureOptions) -> [MetricName] {
    metrics(measure, a, b, options)
  }

  private func metrics<M: Measure>(
    _ measure: M.Type, _ a: String, _ b: String, _ options: MeasureOptions
  ) -> [MetricName] {
    M.metrics(options).map { MetricName($0, of: measure, self, (a, b)) }
  }
}

/// Takes every measure of a pair, gauge by gauge; what a gauge needs is let go of before the next.
///
/// ```swift
/// let pair = PairBench(SpaceBench("a", rowsOfA), SpaceBench("b", rowsOfB))
/// for number in try compare(pair).measured { print(number.task, number.key, number.evaluation.value ?? .nan) }
/// ```
///
/// Cost: two kNN graphs a gauge, O(n² d), and the local PCA of a sample of tokens.
/// - Parameters:
///   - pair: the spaces and the options; its gauge is not looked at.
///   - measures: those that may be taken; a program may add its own to the list.
///   - also: what is measured beside what always is; groups that look at tokens are left out where they are not known.
/// - Throws: `GeometryError` for rows that cannot be measured; what the benches throw.
public func compare(
  _ pair: PairBench, measures: [any Measure.Type] = Measures.all, also: [MeasureGroup] = []
) throws -> Findings {
  var findings = Findings(pair.a.name, pair.b.name, pair.options)
  let readings = Measures.readings(
    of: measures, also: also, gauges: pair.gauges, hasTokens: pair.hasTokens)
  pair.expect(readings)
  for gauge in pair.gauges {
    for reading in readings where reading.gauge == gauge {
      try findings.take(reading, of: { pair }, keptIn: MeasuredFindings())
    }
    pair.with(gauge).drop()
  }
  return findings
}
