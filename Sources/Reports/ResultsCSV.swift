extension ResultsFile {
  /// Every number as a line: task, metric, value, standard error, ends of the interval, n, note; the tidy form of `results`.
  ///
  /// Lines are sorted by task and metric. A field is empty where there is nothing; where there is no value, the note says why.
  public var csv: String {
    var rows = [["task", "metric", "value", "stderr", "lower", "upper", "n", "note"]]
    for (task, metrics) in results.sorted(by: { $0.key < $1.key }) {
      for (name, metric) in metrics.sorted(by: { $0.key < $1.key }) {
        let numbers = [metric.value, metric.standardError, metric.lower, metric.upper]
        rows.append(
          [CSV.words(task), CSV.words(name)] + numbers.map { CSV.number($0) }
            + [metric.count.map(String.init) ?? "", CSV.words(metric.note ?? "")])
      }
    }
    return CSV.text(rows)
  }
}
