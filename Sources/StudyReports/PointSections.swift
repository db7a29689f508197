internal import Foundation
internal import Geometry
internal import Lenses
internal import Points
internal import Reports
internal import Statistics
internal import Studies
internal import Workflow

// The sections of a report about points, ways, relations and lenses, and what they say in words.

extension ReportWriter {
  /// Fewer points are counted, and no share is held against that of rows.
  private static let fewPoints = 10
  /// Points that stand in the report itself; all are in files.
  private static let shownPoints = 40

  mutating func points(_ results: StudyResults) throws {
    if !results.points.isEmpty { document.heading(2, "Points") }
    for group in results.points {
      let tables = PointGroupTables(group: group)
      document.heading(3, "\(group.group) in \(group.model)")
      show(tables.numbers)
      show(tables.points(limit: Self.shownPoints))
      for (ending, table) in tables.files {
        try TextFile.write(table.csv(), to: folder.appending(path: "\(group.stem)\(ending).csv"))
      }
      try TextFile.write(tables.numbers.csv(), to: folder.appending(path: "\(group.stem).numbers.csv"))
      document.paragraph(
        "All numbers of each point are in \(code: "\(group.stem).csv"); beside it "
          + tables.files.dropFirst().map { file -> Markdown in "\(code: "\(group.stem)\(file.ending).csv")" }
          .joined(separator: ", ") + ".")
    }
    if !results.walks.isEmpty { document.heading(2, "Ways between points") }
    for walk in results.walks { try self.walk(walk) }
    try relations(results.relations)
  }

  private mutating func walk(_ named: NamedWalk) throws {
    document.heading(3, "\(named.name) in \(named.walk.model)")
    document.paragraph(named.walk.sentences)
    let stem = "\(named.walk.model).paths.\(named.name)"
    try add(named.walk.stepTable { named.task(step: $0) }, "\(stem).steps")
    try add(named.walk.wayTable(task: named.task), "\(stem).way")
    for (name, figure) in try named.walk.figures() {
      try add(
        figure, "\(stem).\(name.split(separator: ".").last ?? "figure")",
        "\(named.name) in \(named.walk.model), \(named.walk.spaceWords).")
    }
  }

  private mutating func relations(_ models: [ModelRelations]) throws {
    guard !models.isEmpty else { return }
    document.heading(2, "Relations that heads implement")
    var table = Table(
      "Heads that implement relations, told from parameters alone: the share of source tokens whose target is among the k largest products of the "
        + "model's best head (MAPS), with Wilson's 95 % interval, which does not know of the search; p does, by the largest head of each permutation of the targets.",
      columns: [
        .init("model"), .init("relation"), .init("k", .integer), .init("pairs", .integer),
        .init("of", .integer), .init("best head"),
        .init("score", .estimate(.decimals(2)), metric: "best_score"), .init("null", .number(.decimals(3))),
        .init("corrected p", .number(.significant(2))), .init("heads", .integer),
      ])
    for model in models {
      for score in model.scores {
        table.append([.text(model.model)] + score.scores.row(called: score.name), task: model.task(score))
      }
      for (name, heads) in zip(["best", "matrix"], model.scores.map(\.scores).tables(top: 5).dropFirst()) {
        try TextFile.write(
          heads.csv(), to: folder.appending(path: "\(model.model).relations.\(name).csv"))
      }
    }
    try add(table, "relations")
  }

  mutating func lenses(_ results: StudyResults) throws {
    if !results.lenses.isEmpty {
      document.heading(2, "What lenses read")
      let tables = LensStudyTables(lenses: results.lenses)
      try add(tables.scores, "lenses")
      try TextFile.write(tables.layers.csv(), to: folder.appending(path: "lenses.layers.csv"))
    }
    for pair in results.lensPairs {
      let tables = LensPairTables(pair: pair)
      document.heading(2, "The \(pair.comparison.lensA) lenses of \(pair.a) and \(pair.b)")
      try add(tables.directions, "\(tables.stem).directions")
      if let depths = pair.comparison.tables.last {
        try TextFile.write(depths.csv(), to: folder.appending(path: "\(tables.stem).layers.csv"))
      }
      if let vocabularies = tables.vocabularies {
        try add(vocabularies, "\(tables.stem).vocabularies")
      }
    }
  }

