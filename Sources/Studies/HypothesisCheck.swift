public import Reports
internal import Workflow

extension StudyResults {
  /// Holds every hypothesis of a study against the numbers.
  public func check(_ study: Study) -> CheckSummary {
    let metrics = metrics
    var summary = CheckSummary(
      name: study.name,
      checks: study.hypotheses.map { hypothesis in
        let parts = hypothesis.metric.split(separator: "/").map(String.init)
        let task = parts.dropLast().joined(separator: "/")
        let metric = metrics[task]?[parts.last ?? ""]
        let (expectation, outcome) = judge(hypothesis, metric, tasks: metrics.keys.sorted())
        return CheckSummary.Check(
          group: hypothesis.name, expectation: expectation, observed: metric?.words ?? "nothing",
          outcome: outcome, seconds: duration(of: task), line: hypothesis.line)
      })
    summary.file = study.file
    summary.seconds = seconds.values.reduce(0, +)
    summary.properties = ["sextant": toolVersion, "seed": "\(study.seed)"]
    for model in models {
      summary.properties["model.\(model.name)"] = model.file
      summary.properties["model.\(model.name).sha256"] = model.fileHash
    }
    return summary
  }

  private func judge(
    _ hypothesis: Study.Hypothesis, _ metric: ResultsFile.Metric?, tasks: [String]
  ) -> (expectation: String, outcome: CheckSummary.Outcome) {
    let reference: Double
    switch hypothesis.reference {
    case .threshold(let number): reference = number
    case .baseline(let path):
      guard let value = baselines[path]?.value(of: hypothesis.metric) ?? nil else {
        return (
          hypothesis.expectation("its value in \(path)"), .notEvaluable("\(path) has no value of it")
        )
      }
      reference = value
    }
    let expectation = hypothesis.expectation(hypothesis.words(of: reference))
    guard let metric else {
      return (
        expectation, .notEvaluable("no such metric; tasks are \(tasks.joined(separator: ", "))")
      )
    }
    guard let value = metric.value else {
      return (
        expectation, .notEvaluable((metric.note ?? "no value").replacing("not evaluable: ", with: ""))
      )
    }
    guard let numbers = metric.numbers(hypothesis.bound, value) else {
      return (expectation, .notEvaluable("the number has no interval, so no bounds"))
    }
    return (expectation, hypothesis.holds(numbers, reference: reference) ? .passed : .failed)
  }

  /// How long the step took that a task's numbers come from; 0 where that is not known.
  private func duration(of task: String) -> Double {
    let parts = task.split(separator: "/").map(String.init)
    guard parts.count > 1 else { return 0 }
    let (pair, name) = (parts[0], parts[1])
    // Points, ways, relations, lenses and embedding language models.
    let kind =
      ["paths": "path", "elms": "elm", "lenses": pair.contains("--") ? "lens-pair" : "lens"][name] ?? name
    let own = (3...max(3, parts.count)).map {
      "\(kind)/\(pair)/\(parts.prefix($0).dropFirst(2).joined(separator: "/"))"
    }
    if let found = own.reversed().lazy.compactMap({ self.seconds[$0] }).first { return found }
    let steps =
      parts.last?.hasSuffix("-anchors") == true
      ? ["learning-curve/\(pair)/\(name)"]
      : ["align/\(pair)/\(name)", "transfer/\(pair)/\(name)", "\(name)/\(pair)", "compare/\(pair)"]
    return steps.lazy.compactMap { seconds[$0] }.first ?? 0
  }
}

extension Study.Hypothesis {
  /// The claim in words, such as `a--b/raw/cka >= 0.31, its value in last/results.json, with a tolerance of 2 %`.
  fileprivate func expectation(_ reference: String) -> String {
    let subject =
      switch bound {
      case .lower?: "lower bound of \(metric)"
      case .upper?: "upper bound of \(metric)"
      case .both?: "both bounds of \(metric)"
      case nil: metric
      }
    guard let tolerance = tolerance?.text else { return "\(subject) \(comparison.rawValue) \(reference)" }
    return comparison == .within
      ? "\(subject) within \(tolerance) of \(reference)"
      : "\(subject) \(comparison.rawValue) \(reference), with a tolerance of \(tolerance)"
  }

  fileprivate func words(of number: Double) -> String {
    switch reference {
    case .threshold: "\(number)"
    case .baseline(let path):
      "\(NumberFormat.significant(4).text(number) ?? "\(number)"), its value in \(path)"
    }
  }
}

extension ResultsFile.Metric {
  /// What a claim is about: the value or ends of its interval; nil where there is no interval.
  fileprivate func numbers(_ bound: Study.Bound?, _ value: Double) -> [Double]? {
    guard let bound else { return [value] }
    guard let lower, let upper else { return nil }
    return switch bound {
    case .lower: [lower]
    case .upper: [upper]
    case .both: [lower, upper]
    }
  }

  fileprivate var words: String {
    let format = NumberFormat.significant(4)
    guard let value, let text = format.text(value) else { return "nothing" }
    guard let lower, let upper, let low = format.text(lower), let high = format.text(upper) else {
      return text
    }
    return "\(text) [\(low), \(high)]"
  }
}
