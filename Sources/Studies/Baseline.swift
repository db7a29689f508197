internal import Files
internal import Foundation
internal import Reports

/// The numbers of an earlier run, which hypotheses are held against.
package struct Baseline: Sendable {
  /// Where its `results.json` was found.
  let path: String
  private let metrics: [String: [String: Double?]]

  /// Reads a `results.json`, one of lm-evaluation-harness too.
  /// - Throws: `FileError` or `ReportError` for a file that cannot be read, or is none of results.
  init(path: String) throws {
    self.path = path
    let bytes = try TextInput.read(
      path, kind: "the results.json of an earlier run", limit: JSONReader.longest)
    metrics = try ResultsFile.metrics(parsing: Data(bytes), file: path)
  }

  /// The number of that name, `task/metric`; nil where the file does not have it, `.some(nil)` where it was not evaluable.
  func value(of metric: String) -> Double?? {
    guard let cut = metric.lastIndex(of: "/") else { return nil }
    return metrics[String(metric[..<cut])]?[String(metric[metric.index(after: cut)...])]
  }

  /// All names, for suggestions.
  var names: [String] { metrics.flatMap { task, metrics in metrics.keys.map { "\(task)/\($0)" } } }
}

extension Study {
  /// The baselines of all hypotheses, by their paths in the study, each read once and found to have what is asked of it.
  ///
  /// - Parameter report: the `results.json` that a run of the study writes.
  /// - Throws: `StudyError.study` for one that is not there, that lacks the hypothesis' metric, or that is the run's own.
  func baselines(report: URL) throws -> [String: Baseline] {
    var baselines: [String: Baseline] = [:]
    for (index, hypothesis) in hypotheses.enumerated() {
      guard case .baseline(let path) = hypothesis.reference else { continue }
      func error(_ expected: String, _ actual: String) -> StudyError {
        .study(path: file, place: "hypotheses[\(index)].baseline", expected: expected, actual: actual)
      }
      guard let found = try located(path) else {
        throw error("the results.json of an earlier run, in \(searched)", "\"\(path)\", which is not there")
      }
      let baseline = try baselines[path] ?? Baseline(path: found)
      baselines[path] = baseline
      let places = [URL(filePath: found), report].map {
        $0.resolvingSymlinksInPath().standardizedFileURL.path
      }
      guard places[0] != places[1] else {
        throw error("a file that this study does not write", "\(found); keep a copy of it elsewhere")
      }
      guard baseline.value(of: hypothesis.metric) != nil else {
        throw error(
          hypothesis.metric + " in \(found)",
          "no such number there" + suggestion(for: hypothesis.metric, among: baseline.names))
      }
    }
    return baselines
  }
}
