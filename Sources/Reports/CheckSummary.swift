internal import Files

/// The outcome of a list of expectations: for people (lines, Markdown), programs (JSON) and build servers (JUnit XML, GitHub).
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
    /// Wall-clock time of what it took to find the number; work that several checks share counts for each.
    public let seconds: Double
    /// Where it begins in the file of the expectations; nil where that is not known.
    public let line: Int?

    public init(
      group: String, expectation: String, observed: String, outcome: Outcome, seconds: Double = 0,
      line: Int? = nil
    ) {
      self.group = group
      self.expectation = expectation
      self.observed = observed
      self.outcome = outcome
      self.seconds = seconds
      self.line = line
    }
  }

  /// The name of the suite, for example the study's.
  public let name: String
  public let checks: [Check]
  /// The file that has the expectations; empty for none.
  public var file = ""
  /// What the outcome can be traced by, such as versions, seeds and hashes.
  public var properties: [String: String] = [:]
  /// Wall-clock time of the whole.
  public var seconds: Double

  public init(name: String, checks: [Check]) {
    self.name = name
    self.checks = checks
    seconds = checks.map(\.seconds).reduce(0, +)
  }

  public var passed: Int { checks.count { $0.outcome == .passed } }
  public var failed: Int { checks.count { $0.outcome == .failed } }
  public var notEvaluable: Int { checks.count - passed - failed }
  /// Whether there is at least one expectation and all passed.
  public var success: Bool { !checks.isEmpty && passed == checks.count }

  /// How many passed, failed and could not be evaluated, in words.
  public var counts: Markdown {
    "\(passed) of \(checks.count) expectations passed, \(failed) failed, \(notEvaluable) not evaluable."
  }

  /// A line an expectation, then the counts, for people at a terminal.
  public var lines: String {
    let lines = checks.map { check in
      let found =
        if case .notEvaluable(let reason) = check.outcome { reason } else { "observed \(check.observed)" }
      return TerminalText.line("\(check.outcome.word) \(check.group): \(check.expectation): \(found)")
    }
    return (lines + [counts.text]).joined(separator: "\n") + "\n"
  }

  /// A row a check.
  public var table: Table {
    Table(
      "", columns: [.init("outcome"), .init("group"), .init("expected"), .init("observed")],
      rows: checks.map { check in
        [.text(check.outcome.words), .text(check.group), .text(check.expectation), .text(check.observed)]
      })
  }

  /// One line with the counts and a table.
  public var markdown: Markdown { "\(counts)\n\n\(table)" }

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
  /// All of one width.
  fileprivate var word: String {
    switch self {
    case .passed: "passed   "
    case .failed: "FAILED   "
    case .notEvaluable: "no answer"
    }
  }

  var words: String {
    switch self {
    case .passed: "passed"
    case .failed: "FAILED"
    case .notEvaluable(let reason): "not evaluable: \(reason)"
    }
  }
}
