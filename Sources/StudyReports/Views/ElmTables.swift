package import ELM
internal import Foundation
package import Reports
internal import Statistics
internal import Studies

/// All that was found of some embedding language models.
package struct ElmVerdict: Encodable {
  /// Something that was found of one of them.
  package struct Named<Value: Encodable>: Encodable {
    let name: String
    let value: Value

    package init(name: String, value: Value) { (self.name, self.value) = (name, value) }
  }

  package var judgements: [ElmJudgement] = []
  package var ways: [Named<BetweenItems>] = []
  package var sweeps: [Named<ConceptSweep>] = []
  package var tokens: [Named<PseudoTokenMeaning>] = []

  package init() {}

  init(_ result: ElmResult) {
    judgements = result.judgements
    ways = result.between.map { [Named(name: result.name, value: $0)] } ?? []
    sweeps = result.sweeps.map { Named(name: result.name, value: $0) }
    tokens = result.tokens.map { [Named(name: result.name, value: $0)] } ?? []
  }
}

/// What `sextant elm judge` prints and reports of studies show.
package struct ElmTables {
  let verdict: ElmVerdict
  /// Examples of each task.
  let shown: Int

  package init(_ verdict: ElmVerdict, shown: Int) { (self.verdict, self.shown) = (verdict, shown) }

  /// Those that have rows, with what their files are called.
  package var all: [(name: String, table: Table)] {
    [("recognition", recognition), ("consistency", consistency), ("variety", variety)]
      + (verdict.judgements.count > 1 ? [("draws", draws)] : [])
      + (shown > 0 ? [("examples", examples)] : [])
      + (verdict.ways.isEmpty ? [] : [("between", ways)])
      + (verdict.sweeps.isEmpty ? [] : [("cav", sweeps), ("cav.steps", sweepSteps)])
      + (verdict.tokens.isEmpty ? [] : [("tokens", tokens)])
  }

  private typealias Judged = (judgement: ElmJudgement, task: ElmJudgement.Task)

  private var judged: [Judged] {
    verdict.judgements.flatMap { judgement in judgement.tasks.map { (judgement, $0) } }
  }

  private static let own: [Table.Column] = [
    .init("model"), .init("seed", .integer), .init("task"), .init("source"), .init("items", .integer),
  ]

  private func own(_ judged: Judged, _ source: String) -> [Table.Cell] {
    [
      .text(judged.judgement.name), .integer(Int(clamping: judged.judgement.options.seed)),
      .text(judged.task.name),
      .text(source), .integer(judged.task.items),
    ]
  }

  /// What `results.json` calls the numbers of a task: of one draw, or of one of several.
  private func task(_ judged: Judged) -> String {
    let (judgement, task) = (judged.judgement, judged.task)
    let draws = verdict.judgements.filter { $0.name == judgement.name }.map(\.options.seed)
    return ElmJudgement.Task.path(
      of: judgement.name, task.name,
      draw: draws.count > 1 ? draws.firstIndex(of: judgement.options.seed) : nil)
  }

  /// A row a source, or one that says why there is none.
  private func add<Row>(
    to table: Table, _ parts: (ElmJudgement.Task) -> [(suffix: String, row: Row)],
    cells: (Judged, Row) -> [Table.Cell]
  ) -> Table {
    var table = table
    for judged in judged {
      if let reason = judged.task.reason {
        let count = table.columns.count - Self.own.count
        table.append(
          own(judged, "") + Array(repeating: .notEvaluable(reason), count: count), task: task(judged),
          metric: "")
        continue
      }
      for part in parts(judged.task) {
        table.append(cells(judged, part.row), task: task(judged), metric: part.suffix)
      }
    }
    return table
  }

  private var confidence: String {
    String(format: "%g %%", 100 * (verdict.judgements.first?.options.confidence ?? 0.95))
  }

  private var recognition: Table {
    let share = NumberFormat.decimals(2)
    let table = Table(
      "Recognition: the rank of a held-out item's own text among some by its score, and of its vector among those of the items beside its "
        + "text. First: Wilson's interval of \(confidence). Medians, 1 / rank and what the vector has more in it: bootstrap over items.",
      columns: Self.own + [
        .init("texts", .integer), .init("text first", .estimate(share), metric: "text_first{}"),
        .init("median text rank", .estimate(.decimals(1)), metric: "median_text_rank{}"),
        .init("1 / rank", .estimate(share), metric: "reciprocal_rank{}"),
        .init("vector has more", .estimate(share), metric: "reciprocal_rank_less{}"),
        .init("vector first", .estimate(share), metric: "vector_first{}"),
        .init("median vector rank", .estimate(.decimals(1)), metric: "median_vector_rank{}"),
      ])
    return add(
      to: table, { $0.recognition.map { ($0.source.suffix, $0) } },
      cells: { judged, row in
        own(judged, row.source.rawValue) + [
          .integer(judged.task.texts), .found(row.textFirst), .found(row.medianTextRank),
          .found(row.reciprocalRank), row.less.map { .found($0) } ?? .notEvaluable(Self.itself),
          .found(row.vectorFirst), .found(row.medianVectorRank),
        ]
      })
  }

  private static let itself = "it is what the others are held against"

  private var consistency: Table {
    let two = NumberFormat.decimals(2)
    let method = verdict.judgements.first?.encoder.map { ": \($0)" } ?? ""
    let table = Table(
      "Consistency: answers as vectors of the domain\(method). SC is their cosine to the item's, both about the mean; rank that of the "
        + "item's vector among all, by distance the same by Euclidean distances; τ and NDCG@10 the agreement of the orders of items. Means over the answers that can be encoded, bootstrap over items, \(confidence).",
      columns: Self.own + [
        .init("encoded", .integer), .init("SC", .estimate(two), metric: "sc{}"),
        .init("vector has more", .estimate(two), metric: "sc_less{}"),
        .init("plain cosine", .estimate(two), metric: "plain_cosine{}"),
        .init("median rank", .estimate(.decimals(0)), metric: "median_rank{}"),
        .init("by distance", .estimate(.decimals(0)), metric: "median_distance_rank{}"),
        .init("τ", .estimate(two), metric: "kendall{}"),
        .init("NDCG@10", .estimate(two), metric: "ndcg{}"),
      ])
    return add(
      to: table, { $0.consistency.map { ($0.source.suffix, $0) } },
      cells: { judged, row in
        own(judged, row.source.rawValue) + [
          .integer(row.consistency.estimate?.n ?? 0), .evaluation(row.consistency),
          row.less.map { .evaluation($0) } ?? .notEvaluable(Self.itself), .evaluation(row.plainCosine),
          .evaluation(row.medianRank), .evaluation(row.medianDistanceRank), .evaluation(row.kendall),
          .evaluation(row.ndcg),
        ]
      })
  }

  private var variety: Table {
    let two = NumberFormat.decimals(2)
    let few = "no answer has so many words"
    let table = Table(
      "Names, variety and copies: different n-grams over all, words of an answer, the share that holds the item's name, that is word by word an "
        + "answer of training, and that shares a run of \(TrainingTexts.leastRun) words or more with one; Wilson's interval of \(confidence).",
      columns: Self.own + [
        .init("distinct-1", .number(two)), .init("distinct-2", .number(two)),
        .init("words", .number(.decimals(1))), .init("named", .estimate(two), metric: "named{}"),
        .init("copies", .estimate(two), metric: "copies{}"), .init("runs", .estimate(two), metric: "runs{}"),
      ])
    return add(
      to: table, { $0.consistency.map { ($0.source.suffix, $0) } },
      cells: { judged, row in
        own(judged, row.source.rawValue) + [
          row.distinct1.map { .number($0) } ?? .notEvaluable(few),
          row.distinct2.map { .number($0) } ?? .notEvaluable(few), .number(row.words), .found(row.named),
          .found(row.copies), .found(row.runs),
        ]
      })
  }

  /// Several models or seeds at a glance: the mean, the least and the largest.
  private var draws: Table {
    let names = verdict.judgements.first?.tasks.map(\.name) ?? []
    func range(_ values: [Double]) -> Table.Cell {
      guard let least = values.min(), let largest = values.max() else {
        return .notEvaluable("no draw has it")
      }
      return .estimate(values.reduce(0, +) / Double(values.count), lower: least, upper: largest)
    }
    let models = Set(verdict.judgements.map(\.name))
    var table = Table(
      "Over \(verdict.judgements.count) models and seeds: the mean, with the least and the largest in brackets.",
      columns: [
        .init("task"), .init("text first", .estimate(.decimals(2)), metric: "text_first"),
        .init("SC", .estimate(.decimals(2)), metric: "sc"),
        .init("SC more than another item's vector", .estimate(.decimals(2)), metric: "sc_less_shuffled"),
      ])
    for name in names {
      let tasks = verdict.judgements.flatMap(\.tasks).filter { $0.name == name }
      table.append(
        [
          .text(name), range(tasks.compactMap { $0.recognition.first?.textFirst.value }),
          range(tasks.compactMap { $0.consistency.first?.consistency.value }),
          range(
            tasks.compactMap { task in task.consistency.first { $0.source == .shuffled }?.less?.value }),
        ], task: models.count == 1 ? models.first.map { ElmJudgement.Task.path(of: $0, name) } : nil)
    }
    return table
  }

  private var examples: Table {
    Table(
      "Examples, unedited, the first of those that the seed has drawn. Rank: of the true text among all by what the vector adds.",
      columns: [
        .init("model"), .init("task"), .init("prompt"), .init("true text"), .init("answer"),
        .init("SC", .number(.decimals(2))), .init("rank", .number(.decimals(0))),
      ],
      rows: judged.flatMap { judgement, task in
        task.examples.prefix(shown).map { example in
          [
            .text(judgement.name), .text(task.name), .text(example.prompt), .text(example.truth),
            .text(example.answer + (example.hasEnded ? "" : " …")),
            example.consistency.value.map { .number($0.cosine) }
              ?? .notEvaluable(example.consistency.reason ?? ""),
            .number(example.rank),
          ]
        }
      })
  }

  private var sweeps: Table {
    var table = Table(
      "Points moved along the direction of an attribute, and the attribute read back from the answers: Kendall's τ with λ, the mean over held-out "
        + "items, beside random directions of the same length (0 is no effect); bootstrap over items, \(confidence).",
      columns: [
        .init("model"), .init("attribute"), .init("direction foretells", .number(.decimals(2))),
        .init("items", .integer), .init("τ", .estimate(.decimals(2)), metric: "kendall"),
        .init("τ of random directions", .estimate(.decimals(2)), metric: "kendall_random"),
      ])
    for named in verdict.sweeps {
      let sweep = named.value
      table.append(
        [
          .text(named.name), .text(sweep.attribute),
          sweep.heldOut.map { .number($0) } ?? .notEvaluable("held-out items do not vary in it"),
          .integer(sweep.kendall.estimate?.n ?? 0), .evaluation(sweep.kendall), .evaluation(sweep.random),
        ], task: sweep.task(of: named.name))
    }
    return table
  }

  private var sweepSteps: Table {
    var table = Table(
      "What is said on the way, λ by λ: the attribute as it is read back, SC of the answers and the moved points, how far off the manifold these lie (median), "
        + "and the answer to one item.",
      columns: [
        .init("model"), .init("attribute"), .init("λ", .number(.significant(3))),
        .init("read back", .estimate(.decimals(2)), metric: "reading"),
        .init("SC", .estimate(.decimals(2)), metric: "sc"),
        .init("off the manifold", unit: "%", .estimate(.decimals(0)), metric: "off_manifold"), .init("item"),
        .init("answer"),
      ])
    for named in verdict.sweeps {
      let sweep = named.value
      for place in sweep.lambdas.indices {
        table.append(
          [
            .text(named.name), .text(sweep.attribute), .number(sweep.lambdas[place]),
            .evaluation(sweep.readings[place]), .evaluation(sweep.consistency[place]),
            .found(sweep.offManifold[place]), .text(sweep.item), .text(sweep.answers[place]),
          ], task: sweep.task(of: named.name, lambda: place))
      }
    }
    return table
  }

  private var ways: Table {
    var table = Table(
      "Points between held-out items: SC of the answer and the point, beside the better of the answers to both ends and the better of the ends' true texts; means over "
        + "pairs, bootstrap, \(confidence). Repeated: answers that are one of the ends' word by word. Off the manifold: the median.",
      columns: [
        .init("model"), .init("pairs", .integer), .init("t", .number(.decimals(2))),
        .init("SC", .estimate(.decimals(2)), metric: "sc"),
        .init("more than the ends' answers", .estimate(.decimals(2)), metric: "more_than_ends"),
        .init("more than the ends' texts", .estimate(.decimals(2)), metric: "more_than_texts"),
        .init("repeated", .estimate(.decimals(2)), metric: "repeated"),
        .init("off the manifold", unit: "%", .estimate(.decimals(0)), metric: "off_manifold"),
        .init("from"), .init("to"), .init("answer"),
      ])
    for named in verdict.ways {
      let way = named.value
      for (step, answer) in zip(way.steps, way.answers) {
        table.append(
          [
            .text(named.name), .integer(way.pairs), .number(step.share), .evaluation(step.consistency),
            .evaluation(step.moreThanEnds), .evaluation(step.moreThanTexts), .found(step.repeated),
            .found(step.offManifold), .text(way.ends[0]), .text(way.ends[1]), .text(answer),
          ], task: step.task(of: named.name))
      }
    }
    return table
  }

  private var tokens: Table {
    var table = Table(
      "What pseudo-tokens are near to, by cosine to the model's tokens. Sameness is 1 where a pseudo-token is the same for all held-out items; named the "
        + "share with the item's name among the 5 nearest; the cosine to what EMB2EMB's map gives, mean over items.",
      columns: [
        .init("model"), .init("pseudo-token", .integer), .init("sameness", .number(.decimals(2))),
        .init("named", .estimate(.decimals(2)), metric: "named"),
        .init("cosine to EMB2EMB", .estimate(.decimals(2)), metric: "mapped"), .init("nearest to the mean"),
      ])
    for named in verdict.tokens {
      for place in named.value.places {
        let nearest = place.nearest.map { "\"\($0.text)\" \(String(format: "%.2f", $0.cosine))" }
        table.append(
          [
            .text(named.name), .integer(place.place + 1), .number(place.sameness), .evaluation(place.named),
            .evaluation(place.mapped), .text(nearest.joined(separator: ", ")),
          ], task: place.task(of: named.name))
      }
    }
    return table
  }
}

extension Table.Cell {
  fileprivate static func found(_ estimate: Estimate) -> Table.Cell { .evaluation(.estimate(estimate)) }
}
