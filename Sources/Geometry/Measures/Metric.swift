public import Statistics

/// One number of a measure: its name in results and hypotheses, its words in tables, and where it stands in a finding.
public struct Metric<Finding: Sendable>: Sendable {
  /// Behind the measure's task: `cka`. It may hold `{model}` and `{side}` (`a` or `b`), and begin with a part of the task and a
  /// slash: `wordStart/orientation`.
  public let key: String
  /// In words; `{a}`, `{b}` and `{model}` stand for names of models.
  public let title: String
  /// What it cannot see; nil for what repeats another number or says how one changed.
  public let invariance: Invariance?
  /// Whether matrices of many models and tables of what untrained tokens do show it.
  public let isHeadline: Bool
  /// nil where the finding does not have it.
  public let value: @Sendable (Finding) -> Evaluation?
  /// What a finding adds to the title.
  public let aside: @Sendable (Finding) -> Aside?

  public init(
    _ key: String, _ title: String, _ invariance: Invariance? = nil, isHeadline: Bool = false,
    aside: @escaping @Sendable (Finding) -> Aside? = { _ in nil },
    value: @escaping @Sendable (Finding) -> Evaluation?
  ) {
    (self.key, self.title, self.invariance, self.isHeadline) = (key, title, invariance, isHeadline)
    (self.value, self.aside) = (value, aside)
  }
}

/// Words behind a title that hold a number, such as ` of all pairs, to 0.0003`.
public struct Aside: Sendable, Equatable, Codable {
  public let before: String
  public let number: Double
  public let after: String
  /// Whether one significant digit of the number is shown, or three after the point.
  public let isRough: Bool

  public init(_ before: String, _ number: Double, _ after: String = "", isRough: Bool = false) {
    (self.before, self.number, self.after, self.isRough) = (before, number, after, isRough)
  }
}

/// One number that was measured: a row of a table, a line of `results.json`, a name for hypotheses.
public struct Measured: Sendable, Equatable, Codable {
  /// The measure's name.
  public let measure: String
  /// Behind the pair's name: `centred`, `intrinsic_dimension/MODEL`.
  public let task: String
  public let key: String
  /// In words, with the models' names.
  public let title: String
  public let aside: Aside?
  public let gauge: Gauge
  /// nil for a number of both spaces.
  public let model: String?
  public let isHeadline: Bool
  public let evaluation: Evaluation
}
