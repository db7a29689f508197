public import Foundation

/// `results.json` in the shape of lm-evaluation-harness: `results[task][metric]` and `metric_stderr`, with
/// everything that a number can be traced by beside it.
///
/// Keys are sorted and numbers carry full precision, so that equal results are equal bytes. A number that
/// could not be had is `null` with its reason in `metric_note`.
public struct ResultsFile: Sendable, Equatable {
  /// One measured number.
  public struct Metric: Sendable, Equatable {
    /// `nil` if not evaluable; `note` then says why.
    public var value: Double?
    public var standardError: Double?
    /// The ends of the interval.
    public var lower: Double?
    public var upper: Double?
    /// How many items the number was computed from.
    public var count: Int?
    public var note: String?

    public init(
      _ value: Double, standardError: Double? = nil, lower: Double? = nil, upper: Double? = nil,
      count: Int? = nil, note: String? = nil
    ) {
      self.value = value.isFinite ? value : nil
      self.standardError = standardError
      self.lower = lower
      self.upper = upper
      self.count = count
      self.note = note ?? (value.isFinite ? nil : "not evaluable: the value is not finite")
    }

    /// A number that could not be had, and why.
    public init(notEvaluable reason: String) { note = "not evaluable: \(reason)" }
  }

  /// Metrics by task (model pair, behaviour, layer …) and name.
  public var results: [String: [String: Metric]] = [:]
  /// The options of the run.
  public var config: JSONValue = .object([:])
  public var seeds: [String: UInt64] = [:]
  /// SHA-256 of the files that the numbers come from, by name.
  public var hashes: [String: String] = [:]
  /// Versions of the tool and of what it uses.
  public var versions: [String: String] = [:]
  /// Wall-clock time of each step.
  public var seconds: [String: Double] = [:]
  /// The commit of the tool, if it is known.
  public var gitHash: String?
  /// ISO 8601. `nil` leaves it out, which makes two equal runs equal files.
  public var date: String?

  public init() {}

  /// The file as a JSON value.
  public var json: JSONValue {
    var members: [String: JSONValue] = [
      "results": .object(
        results.mapValues { metrics in
          .object(Dictionary(metrics.flatMap(Self.members)) { first, _ in first })
        }),
      "config": config,
      "seeds": .object(seeds.mapValues { .seed($0) }),
      "hashes": .object(hashes.mapValues { .string($0) }),
      "versions": .object(versions.mapValues { .string($0) }),
      "seconds": .object(seconds.mapValues { .number($0) }),
      "git_hash": gitHash.map { .string($0) } ?? .null,
    ]
    if let date { members["date"] = .string(date) }
    return .object(members)
  }

  /// Writes the file atomically.
  public func write(to url: URL) throws(ReportError) { try TextFile.write(json.text, to: url) }

  private static func members(_ name: String, _ metric: Metric) -> [(String, JSONValue)] {
    var members: [(String, JSONValue)] = [(name, metric.value.map { .number($0) } ?? .null)]
    let extras: [(String, Double?)] = [
      ("stderr", metric.standardError), ("lower", metric.lower), ("upper", metric.upper),
    ]
    for case (let suffix, let value?) in extras { members.append(("\(name)_\(suffix)", .number(value))) }
    if let count = metric.count { members.append(("\(name)_n", .integer(count))) }
    if let note = metric.note { members.append(("\(name)_note", .string(note))) }
    return members
  }
}

extension ResultsFile {
  /// The plain metrics of a results file: `results[task][metric]`, with `null` where it was not evaluable.
  ///
  /// Reads files of lm-evaluation-harness too; members that are neither numbers nor null are passed over.
  public static func metrics(parsing data: Data, file: String) throws(ReportError) -> [String: [String:
    Double?]]
  {
    let json = try JSONValue(parsing: data, file: file)
    guard case .object(let tasks)? = json["results"] else {
      throw .json(file: file, place: "results", expected: "an object of tasks", actual: "nothing of the kind")
    }
    var result: [String: [String: Double?]] = [:]
    for (task, value) in tasks {
      guard case .object(let members) = value else {
        throw .json(
          file: file, place: "results.\(task)", expected: "an object of metrics", actual: "\(value)")
      }
      result[task] = members.reduce(into: [:]) { metrics, member in
        if member.value == .null || member.value.double != nil {
          metrics.updateValue(member.value.double, forKey: member.key)
        }
      }
    }
    return result
  }
}