  // MARK: - In words

  /// What was found of points and lenses, a sentence or two each.
  func pointFindings(_ results: StudyResults) -> [Markdown] {
    results.points.map(pointFinding) + results.walks.map { "**\($0.name)**: \($0.walk.sentences)" }
      + results.relations.map(relationFinding) + results.lensPairs.flatMap(lensPairFindings)
  }

  /// What points and lenses come to, for the head of the report.
  func pointVerdict(_ results: StudyResults) -> [Markdown] {
    results.points.compactMap(pointSummary)
      + results.walks.map { "**\($0.name) in \($0.walk.model)**: \($0.walk.alarmSentence)" }
      + results.relations.map(relationSummary) + lensVerdict(results.lenses)
  }

  private func words(_ evaluation: Evaluation?) -> Markdown {
    guard let estimate = evaluation?.estimate else { return "not evaluable" }
    return words(estimate.value, estimate.lower, estimate.upper)
  }

  private func percent(_ evaluation: Evaluation?) -> Markdown {
    guard let estimate = evaluation?.estimate else { return "not evaluable" }
    return
      "\(words(100 * estimate.value, estimate.lower.map { 100 * $0 }, estimate.upper.map { 100 * $0 })) %"
  }

  private func pointFinding(_ group: PointGroupResult) -> Markdown {
    let numbers = PointGroupNumbers(group)
    var parts: [Markdown] = [
      "**\(group.group) in \(group.model)** (\(group.points.count) points): \(percent(numbers["alarm_share"]?.evaluation)) raise the alarm, of fresh rows 5 %. "
        + "Median local dimension \(words(numbers["dimension_median"]?.evaluation)), at percentile "
        + "\(words(numbers["dimension_percentile_median"]?.evaluation)) of rows."
    ]
    if group.asksForWords {
      let rank = PointGroupNumbers.rank
      let controls = WordsArm.allCases.dropFirst().map { arm -> Markdown in
        "\(arm.words) \(percent(numbers["words_rank_\(rank)\(arm.suffix)"]?.evaluation))"
      }
      parts.append(
        "By words \(percent(numbers["words_rank_\(rank)"]?.evaluation)) are within rank \(rank) of \(rank * 10 + 1), by chance 9.9 %; by the controls' words: "
          + controls.joined(separator: ", ") + ".")
    }
    for other in group.reached {
      guard let agreement = numbers["agreement_\(other)"] else { continue }
      parts.append(
        "In \(other) \(percent(agreement.evaluation)) of neighbours agree, \(number(agreement.chance.map { 100 * $0.value })) % through maps of shuffled tokens."
      )
    }
    if let nowhere = nowhere(group) { parts.append(nowhere) }
    return parts.joined(separator: " ")
  }

  /// Points that lie nowhere and of which nothing is said beyond the controls.
  private func nowhere(_ group: PointGroupResult) -> Markdown? {
    guard group.asksForWords else { return nil }
    let found = group.points.filter {
      $0.meaning.alarm.content?.isRaised == true
        && $0.meaning.answer?.content.map { $0.verdict != .identified } == true
    }
    guard !found.isEmpty else { return nil }
    let names = found.prefix(8).map { point -> Markdown in "\(point.name)" }
    let more: Markdown = found.count > 8 ? " and \(found.count - 8) more" : ""
    return
      "\(names.joined(separator: ", "))\(more): the alarm is raised and the model's words are no better than the controls', so nothing can be said of what "
      + "\(found.count == 1 ? "it means" : "they mean" as Markdown)."
  }

