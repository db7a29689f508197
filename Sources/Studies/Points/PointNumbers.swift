internal import Geometry
package import Lenses
package import Points
internal import Reports
package import Statistics

/// A number of a group of points, or of one of them.
package struct PointNumber: Sendable {
  /// What `results.json` calls it, behind the task.
  package let key: String
  /// What readers call it.
  package let words: String
  package let evaluation: Evaluation
  /// What the number would be where there is nothing, with what that means; nil where nothing says.
  package let chance: (value: Double, words: String)?
  package let note: String?
  /// The other model that it is about; nil for all else.
  package let other: String?

  init(
    _ key: String, _ words: String, _ evaluation: Evaluation, chance: (value: Double, words: String)? = nil,
    note: String? = nil, other: String? = nil
  ) {
    self.other = other
    (self.key, self.words, self.evaluation, self.chance, self.note) = (key, words, evaluation, chance, note)
  }

  var metric: ResultsFile.Metric {
    var metric = ResultsFile.Metric(evaluation)
    if evaluation.estimate != nil {
      metric.note = note ?? chance.map { "\($0.words): \(NumberFormat.significant(3).text($0.value) ?? "")" }
    }
    return metric
  }
}

/// What the points of a group come to: shares with Wilson's interval, medians with a bootstrap over points, means with Student's.
package struct PointGroupNumbers: Sendable {
  package let all: [PointNumber]

  package subscript(key: String) -> PointNumber? { all.first { $0.key == key } }

  /// Ranks within which a point counts as identified by words.
  package static let rank = 10

  package init(_ group: PointGroupResult) {
    let meanings = group.points.map(\.meaning)
    let alarms = meanings.compactMap(\.alarm.content)
    let level = alarms.first?.significance ?? 0.05
    let noAlarm = meanings.compactMap(\.alarm.gap).first?.words ?? "no point has an alarm"
    var all = [
      PointNumber(
        "alarm_share", "share that raises the alarm", share(alarms.map(\.isRaised), noAlarm),
        chance: (level, "of fresh rows, by construction")),
      PointNumber(
        "alarm_p_median", "median p of the alarm", median(alarms.map(\.pValue), noAlarm),
        chance: (0.5, "of fresh rows")),
      PointNumber(
        "nearest_percentile_median", "median percentile of the nearest row by cosine",
        median(meanings.compactMap(\.nearestPercentile), "no point has a nearest row with a percentile"),
        chance: (50, "of held-out rows")),
      PointNumber(
        "dimension_median", "median local dimension",
        median(meanings.compactMap { $0.neighbourhood.content?.dimension.value.value }, noAlarm)),
      PointNumber(
        "dimension_percentile_median", "median percentile of the local dimension",
        median(meanings.compactMap { $0.neighbourhood.content?.dimension.standing?.percentile }, noAlarm),
        chance: (50, "of held-out rows")),
    ]
    let answers = meanings.compactMap(\.answer)
    if !answers.isEmpty { all += Self.inWords(answers) }
    for other in group.others { all += Self.elsewhere(meanings, other) }
    self.all = all
  }

  /// Shares of points that the words of each arm tell from others.
  private static func inWords(_ answers: [PointSection<AnswerInWords>]) -> [PointNumber] {
    let found = answers.compactMap(\.content)
    let reason = answers.compactMap(\.gap).first?.words ?? "no answer holds a word"
    var numbers = WordsArm.allCases.map { arm in
      let ranks = found.compactMap { $0[arm]?.identifiedBeyondCopies.identification }
      let among = Double((ranks.first?.others ?? 100) + 1)
      return PointNumber(
        "words_rank_\(rank)\(arm.suffix)", "share within rank \(rank) by the words of \(arm.words)",
        share(ranks.map { $0.rank <= rank }, reason), chance: (Double(rank) / among, "by chance"))
    }
    numbers.append(
      PointNumber(
        "words_identified", "share that its words tell from others, from noise and from all controls",
        share(found.map { $0.verdict == .identified }, reason)))
    return numbers
  }

  private static func elsewhere(_ meanings: [PointMeaning], _ other: String) -> [PointNumber] {
    let found = meanings.compactMap { $0.carried(to: other)?.content }
    let reason = meanings.compactMap { $0.carried(to: other)?.gap }.first?.words ?? "no point was carried"
    let agreements = found.compactMap(\.agreement.estimate)
    let nulls = agreements.compactMap(\.null)
    let chance = nulls.isEmpty ? nil : nulls.reduce(0) { $0 + $1.mean } / Double(nulls.count)
    let cycles = found.compactMap { $0.cycle.content }
    let noCycle = found.compactMap { $0.cycle.gap }.first?.words ?? reason
    return [
      PointNumber(
        "agreement_\(other)", "mean share of neighbours that agree in \(other)",
        mean(agreements.map(\.value), reason, largest: 1),
        chance: chance.map { ($0, "through maps of shuffled tokens") }, other: other),
      PointNumber(
        "agreement_\(other)_beyond_chance", "share whose neighbours agree beyond shuffled maps in \(other)",
        share(nulls.compactMap(\.pValue).map { $0 <= 0.05 }, reason), chance: (0.05, "by chance"),
        other: other),
      PointNumber(
        "cycle_error_\(other)", "median cycle error through \(other)", median(cycles.map(\.error), noCycle),
        other: other),
    ]
  }

  /// The keys of all that a group can have.
  static func keys(words: Bool, others: [String]) -> Set<String> {
    var keys: Set = [
      "alarm_share", "alarm_p_median", "nearest_percentile_median", "dimension_median",
      "dimension_percentile_median",
    ]
    if words {
      keys.formUnion(WordsArm.allCases.map { "words_rank_\(rank)\($0.suffix)" } + ["words_identified"])
    }
    for other in others {
      keys.formUnion(["agreement_\(other)", "agreement_\(other)_beyond_chance", "cycle_error_\(other)"])
    }
    return keys
  }
}

