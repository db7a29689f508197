import ELM
import Foundation
import Reports
import Statistics

/// The tables of `sextant elm judge`.
struct ElmJudgeTables {
  let verdict: ElmVerdict
  let shown: Int

  init(_ verdict: ElmVerdict, shown: Int) { (self.verdict, self.shown) = (verdict, shown) }

  var all: [Table] {
    [recognition, consistency, variety] + (verdict.judgements.count > 1 ? [draws] : [])
      + (shown > 0 ? [examples] : []) + (verdict.ways.isEmpty ? [] : [ways])
      + (verdict.sweeps.isEmpty ? [] : [sweeps, sweepSteps])
      + (verdict.tokens.isEmpty ? [] : [tokens])
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

  /// A row a source, or one that says why there is none.
  private func rows<Row>(
    _ parts: (ElmJudgement.Task) -> [Row], columns: Int, _ cells: (Judged, Row) -> [Table.Cell]
  ) -> [[Table.Cell]] {
    judged.flatMap { judged -> [[Table.Cell]] in
      if let reason = judged.task.reason {
        return [own(judged, "") + Array(repeating: .notEvaluable(reason), count: columns)]
      }
      return parts(judged.task).map { cells(judged, $0) }
    }
  }

  private var confidence: String {
    String(format: "%g %%", 100 * (verdict.judgements.first?.options.confidence ?? 0.95))
  }

  private var recognition: Table {
    let share = NumberFormat.decimals(2)
    return Table(
      "Recognition: the rank of a held-out item's own text among some by its score, and of its vector among those of the items beside its "
        + "text. First: Wilson's interval of \(confidence). 1 / rank and what the vector has more in it: bootstrap over items.",
      columns: Self.own + [
        .init("texts", .integer), .init("text first", .estimate(share)),
        .init("median text rank", .number(.decimals(1))),
        .init("1 / rank", .estimate(share)), .init("vector has more", .estimate(share)),
        .init("vector first", .estimate(share)), .init("median vector rank", .number(.decimals(1))),
      ],
      rows: rows(\.recognition, columns: 7) { judged, row in
        own(judged, row.source.rawValue) + [
          .integer(judged.task.texts), .found(row.textFirst), .number(row.medianTextRank),
          .found(row.reciprocalRank),
          row.less.map { .found($0) } ?? .notEvaluable(Self.itself), .found(row.vectorFirst),
          .number(row.medianVectorRank),
        ]
      })
  }

  private static let itself = "it is what the others are held against"

  private var consistency: Table {
    let two = NumberFormat.decimals(2)
    let method = verdict.judgements.first?.encoder.map { ": \($0)" } ?? ""
    return Table(
      "Consistency: answers as vectors of the domain\(method). SC is their cosine to the item's, both about the mean; rank that of the "
        + "item's vector among all; τ and NDCG@10 the agreement of the orders of items. Means over the answers that can be encoded, bootstrap over items, \(confidence).",
      columns: Self.own + [
        .init("encoded", .integer), .init("SC", .estimate(two)), .init("vector has more", .estimate(two)),
        .init("plain cosine", .estimate(two)), .init("median rank", .number(.decimals(0))),
        .init("τ", .estimate(two)),
        .init("NDCG@10", .estimate(two)),
      ],
      rows: rows(\.consistency, columns: 7) { judged, row in
        let reason = row.consistency.reason ?? ""
        return own(judged, row.source.rawValue) + [
          .integer(row.consistency.estimate?.n ?? 0), .found(row.consistency),
          row.less.map { .found($0) } ?? .notEvaluable(Self.itself), .found(row.plainCosine),
          row.medianRank.map { .number($0) } ?? .notEvaluable(reason), .found(row.kendall), .found(row.ndcg),
        ]
      })
  }

  private var variety: Table {
    let two = NumberFormat.decimals(2)
    let few = "no answer has so many words"
    return Table(
      "Variety and copies: different n-grams over all, words of an answer, the share that is word by word an answer of training, and that shares a "
        + "run of \(TrainingTexts.leastRun) words or more with one; Wilson's interval of \(confidence).",
      columns: Self.own + [
        .init("distinct-1", .number(two)), .init("distinct-2", .number(two)),
        .init("words", .number(.decimals(1))),
        .init("copies", .estimate(two)), .init("runs", .estimate(two)),
      ],
      rows: rows(\.consistency, columns: 5) { judged, row in
        own(judged, row.source.rawValue) + [
          row.distinct1.map { .number($0) } ?? .notEvaluable(few),
          row.distinct2.map { .number($0) } ?? .notEvaluable(few), .number(row.words), .found(row.copies),
          .found(row.runs),
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
    return Table(
      "Over \(verdict.judgements.count) models and seeds: the mean, with the least and the largest in brackets.",
      columns: [
        .init("task"), .init("text first", .estimate(.decimals(2))), .init("SC", .estimate(.decimals(2))),
        .init("SC more than another item's vector", .estimate(.decimals(2))),
      ],
      rows: names.map { name in
        let tasks = verdict.judgements.flatMap(\.tasks).filter { $0.name == name }
        return [
          .text(name), range(tasks.compactMap { $0.recognition.first?.textFirst.value }),
          range(tasks.compactMap { $0.consistency.first?.consistency.value }),
          range(
            tasks.compactMap { task in task.consistency.first { $0.source == .shuffled }?.less?.value }),
        ]
      })
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
    Table(
      "Points moved along the direction of an attribute, and the attribute read back from the answers: Kendall's τ with λ, the mean over held-out "
        + "items, beside random directions of the same length (0 is no effect); bootstrap over items, \(confidence).",
      columns: [
        .init("model"), .init("attribute"), .init("direction foretells", .number(.decimals(2))),
        .init("items", .integer), .init("τ", .estimate(.decimals(2))),
        .init("τ of random directions", .estimate(.decimals(2))),
      ],
      rows: verdict.sweeps.map { named in
        let sweep = named.value
        return [
          .text(named.name), .text(sweep.attribute),
          sweep.heldOut.map { .number($0) } ?? .notEvaluable("held-out items do not vary in it"),
          .integer(sweep.kendall.estimate?.n ?? 0), .found(sweep.kendall), .found(sweep.random),
        ]
      })
  }

  private var sweepSteps: Table {
    Table(
      "What is said on the way, λ by λ: the attribute as it is read back, SC of the answers and the moved points, how far off the manifold these lie (median), "
        + "and the answer to one item.",
      columns: [
        .init("model"), .init("attribute"), .init("λ", .number(.significant(3))),
        .init("read back", .estimate(.decimals(2))), .init("SC", .estimate(.decimals(2))),
        .init("off the manifold", unit: "%", .number(.decimals(0))), .init("item"), .init("answer"),
      ],
      rows: verdict.sweeps.flatMap { named in
        let sweep = named.value
        return sweep.lambdas.indices.map { place -> [Table.Cell] in
          [
            .text(named.name), .text(sweep.attribute), .number(sweep.lambdas[place]),
            .found(sweep.readings[place]), .found(sweep.consistency[place]),
            .number(sweep.offManifold[place]), .text(sweep.item), .text(sweep.answers[place]),
          ]
        }
      })
  }

  private var ways: Table {
    Table(
      "Points between held-out items: SC of the answer and the point, beside the better of the answers to both ends and the better of the ends' true texts; means over "
        + "pairs, bootstrap, \(confidence). Repeated: answers that are one of the ends' word by word. Off the manifold: the median.",
      columns: [
        .init("model"), .init("pairs", .integer), .init("t", .number(.decimals(2))),
        .init("SC", .estimate(.decimals(2))), .init("more than the ends' answers", .estimate(.decimals(2))),
        .init("more than the ends' texts", .estimate(.decimals(2))),
        .init("repeated", .estimate(.decimals(2))),
        .init("off the manifold", unit: "%", .number(.decimals(0))),
        .init("from"), .init("to"), .init("answer"),
      ],
      rows: verdict.ways.flatMap { named in
        let way = named.value
        return zip(way.steps, way.answers).map { step, answer -> [Table.Cell] in
          [
            .text(named.name), .integer(way.pairs), .number(step.share), .found(step.consistency),
            .found(step.moreThanEnds), .found(step.moreThanTexts), .found(step.repeated),
            .number(step.offManifold), .text(way.ends[0]), .text(way.ends[1]), .text(answer),
          ]
        }
      })
  }

  private var tokens: Table {
    Table(
      "What pseudo-tokens are near to, by cosine to the model's tokens. Sameness is 1 where a pseudo-token is the same for all held-out items; named the "
        + "share with the item's name among the 5 nearest; the cosine to what EMB2EMB's map gives, mean over items.",
      columns: [
        .init("model"), .init("pseudo-token", .integer), .init("sameness", .number(.decimals(2))),
        .init("named", .estimate(.decimals(2))), .init("cosine to EMB2EMB", .estimate(.decimals(2))),
        .init("nearest to the mean"),
      ],
      rows: verdict.tokens.flatMap { named in
        named.value.places.map { place in
          [
            .text(named.name), .integer(place.place + 1), .number(place.sameness), .found(place.named),
            .found(place.mapped),
            .text(
              place.nearest.map { "\"\($0.text)\" \(String(format: "%.2f", $0.cosine))" }.joined(
                separator: ", ")),
          ]
        }
      })
  }
}

extension Table.Cell {
  fileprivate static func found(_ estimate: Estimate) -> Table.Cell {
    guard let lower = estimate.lower, let upper = estimate.upper else { return .number(estimate.value) }
    return .estimate(estimate.value, lower: lower, upper: upper)
  }

  fileprivate static func found(_ evaluation: Evaluation) -> Table.Cell {
    evaluation.estimate.map { .found($0) } ?? .notEvaluable(evaluation.reason ?? "unknown")
  }
}
