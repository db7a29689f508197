internal import Geometry
internal import Lenses
internal import Points
internal import Reports
package import Statistics
package import Workflow

extension ModelLensEvaluation {
  var metrics: [String: ResultsFile.Metric] { evaluation.metrics }
}

extension LensEvaluation {
  /// `pass_at_K` with chance as `_chance` and `_p`, and the lens of random maps as `_random`; `median_rank`.
  fileprivate var metrics: [String: ResultsFile.Metric] {
    var metrics: [String: ResultsFile.Metric] = [
      "median_rank": .init(.estimate(medianRank))
    ]
    for result in results {
      let key = "pass_at_\(result.k)"
      metrics[key] = .init(.estimate(result.score))
      metrics["\(key)_chance"] = result.score.null.map { .init($0.mean, note: $0.meaning) }
      metrics["\(key)_p"] = result.score.null?.pValue.map { .init($0, note: "n counts draws") }
      metrics["\(key)_random"] = result.random.map { .init(.estimate($0)) }
    }
    return metrics
  }
}

extension LensPairResult.SetResult {
  /// pass@k of the first model less that of the second, among all tokens of each or among those that both know.
  ///
  /// Newcombe's interval (1998, method 10) of a difference of shares, from Wilson's of each. It takes the items of the two for
  /// different ones: they are the same, so it is careful where models read the same items.
  package func gap(at k: Int, isShared: Bool) -> Evaluation {
    let (first, second) = isShared ? shared : own
    guard let a = first.results.first(where: { $0.k == k })?.score,
      let b = second.results.first(where: { $0.k == k })?.score,
      let lowerA = a.lower, let upperA = a.upper, let lowerB = b.lower, let upperB = b.upper
    else { return .notEvaluable(reason: "no score at \(k)") }
    func reach(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
    let difference = a.value - b.value
    return .estimate(
      Estimate(
        value: difference, n: min(a.n, b.n), lower: difference - reach(a.value - lowerA, upperB - b.value),
        upper: difference + reach(upperA - a.value, b.value - lowerB), uncertainty: .score))
  }
}

/// What becomes of a difference between two models once both are read among the tokens that both know.
package enum GapChange: String, Sendable {
  case stays = "the difference stays"
  case turns = "the difference turns its sign"
  case fades = "the difference is no longer sure"
  case appears = "the difference is sure only there"
  /// Neither interval leaves 0 out.
  case neverSure = "neither surely reads more"

  package init(own: Estimate, shared: Estimate) {
    self =
      switch (own.sureSign, shared.sureSign) {
      case (0, 0): .neverSure
      case (_, 0): .fades
      case (0, _): .appears
      case (let own, let shared): own == shared ? .stays : .turns
      }
  }
}

extension LensPairResult {
  /// `A--B/lenses/KIND/SET`.
  package func task(_ set: SetResult) -> String { "\(task)/\(set.own.a.set)" }

  /// The searches, each maximum with its p, and pairs of matched depth at three places.
  package var searches: [LayerSearch] { comparison.sample.searches }

  var metrics: [String: [String: ResultsFile.Metric]] {
    var metrics: [String: [String: ResultsFile.Metric]] = [
      task: ["matched": .init(Double(comparison.matched), note: "tokens of letters that both know")]
    ]
    for search in searches {
      let measure = search.grid.measure.rawValue
      metrics[task]?["\(measure)_max"] = .init(search.grid.maximum)
      metrics[task]?["\(measure)_max_p"] =
        search.grid.maximum.estimate?.null?.pValue.map { .init($0, note: "max-T over all layer pairs") }
        ?? .init(notEvaluable: search.grid.maximum.reason ?? "no layer pair is evaluable")
      for (name, evaluation) in zip(Self.landmarks, search.landmarks) {
        metrics[task]?["\(measure)_\(name)"] = .init(evaluation)
      }
    }
    for set in sets {
      var numbers: [String: ResultsFile.Metric] = [:]
      for (model, evaluation) in [(a, set.shared.a), (b, set.shared.b)] {
        for result in evaluation.results {
          numbers["pass_at_\(result.k)_\(model)"] = .init(.estimate(result.score))
          numbers["pass_at_\(result.k)_\(model)_chance"] = result.score.null.map {
            .init($0.mean, note: $0.meaning)
          }
        }
      }
      for result in set.own.a.results {
        numbers["gap_at_\(result.k)_own"] = .init(set.gap(at: result.k, isShared: false))
        numbers["gap_at_\(result.k)_shared"] = .init(set.gap(at: result.k, isShared: true))
      }
      metrics[task(set)] = numbers
    }
    return metrics
  }

