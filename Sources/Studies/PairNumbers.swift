package import Geometry
internal import Reports
package import Statistics
package import Workflow

/// What measures found of a pair, by the names of `results.json`.
package struct PairNumbers {
  /// The pair's.
  let name: String
  /// In the order of tables.
  package let all: [Measured]
  private let places: [String: Int]

  package init(_ pair: PairResult) {
    let numbers = pair.findings.measured
    (name, all) = (pair.name, numbers)
    var places: [String: Int] = [:]
    for (place, number) in numbers.enumerated() { places["\(number.task)/\(number.key)"] = place }
    self.places = places
  }

  /// The number of a task and key; one that was not measured says so.
  package subscript(task: String, key: String) -> Evaluation {
    places["\(task)/\(key)"].map { all[$0].evaluation } ?? .notEvaluable(reason: "it was not measured")
  }

  /// The numbers of a task.
  package func of(_ task: String) -> [Measured] { all.filter { $0.task == task } }

  /// The numbers that all pairs have in every plain gauge, with their p after the search over all of them (``MaxT``); nil where the
  /// draws of a number are not of the permutations that are searched over.
  package var similarities: [(number: Measured, adjusted: Double?)] {
    let numbers = Gauge.plain.flatMap { of($0.rawValue) }
    let search = MaxT(numbers.map(\.evaluation))
    return numbers.enumerated().map { ($1, search?.cells[$0]?.adjustedPValue) }
  }

  /// By task and metric, as in `results.json`: each number by its key; `KEY_null` and `KEY_p`, the mean of its null and its p, and
  /// `KEY_calibrated`, all of the stratified null where there are strata; `KEY_null_plain` of all tokens permuted;
  /// `KEY_p_adjusted` for having looked at all neighbour measures.
  var metrics: [String: [String: ResultsFile.Metric]] {
    var metrics: [String: [String: ResultsFile.Metric]] = [:]
    for number in all {
      let task = "\(name)/\(number.task)"
      metrics[task, default: [:]][number.key] = .init(number.evaluation)
      guard let estimate = number.evaluation.estimate, let null = estimate.null else { continue }
      metrics[task]?["\(number.key)_null"] = .init(null.mean, note: null.meaning)
      metrics[task]?["\(number.key)_p"] = null.pValue.map { .init($0, note: null.meaning) }
      metrics[task]?["\(number.key)_calibrated"] = null.calibrated.map { .init($0, note: null.meaning) }
      metrics[task]?["\(number.key)_null_plain"] = estimate.plainNull.map {
        .init($0.mean, note: $0.meaning)
      }
    }
    for case (let number, let adjusted?) in similarities {
      metrics["\(name)/\(number.task)"]?["\(number.key)_p_adjusted"] = .init(
        adjusted, note: "over all neighbour measures and gauges (Westfall and Young)")
    }
    return metrics
  }

  /// What is said of the null of a number, behind its key.
  static let ofNulls = ["null", "null_plain", "p", "p_adjusted", "calibrated"]
}

extension Measured {
  /// The title, with what the finding adds to it.
  package var words: String {
    guard let aside,
      let number = (aside.isRough ? NumberFormat.significant(1) : .decimals(3)).text(aside.number)
    else { return title }
    return title + aside.before + number + aside.after
  }
}
