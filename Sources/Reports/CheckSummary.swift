/// The outcome of a list of expectations: for people (Markdown), programs (JSON) and build servers (JUnit XML).
public struct CheckSummary: Sendable, Equatable {
  /// How one expectation ended.
  public enum Outcome: Sendable, Equatable {
    case passed
    case failed
    /// There was no number to compare, and why. Not a success.
    case notEvaluable(String)
  }

  /// One expectation and what was found.
  public struct Check: Sendable, Equatable {
    /// What it belongs to, for example `transfer/sentiment`.
    public let group: String
    /// In words, for example `slope ratio ≥ 0.5`.
    public let expectation: String
    /// What was measured, in words, with its uncertainty.
    public let observed: String
    public let outcome: Outcome
    /// Wall-clock time.
    public let seconds: Double

    public init(group: String, expectation: String, observed: String, outcome: Outcome, seconds: Double = 0) {
      self.group = group
      self.expectation = expectation
      self.observed = observed
      self.outcome = outcome
      self.seconds = seconds
    }
  }

  /// The name of the suite, for example the study's.
  public let name: String
  public let checks: [Check]

  public init(name: String, checks: [Check]) {
    self.name = name
    self.checks = checks
  }

  public var passed: Int { checks.count { $0.outcome == .passed } }
  public var failed: Int { checks.count { $0.outcome == .failed } }
  public var notEvaluable: Int { checks.count - passed - failed }
  /// Whether there is at least one expectation and all passed.
  public var success: Bool { !checks.isEmpty && passed == checks.count }

  /// The counts, without a full stop.
  public var sentence: String {
    "\(passed) of \(checks.count) expectations passed, \(failed) failed, \(notEvaluable) not evaluable"
  }

  /// One row an expectation.
  public var table: Table {
    Table(
      "", columns: [.init("outcome"), .init("group"), .init("expected"), .init("observed")],
      rows: checks.map { check in
        [.text(check.outcome.words), .text(check.group), .text(check.expectation), .text(check.observed)]
      })
  }

  /// One line with the counts and a table.
  public var markdown: Markdown { "\(sentence).\n\n\(table)" }

  /// `{success, results: [{expectation, success, observed}], statistics}`.
  public var json: JSONValue {
    let results = checks.map { check -> JSONValue in
      var members: [String: JSONValue] = [
        "group": .string(check.group), "expectation": .string(check.expectation),
        "observed": .string(check.observed), "success": .boolean(check.outcome == .passed),
      ]
      if case .notEvaluable(let reason) = check.outcome { members["not_evaluable"] = .string(reason) }
      return .object(members)
    }
    return [
      "success": .boolean(success), "results": .array(results),
      "statistics": [
        "evaluated": .integer(checks.count), "passed": .integer(passed), "failed": .integer(failed),
        "not_evaluable": .integer(notEvaluable),
      ],
    ]
  }
}

extension CheckSummary.Outcome {
  var words: String {
    switch self {
    case .passed: "passed"
    case .failed: "FAILED"
    case .notEvaluable(let reason): "not evaluable: \(reason)"
    }
  }
}