/// What one point comes to.
package struct SinglePointNumbers: Sendable {
  package let all: [PointNumber]

  package init(_ meaning: PointMeaning, others: [String], asksForWords: Bool) {
    let noAlarm = meaning.alarm.gap?.words ?? ""
    let near = meaning.neighbourhood.content
    let none = Evaluation.notEvaluable(reason: meaning.neighbourhood.gap?.words ?? noAlarm)
    func standing(_ measure: PointMeasure?) -> Evaluation {
      measure.map { plain($0.standing?.percentile, "it has no value") } ?? none
    }
    var all = [
      PointNumber("norm", "norm", .estimate(Estimate(value: meaning.point.norm, n: 1)), note: "of one point"),
      PointNumber(
        "norm_percentile", "percentile of the norm",
        plain(meaning.point.normPercentile, "a direction has no place among points")),
      PointNumber(
        "alarm_p", "p of the alarm",
        meaning.alarm.content.map {
          .estimate(Estimate(value: $0.pValue, n: $0.heldOut))
        } ?? .notEvaluable(reason: noAlarm), note: "conformal, n counts held-out rows"),
      PointNumber(
        "nearest_percentile", "percentile of the nearest row by cosine",
        plain(meaning.nearestPercentile, "it has no nearest row with a percentile")),
      PointNumber("dimension", "local dimension", near?.dimension.value ?? none),
      PointNumber("dimension_percentile", "percentile of the local dimension", standing(near?.dimension)),
      PointNumber("log_density", "log density", near?.logDensity.value ?? none),
      PointNumber("log_density_percentile", "percentile of the log density", standing(near?.logDensity)),
      PointNumber("reconstruction_error", "LLE error", near?.reconstructionError.value ?? none),
    ]
    if asksForWords {
      for arm in WordsArm.allCases {
        let gap = meaning.answer?.gap?.words ?? "it was not asked for"
        let own = meaning.answer?.content?[arm]?.identifiedBeyondCopies
        let identification = own?.identification
        all.append(
          PointNumber(
            "words_rank\(arm.suffix)", "rank by the words of \(arm.words)",
            identification.map {
              .estimate(
                Estimate(
                  value: Double($0.rank), n: $0.others + 1, lower: $0.lower.map(Double.init),
                  upper: $0.upper.map(Double.init)))
            } ?? .notEvaluable(reason: own?.reason ?? gap)))
        guard arm == .point else { continue }
        all.append(
          PointNumber(
            "words_p", "p of the rank", plain(identification?.pValue, own?.reason ?? gap)))
      }
    }
    for other in others {
      let carried = meaning.carried(to: other)
      let gap = carried?.gap?.words ?? "it was not carried"
      let agreement = carried?.content?.agreement
      let cycle = carried?.content?.cycle
      all += [
        PointNumber(
          "agreement_\(other)", "agreement in \(other)", agreement ?? .notEvaluable(reason: gap),
          chance: agreement?.estimate?.null.map { ($0.mean, "through maps of shuffled tokens") }),
        PointNumber(
          "agreement_\(other)_p", "p of the agreement in \(other)",
          plain(agreement?.estimate?.null?.pValue, gap)),
        PointNumber(
          "cycle_error_\(other)", "cycle error through \(other)",
          plain(cycle?.content?.error, cycle?.gap?.words ?? gap)),
      ]
    }
    self.all = all
  }

  /// The keys of all that a point can have.
  static func keys(words: Bool, others: [String]) -> Set<String> {
    var keys: Set = [
      "norm", "norm_percentile", "alarm_p", "nearest_percentile", "dimension", "dimension_percentile",
      "log_density", "log_density_percentile", "reconstruction_error",
    ]
    if words { keys.formUnion(WordsArm.allCases.map { "words_rank\($0.suffix)" } + ["words_p"]) }
    for other in others {
      keys.formUnion(["agreement_\(other)", "agreement_\(other)_p", "cycle_error_\(other)"])
    }
    return keys
  }
}

