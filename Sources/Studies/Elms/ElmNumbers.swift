package import ELM
package import Reports
internal import Statistics

// What `results.json`, and so hypotheses, call the numbers of embedding language models.

extension ElmResult {
  /// `NAME/elms/TASK`: of the one draw, or over all.
  package func task(_ name: String) -> String { ElmJudgement.Task.path(of: self.name, name) }

  /// A task over all its draws.
  package func numbers(of draws: [Draw]) -> [String: ResultsFile.Metric] {
    ElmJudgement.Task.over(draws.map(\.metrics))
  }

  var metrics: [String: [String: ResultsFile.Metric]] {
    var metrics: [String: [String: ResultsFile.Metric]] = [:]
    for draws in tasks {
      guard let first = draws.first else { continue }
      metrics[task(first.task.name)] = numbers(of: draws)
      guard draws.count > 1 else { continue }
      for (index, draw) in draws.enumerated() {
        metrics[ElmJudgement.Task.path(of: name, first.task.name, draw: index)] = draw.metrics
      }
    }
    for step in between?.steps ?? [] { metrics[step.task(of: name)] = step.metrics }
    for sweep in sweeps {
      metrics[sweep.task(of: name)] = sweep.metrics
      for place in sweep.lambdas.indices {
        metrics[sweep.task(of: name, lambda: place)] = sweep.metrics(at: place)
      }
    }
    for place in tokens?.places ?? [] { metrics[place.task(of: name)] = place.metrics }
    return metrics
  }
}

extension ElmResult.Draw {
  fileprivate var metrics: [String: ResultsFile.Metric] { task.metrics(byName: options.asksByName) }
}

extension RecognitionSource {
  /// Behind the names of numbers; nothing for the vector itself.
  package var suffix: String {
    switch self {
    case .vector: ""
    case .plain: "_plain"
    case .shuffled: "_shuffled"
    case .none: "_no_vector"
    case .linear: "_linear"
    case .name: "_by_name"
    }
  }
}

extension AnswerSource {
  /// Behind the names of numbers; nothing for the vector itself.
  package var suffix: String {
    switch self {
    case .vector: ""
    case .truth: "_truth"
    case .mean: "_mean"
    case .shuffled: "_shuffled"
    case .none: "_no_vector"
    case .retrieval: "_retrieval"
    case .name: "_by_name"
    }
  }
}

/// A number of a row, which some rows lack; the other number is the task's items.
private typealias Number<Row> = (key: String, of: @Sendable (Row, Int) -> ResultsFile.Metric?)

/// Nothing for the vector itself.
private func advantage(_ evaluation: Evaluation?) -> ResultsFile.Metric {
  evaluation.map { .init($0) } ?? .init(notEvaluable: "it is what the others are held against")
}

extension ElmJudgement.Recognised {
  fileprivate static let numbers: [Number<Self>] = [
    ("text_first", { row, _ in .init(.estimate(row.textFirst)) }),
    ("reciprocal_rank", { row, _ in .init(.estimate(row.reciprocalRank)) }),
    ("reciprocal_rank_less", { row, _ in advantage(row.less.map { .estimate($0) }) }),
    ("vector_first", { row, _ in .init(.estimate(row.vectorFirst)) }),
    ("median_text_rank", { row, _ in .init(.estimate(row.medianTextRank)) }),
    ("median_vector_rank", { row, _ in .init(.estimate(row.medianVectorRank)) }),
  ]
}

extension ElmJudgement.Consistent {
  fileprivate static let numbers: [Number<Self>] = [
    ("sc", { row, _ in .init(row.consistency) }),
    ("sc_less", { row, _ in advantage(row.less) }),
    ("plain_cosine", { row, _ in .init(row.plainCosine) }),
    ("kendall", { row, _ in .init(row.kendall) }),
    ("ndcg", { row, _ in .init(row.ndcg) }),
    ("named", { row, _ in .init(.estimate(row.named)) }),
    ("copies", { row, _ in .init(.estimate(row.copies)) }),
    ("runs", { row, _ in .init(.estimate(row.runs)) }),
    ("median_rank", { row, _ in .init(row.medianRank) }),
    ("median_distance_rank", { row, _ in .init(row.medianDistanceRank) }),
    ("distinct_1", { row, items in row.distinct1.map { .init($0, count: items, note: "over all answers") } }),
    ("distinct_2", { row, items in row.distinct2.map { .init($0, count: items, note: "over all answers") } }),
    ("words", { row, items in .init(row.words, count: items, note: "of an answer, on average") }),
  ]
}

extension ElmJudgement.Task {
  /// `NAME/elms/TASK`, and `NAME/elms/TASK/N` of one of several draws, which names count from 1.
  package static func path(of elm: String, _ task: String, draw: Int? = nil) -> String {
    "\(elm)/elms/\(task)" + (draw.map { "/\($0 + 1)" } ?? "")
  }

