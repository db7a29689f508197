extension Study {
  /// A claim about one number of the results.
  ///
  /// The number, or an end of its 95 % interval, is held against a number of the study file or against the same number of an earlier
  /// run. An interval that lies whole within a tolerance of a reference (``Bound/both`` and ``Comparison/within``) is a test of
  /// equivalence by two one-sided tests (Schuirmann 1987), each at 2.5 %, since intervals hold 95 %. A baseline counts as a
  /// fixed number: its own uncertainty is not looked at.
  public struct Hypothesis: Sendable, Equatable {
    public var name: String
    /// `task/metric` as in `results.json`.
    public var metric: String
    /// The end of the interval that is held against the reference; nil for the number itself.
    public var bound: Bound?
    public var comparison: Comparison
    public var reference: Reference
    /// How far beyond the reference a number may lie; nil for not at all.
    public var tolerance: Tolerance?
    /// The line of the study file that it begins in; nil for a study that no file holds. Equal claims may stand anywhere.
    public var line: Int?

    /// A claim that a metric is below or above a threshold.
    public init(name: String, metric: String, comparison: Comparison, threshold: Double) {
      self.init(name: name, metric: metric, comparison: comparison, reference: .threshold(threshold))
    }

    /// A claim about a metric or its interval.
    public init(
      name: String, metric: String, bound: Bound? = nil, comparison: Comparison, reference: Reference,
      tolerance: Tolerance? = nil
    ) {
      (self.name, self.metric, self.bound) = (name, metric, bound)
      (self.comparison, self.reference, self.tolerance) = (comparison, reference, tolerance)
    }

    public static func == (a: Hypothesis, b: Hypothesis) -> Bool {
      (a.name, a.metric, a.bound) == (b.name, b.metric, b.bound)
        && (a.comparison, a.reference, a.tolerance) == (b.comparison, b.reference, b.tolerance)
    }
  }

  /// Ends of the 95 % interval of a number.
  public enum Bound: String, Sendable, Equatable, Codable, CaseIterable {
    case lower
    case upper
    /// Both ends, and so the whole interval.
    case both
  }

  /// What a number is held against.
  public enum Reference: Sendable, Equatable {
    case threshold(Double)
    /// The same metric in the `results.json` of an earlier run, by its path.
    case baseline(String)
  }

  /// How far a number may lie beyond its reference.
  public enum Tolerance: Sendable, Equatable {
    /// In the metric's own unit, 0 or more.
    case absolute(Double)
    /// A share of the reference's size, 0 or more.
    case relative(Double)

    /// The distance that is allowed from a reference.
    public func reach(of reference: Double) -> Double {
      switch self {
      case .absolute(let distance): distance
      case .relative(let share): share * abs(reference)
      }
    }

    /// As a study file has it: `0.02` or `2 %`.
    var text: String {
      switch self {
      case .absolute(let distance): "\(distance)"
      case .relative(let share):
        // 100 * 0.07 is not 7.
        "\((share * 1e14).rounded() / 1e12) %"
      }
    }
  }

  /// How a number is held against a reference.
  public enum Comparison: String, Sendable, Equatable, Codable, CaseIterable {
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
    /// At most the tolerance away, on either side.
    case within

    /// Whether `value` fulfils the comparison.
    /// - Parameter tolerance: how far beyond the reference it may lie.
    public func holds(_ value: Double, _ reference: Double, tolerance: Double = 0) -> Bool {
      switch self {
      case .less: value < reference + tolerance
      case .atMost: value <= reference + tolerance
      case .greater: value > reference - tolerance
      case .atLeast: value >= reference - tolerance
      case .within: abs(value - reference) <= tolerance
      }
    }
  }
}

extension Study.Hypothesis {
  /// Whether the numbers that the claim is about, the estimate or ends of its interval, all fulfil it.
  func holds(_ numbers: [Double], reference: Double) -> Bool {
    let reach = tolerance?.reach(of: reference) ?? 0
    return numbers.allSatisfy { comparison.holds($0, reference, tolerance: reach) }
  }

  /// Why it cannot be a claim: what follows its place in a study file, what was expected and what was found; nil for one that can.
  var fault: ParameterFault? {
    if case .threshold(let number) = reference, !number.isFinite {
      return ParameterFault(place: ".threshold", expected: "a finite number", actual: "\(number)")
    }
    switch tolerance {
    case .absolute(let number)?, .relative(let number)?:
      guard number.isFinite, number >= 0 else {
        return ParameterFault(place: ".tolerance", expected: "0 or more", actual: "\(number)")
      }
      guard comparison == .within || reference.isBaseline else {
        return ParameterFault(
          place: ".tolerance", expected: "none, as a threshold can hold it already", actual: "\(number)")
      }
    case nil:
      guard comparison != .within, !reference.isBaseline else {
        return ParameterFault(
          place: ".tolerance", expected: "how far the number may lie from the reference, such as 0.02 or 2 %",
          actual: "nothing")
      }
    }
    return nil
  }
}

extension Study.Reference {
  fileprivate var isBaseline: Bool { if case .baseline = self { true } else { false } }
}

extension Study.Hypothesis: Encodable {
  private enum CodingKeys: String, CodingKey {
    case name, metric, bound, op, threshold, baseline, tolerance
  }

  /// With the keys of a study file.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(name, forKey: .name)
    try container.encode(metric, forKey: .metric)
    try container.encodeIfPresent(bound, forKey: .bound)
    try container.encode(comparison, forKey: .op)
    switch reference {
    case .threshold(let number): try container.encode(number, forKey: .threshold)
    case .baseline(let path): try container.encode(path, forKey: .baseline)
    }
    switch tolerance {
    case .absolute(let distance)?: try container.encode(distance, forKey: .tolerance)
    case .relative?: try container.encode(tolerance?.text, forKey: .tolerance)
    case nil: break
    }
  }
}