  private func pointSummary(_ group: PointGroupResult) -> Markdown? {
    let numbers = PointGroupNumbers(group)
    guard let alarm = numbers["alarm_share"]?.evaluation.estimate else { return nil }
    let level = numbers["alarm_share"]?.chance?.value ?? 0.05
    let raised = Int((alarm.value * Double(alarm.n)).rounded())
    let place: Markdown =
      alarm.n < Self.fewPoints
      ? "raise the alarm \(raised) times"
      : (alarm.lower ?? alarm.value) > level
        ? "lie off the rows more often than rows do (\(number(100 * alarm.value)) % raise the alarm)"
        : (alarm.upper ?? alarm.value) < level
          ? "lie off the rows less often than rows do (\(number(100 * alarm.value)) % raise the alarm)"
          : "lie where rows lie (\(number(100 * alarm.value)) % raise the alarm)"
    var sentence: Markdown = "**\(group.group) in \(group.model)**: the \(group.points.count) points \(place)"
    if let told = numbers["words_rank_\(PointGroupNumbers.rank)"]?.evaluation.estimate {
      let controls = WordsArm.allCases.dropFirst().compactMap {
        numbers["words_rank_\(PointGroupNumbers.rank)\($0.suffix)"]?.evaluation.estimate?.upper
      }
      let isTold = controls.allSatisfy { (told.lower ?? told.value) > $0 }
      sentence =
        sentence
        + (isTold
          ? "; the model's words tell them from others better than every control's"
          : "; the model's words are not surely better than the controls'")
    }
    return sentence + "."
  }

  private func relationSummary(_ model: ModelRelations) -> Markdown {
    let scored = model.scores.count { $0.scores.search != nil }
    return
      "**\(model.model)**: of \(scored) relations with enough single tokens \(model.found.count) have a head that implements them beyond permuted targets."
  }

  /// The summary, with the heads.
  private func relationFinding(_ model: ModelRelations) -> Markdown {
    let words = model.found.map { score -> Markdown in
      let best = score.scores.ranked[0]
      return "\(score.name) (head \("\(best.block).\(best.head)"), \(number(100 * best.score.value)) %)"
    }
    return relationSummary(model) + (words.isEmpty ? "" : " They are \(words.joined(separator: ", ")).")
  }

  /// A sentence a set where one model surely reads more, and one for the others.
  private func lensPairFindings(_ pair: LensPairResult) -> [Markdown] {
    var (sure, unsure): ([Markdown], [String]) = ([], [])
    for set in pair.sets {
      guard let k = set.own.a.results.last?.k,
        let own = set.gap(at: k, isShared: false).estimate,
        let shared = set.gap(at: k, isShared: true).estimate
      else { continue }
      let change = GapChange(own: own, shared: shared)
      if change == .neverSure {
        unsure.append(set.own.a.set)
        continue
      }
      sure.append(
        "**\(set.own.a.set), \(pair.comparison.lensA) lens**: what \(pair.a) reads at k = \(k), less what \(pair.b) reads, is \(words(.estimate(own))) among all tokens of each and "
          + "\(words(.estimate(shared))) among the \(set.shared.a.vocabulary) that both know: \(change.rawValue)."
      )
    }
    guard !unsure.isEmpty else { return sure }
    return sure + [
      "**\(unsure.joined(separator: ", ")), \(pair.comparison.lensA) lens**: \(GapChange.neverSure.rawValue), \(pair.a) or \(pair.b), among all tokens or those that both know."
    ]
  }

  /// A sentence a set: which lens reads most in which model, and whether it is beyond chance and random maps.
  private func lensVerdict(_ lenses: [ModelLensEvaluation]) -> [Markdown] {
    lenses.grouped { [$0.evaluation.set, $0.model] }.map { key, lenses in
      let parts = lenses.map { lens -> Markdown in
        guard let result = lens.evaluation.results.last else { return "\(lens.evaluation.lens): nothing" }
        let isBeyondChance = (result.score.null?.pValue ?? 1) <= 0.05
        let isBeyondRandom = result.random.map {
          ($0.upper ?? $0.value) < (result.score.lower ?? result.score.value)
        }
        let doubt: Markdown =
          !isBeyondChance
          ? " (no more than chance)"
          : isBeyondRandom == false ? " (not surely more than between random rotations)" : ""
        return "\(lens.evaluation.lens) \(percent(.estimate(result.score)))\(doubt)"
      }
      return
        "Lenses of \(key[1]) on \(key[0]), share read within rank \(lenses[0].evaluation.results.last?.k ?? 0): \(parts.joined(separator: ", "))."
    }
  }
}

extension ModelRelations {
  /// The relations that some head implements beyond permuted targets.
  fileprivate var found: [Score] {
    scores.filter { ($0.scores.ranked.first?.cell.adjustedPValue ?? 1) <= 0.05 }
  }
}