  static let landmarks = ["first", "half_depth", "last"]
}

extension NamedWalk {
  /// `MODEL/paths/NAME/STEP`, steps counted from 0.
  package func task(step: Int) -> String { "\(task)/\(step)" }

  var metrics: [String: [String: ResultsFile.Metric]] {
    let raised = walk.steps.count { $0.alarm.isRaised }
    var metrics: [String: [String: ResultsFile.Metric]] = [
      task: [
        "alarm_begins": walk.alarmBegins.map { .init($0, note: "from here on it stays raised") }
          ?? .init(notEvaluable: "the alarm is not raised at its end"),
        "alarm_steps": .init(Double(raised), count: walk.steps.count, note: "steps with an alarm"),
        "detour": walk.detour.map { .init($0, note: "a way is chosen, not found") }
          ?? .init(notEvaluable: "it ends where it began"),
        "geodesic": .init(walk.geodesic.ratio),
      ]
    ]
    for (index, step) in walk.steps.enumerated() {
      metrics[task(step: index)] = [
        "position": .init(step.position), "alarm_p": .init(step.alarm.pValue, count: step.alarm.heldOut),
        "divergence": step.divergence.map { .init($0) }
          ?? .init(notEvaluable: walk.divergenceGap?.words ?? "it was not measured"),
      ]
    }
    return metrics
  }

  static let keys: Set = ["alarm_begins", "alarm_steps", "detour", "geodesic"]
  static let keysOfSteps: Set = ["position", "alarm_p", "divergence"]
}

extension ModelRelations {
  var metrics: [String: [String: ResultsFile.Metric]] {
    let entries = scores.map { score in (task(score), Self.metrics(score)) }
    return Dictionary(entries) { first, _ in first }
  }

  private static func metrics(_ score: Score) -> [String: ResultsFile.Metric] {
    let scores = score.scores
    var metrics: [String: ResultsFile.Metric] = [
      "pairs": .init(
        Double(scores.relation.sources.count), count: scores.relation.pairCount, note: "of single tokens")
    ]
    guard let best = scores.ranked.first else {
      for key in keys where metrics[key] == nil {
        metrics[key] = .init(notEvaluable: scores.reason ?? "no head was scored")
      }
      return metrics
    }
    metrics["best_score"] = .init(
      best.score.value, lower: best.score.lower, upper: best.score.upper, count: best.score.n,
      note:
        "head \(best.block).\(best.head), the best of \(scores.heads.count): the interval does not know of the search, p does"
    )
    metrics["best_null"] = best.score.null.map { .init($0.mean, note: $0.meaning) }
    metrics["best_p"] = .init(best.cell.adjustedPValue, note: "over all heads (max-T)")
    metrics["heads"] = .init(
      Double(scores.significantHeads()), count: scores.heads.count, note: "with a corrected p of at most 0.05"
    )
    return metrics
  }

  static let keys: Set = ["pairs", "best_score", "best_null", "best_p", "heads"]
}

extension StudyResults {
  /// What points, ways, relations and lenses came to, by task and metric.
  var pointMetrics: [String: [String: ResultsFile.Metric]] {
    var metrics: [String: [String: ResultsFile.Metric]] = [:]
    for all in points.map(\.metrics) + walks.map(\.metrics) + relations.map(\.metrics)
      + lensPairs.map(\.metrics)
    { metrics.merge(all) { first, _ in first } }
    for lens in lenses { metrics[lens.task] = lens.metrics }
    return metrics
  }
}