extension PointGroupResult {
  /// `MODEL/points/GROUP/NAME`.
  package func task(_ point: Point) -> String { "\(task)/\(point.name)" }

  /// Whether the model was asked for words.
  package var asksForWords: Bool { points.contains { $0.meaning.answer != nil } }

  package func numbers(_ point: Point) -> [PointNumber] {
    SinglePointNumbers(point.meaning, others: others, asksForWords: asksForWords).all
  }

  var metrics: [String: [String: ResultsFile.Metric]] {
    func metrics(_ numbers: [PointNumber]) -> [String: ResultsFile.Metric] {
      Dictionary(numbers.map { ($0.key, $0.metric) }) { first, _ in first }
    }
    var all = [task: metrics(PointGroupNumbers(self).all)]
    for point in points { all[task(point)] = metrics(numbers(point)) }
    return all
  }
}

extension PointMeaning {
  /// Of the nearest row by cosine that is not the point itself.
  package var nearestPercentile: Double? { neighbours.content?.first?.near.first?.percentile }

  /// The point in another model; nil where nobody carried it.
  package func carried(to other: String) -> PointSection<CarriedPoint>? {
    elsewhere.first { $0.model == other }?.carried
  }
}

extension WordsArm {
  /// Behind the names of numbers; nothing for the point itself.
  package var suffix: String {
    switch self {
    case .point: ""
    case .noPoint: "_no_point"
    case .anotherPoint: "_another_point"
    case .shuffled: "_shuffled"
    }
  }
}

private func plain(_ value: Double?, _ reason: String) -> Evaluation {
  value.map { .estimate(Estimate(value: $0, n: 1)) } ?? .notEvaluable(reason: reason)
}

private func share(_ holds: [Bool], _ reason: String) -> Evaluation {
  wilsonMean(holds.map { $0 ? 1 : 0 }).map { .estimate($0) } ?? .notEvaluable(reason: reason)
}

private func mean(_ values: [Double], _ reason: String, largest: Double) -> Evaluation {
  guard !values.isEmpty else { return .notEvaluable(reason: reason) }
  return .estimate(
    studentMean(values, least: 0, largest: largest) ?? Estimate(value: values[0], n: 1))
}

private func median(_ values: [Double], _ reason: String) -> Evaluation {
  guard !values.isEmpty else { return .notEvaluable(reason: reason) }
  return .estimate(medianEstimate(values, Resampling(), .bootstrap))
}
