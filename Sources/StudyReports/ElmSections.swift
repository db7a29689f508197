internal import Domains
internal import ELM
internal import Reports
internal import Statistics
internal import Stores
internal import Studies
internal import Tensors

// The section of a report about embedding language models, and what it says in words.

extension ReportWriter {
  mutating func elms(_ results: StudyResults, _ study: Study) throws {
    guard !results.elms.isEmpty else { return }
    document.heading(2, "What embedding language models hear")
    try add(ElmStudyTables(elms: results.elms).files, "elms")
    try add(ElmStudyTables(elms: results.elms).scores, "elms.scores")
    for elm in results.elms {
      document.heading(3, elm.name)
      for (name, table) in ElmTables(ElmVerdict(elm), shown: study.elms.examples).all {
        try add(table, "\(elm.name).elms.\(name)")
      }
    }
    document.paragraph(
      "The domains: "
        + results.elms.map(\.file.domain).uniqued { $0.name + $0.recipe }.map { domain -> Markdown in
          "\(domain.name) (\(domain.recipe)), of "
            + domain.sources.map { source -> Markdown in "\(source.name): \(source.licence)" }.joined(
              separator: "; ")
        }.joined(separator: ". ") + ".")
  }

  // MARK: - In words

  /// What they come to, for the head of the report.
  func elmVerdict(_ results: StudyResults) -> [Markdown] {
    results.elms.flatMap { elm in elm.tasks.compactMap { draws in draws.first.map { summary(elm, $0) } } }
  }

  /// The first draw on one task: is there more than another item's vector and the mean vector give?
  private func summary(_ elm: ElmResult, _ draw: ElmResult.Draw) -> Markdown {
    let task = draw.task
    let head: Markdown = "**\(elm.name)**, \(task.name)"
    guard let recognised = task.recognition.first,
      let shuffled = task.recognition.first(where: { $0.source == .shuffled })
    else { return "\(head): not evaluable, because \(task.reason ?? "nothing was judged")." }
    let hears = shuffled.less?.sureSign == 1
    let texts: Markdown =
      "\(head): of \(task.items) held-out items the true text is the likeliest of \(task.texts) for \(share(recognised.textFirst)), "
      + "with another item's vector for \(share(shuffled.textFirst))"
      + (hears ? "" : "; it is not surely heard at all")
    guard let said = task.consistency.first?.consistency.estimate else { return texts + "." }
    let other = task.consistency.first { $0.source == .shuffled }?.less?.estimate
    let retrieval = task.consistency.first { $0.source == .retrieval }?.less?.estimate
    let beaten: Markdown =
      retrieval.map { less -> Markdown in
        switch less.sureSign {
        case 1: ", and more than the nearest training item's own text does"
        case -1: "; the nearest training item's own text, without any model, agrees more"
        default: "; the nearest training item's own text agrees no less"
        }
      } ?? ""
    return texts + ". What it says agrees with the vector (SC) at \(interval(said))"
      + (other.map { less -> Markdown in ", \(interval(less)) more than with another item's" } ?? "") + beaten
      + "."
  }

  /// What was found of points between items, and of attributes.
  func elmFindings(_ results: StudyResults) -> [Markdown] {
    results.elms.flatMap { elm in
      [betweenFinding(elm)].compactMap { $0 }
        + elm.sweeps.map { sweep -> Markdown in
          guard let own = sweep.kendall.estimate, let random = sweep.random.estimate else {
            return
              "**\(elm.name)**, \(sweep.attribute): not evaluable, because \(sweep.kendall.reason ?? sweep.random.reason ?? "no answer can be encoded")."
          }
          let isFollowed = own.sureSign == 1 && (own.lower ?? -1) > (random.upper ?? 1)
          return
            "**\(elm.name)**, \(sweep.attribute): Kendall's τ of how far points are moved and of the attribute in the answers is \(interval(own)), along random "
            + "directions \(interval(random)): "
            + (isFollowed ? "it can be turned up." : "it cannot surely be turned up.")
        }
    }
  }