  /// `KEY` of the vectors, `KEY_SOURCE` of what they are held against, and `KEY_less_SOURCE` for what the vectors have more.
  ///
  /// - Parameter byName: whether the model was asked by name, too.
  func metrics(byName: Bool) -> [String: ResultsFile.Metric] {
    var metrics: [String: ResultsFile.Metric] = [:]
    for row in recognition {
      for number in ElmJudgement.Recognised.numbers {
        metrics[number.key + row.source.suffix] = number.of(row, items)
      }
    }
    for row in consistency {
      for number in ElmJudgement.Consistent.numbers {
        metrics[number.key + row.source.suffix] = number.of(row, items)
      }
    }
    for key in Self.keys(byName: byName) where metrics[key] == nil {
      metrics[key] = .init(notEvaluable: reason ?? "no answer can be counted, or no text encoded")
    }
    return metrics
  }

  /// The keys of all that a task can have.
  static func keys(byName: Bool) -> Set<String> {
    let recognition = RecognitionSource.allCases.filter { byName || $0 != .name }.flatMap { source in
      ElmJudgement.Recognised.numbers.map { $0.key + source.suffix }
    }
    let consistency = AnswerSource.allCases.filter { byName || $0 != .name }.flatMap { source in
      ElmJudgement.Consistent.numbers.map { $0.key + source.suffix }
    }
    return Set(recognition + consistency)
  }

  /// The mean over draws, each of them of the same items or others: no independent samples, so that the interval is one that holds those of all.
  static func over(_ draws: [[String: ResultsFile.Metric]]) -> [String: ResultsFile.Metric] {
    guard draws.count > 1, let first = draws.first else { return draws.first ?? [:] }
    return first.reduce(into: [:]) { metrics, entry in
      let all = draws.compactMap { $0[entry.key] }
      let values = all.compactMap(\.value)
      guard !values.isEmpty else {
        metrics[entry.key] = entry.value
        return
      }
      let (lower, upper) = (all.compactMap(\.lower), all.compactMap(\.upper))
      metrics[entry.key] = .init(
        values.reduce(0, +) / Double(values.count), lower: lower.min(), upper: upper.max(),
        count: all.compactMap(\.count).min(),
        note: "the mean of \(values.count) draws; the interval holds those of all")
    }
  }
}

extension BetweenItems.Step {
  static let keys: Set = ["sc", "sc_ends", "more_than_ends", "more_than_texts", "repeated", "off_manifold"]

  /// `NAME/elm-between/T`.
  package func task(of elm: String) -> String { Self.task(of: elm, share) }

  static func task(of elm: String, _ share: Double) -> String { "\(elm)/elm-between/\(share.shortText)" }

  var metrics: [String: ResultsFile.Metric] {
    [
      "sc": .init(consistency), "sc_ends": .init(ends), "more_than_ends": .init(moreThanEnds),
      "more_than_texts": .init(moreThanTexts), "repeated": .init(.estimate(repeated)),
      "off_manifold": .init(.estimate(offManifold)),
    ]
  }
}

extension ConceptSweep {
  static let keys: Set = ["kendall", "kendall_random", "held_out"]
  static let keysOfLambdas: Set = ["reading", "sc", "off_manifold"]

  /// `NAME/elm-cav/ATTRIBUTE`.
  package func task(of elm: String) -> String { Self.task(of: elm, attribute) }

  /// `NAME/elm-cav/ATTRIBUTE/LAMBDA`.
  package func task(of elm: String, lambda place: Int) -> String {
    Self.task(of: elm, attribute, lambda: lambdas[place])
  }

  static func task(of elm: String, _ attribute: String, lambda: Double? = nil) -> String {
    "\(elm)/elm-cav/\(attribute)" + (lambda.map { "/" + $0.shortText } ?? "")
  }

  var metrics: [String: ResultsFile.Metric] {
    [
      "kendall": .init(kendall), "kendall_random": .init(random),
      "held_out": heldOut.map { .init($0, note: "AUC for 0 and 1, else the correlation; no interval") }
        ?? .init(notEvaluable: "held-out items do not vary in it"),
    ]
  }

  func metrics(at place: Int) -> [String: ResultsFile.Metric] {
    [
      "reading": .init(readings[place]), "sc": .init(consistency[place]),
      "off_manifold": .init(.estimate(offManifold[place])),
    ]
  }
}

extension PseudoTokenMeaning.Place {
  static let keys: Set = ["sameness", "named", "mapped"]

  /// `NAME/elm-tokens/PLACE`, from 1.
  package func task(of elm: String) -> String { Self.task(of: elm, place) }

  static func task(of elm: String, _ place: Int) -> String { "\(elm)/elm-tokens/\(place + 1)" }

  var metrics: [String: ResultsFile.Metric] {
    [
      "sameness": .init(sameness, note: "1 where it is the same for all items"), "named": .init(named),
      "mapped": .init(mapped),
    ]
  }
}