  private func betweenFinding(_ elm: ElmResult) -> Markdown? {
    guard let middle = elm.between?.steps.min(by: { abs($0.share - 0.5) < abs($1.share - 0.5) }),
      let own = middle.consistency.estimate, let ends = middle.moreThanEnds.estimate,
      let texts = middle.moreThanTexts.estimate
    else { return nil }
    return
      "**\(elm.name)**, between two items: what is said of the middle agrees with it at \(interval(own)), \(interval(ends)) more than what is said of the better end and "
      + "\(interval(texts)) more than the better end's true text."
  }

  private func interval(_ estimate: Estimate) -> Markdown {
    words(estimate.value, estimate.lower, estimate.upper)
  }

  private func share(_ estimate: Estimate) -> Markdown {
    "\(words(100 * estimate.value, estimate.lower.map { 100 * $0 }, estimate.upper.map { 100 * $0 })) %"
  }
}

/// Embedding language models of a study beside each other.
private struct ElmStudyTables {
  let elms: [ElmResult]

  /// How they were trained.
  var files: Table {
    Table(
      "The embedding language models: K pseudo-tokens, the adapter's hidden units (0: linear), the rank of LoRA (0: the language model is frozen), steps of training, and the "
        + "step whose parameters they are.",
      columns: [
        .init("name"), .init("language model"), .init("domain"), .init("items", .integer),
        .init("K", .integer), .init("hidden", .integer), .init("rank", .integer), .init("steps", .integer),
        .init("step", .integer), .init("seed"),
      ],
      rows: elms.map { elm in
        let record = elm.file.record
        let rank = record.weights.first { $0.name.hasSuffix(".lora_a") }?.values.rows ?? 0
        return [
          .text(elm.name), .text(elm.model), .text(record.domain.name), .integer(elm.file.domain.count),
          .integer(record.tokenCount), .integer(record.hidden), .integer(rank), .integer(record.losses.count),
          .integer(record.step), .text("\(record.seed)"),
        ]
      })
  }

  /// A row a file and task, over all draws.
  var scores: Table {
    let two = NumberFormat.decimals(2)
    var table = Table(
      "What they hear, beside what another item's vector, the mean vector and the nearest training item's own text give; over several draws the mean, with "
        + "an interval that holds those of all. Intervals: Wilson's for shares, bootstrap over items for means.",
      columns: [
        .init("name"), .init("task"), .init("items", .integer),
        .init("text first", .estimate(two), metric: "text_first"),
        .init("of another item's vector", .estimate(two), metric: "text_first_shuffled"),
        .init("vector first", .estimate(two), metric: "vector_first"),
        .init("SC", .estimate(two), metric: "sc"),
        .init("more than another item's vector", .estimate(two), metric: "sc_less_shuffled"),
        .init("more than the mean vector", .estimate(two), metric: "sc_less_mean"),
        .init("more than retrieval", .estimate(two), metric: "sc_less_retrieval"),
        .init("true text", .estimate(two), metric: "sc_truth"),
        .init("copies", .estimate(two), metric: "copies"),
      ])
    for elm in elms {
      for draws in elm.tasks {
        guard let first = draws.first?.task else { continue }
        let numbers = elm.numbers(of: draws)
        table.append(
          [.text(elm.name), .text(first.name), .integer(first.items)]
            + table.columns.dropFirst(3).map { .metric(numbers[$0.metric ?? ""]) }, task: elm.task(first.name)
        )
      }
    }
    return table
  }
}

extension Table.Cell {
  fileprivate static func metric(_ metric: ResultsFile.Metric?) -> Table.Cell {
    guard let value = metric?.value else {
      return .notEvaluable(metric?.note?.replacing("not evaluable: ", with: "") ?? "no such number")
    }
    guard let lower = metric?.lower, let upper = metric?.upper else { return .number(value) }
    return .estimate(value, lower: lower, upper: upper)
  }
}

extension Sequence {
  /// The first of each key.
  fileprivate func uniqued(by key: (Element) -> String) -> [Element] {
    var seen: Set<String> = []
    return filter { seen.insert(key($0)).inserted }
  }
}
