internal import Geometry
internal import Lenses
internal import Reports
internal import Statistics
internal import Studies
internal import Workflow

/// What lenses of all models read of all sets.
struct LensStudyTables {
  let lenses: [ModelLensEvaluation]

  private var positions: String {
    lenses.first?.evaluation.positions == "last" ? "the last position" : "the best position"
  }

  /// A row a model, set and lens.
  var scores: Table {
    let ranks = lenses.first?.evaluation.results.map(\.k) ?? []
    var table = Table(
      "What lenses read: the share of an item's intermediates among the k most probable tokens at the best layer and \(positions), the mean over items "
        + "with Wilson's 95 % interval. Chance: another item's intermediates in their place, mean of the draws, with p of the draws that reach the score. "
        + "Random: the same lens between random rotations, its maps' spectrum kept. Median rank: of intermediates at their best, bootstrap over items.",
      columns: [
        .init("model"), .init("set"), .init("lens"), .init("items", .integer), .init("tokens", .integer),
      ]
        + ranks.flatMap { k -> [Table.Column] in
          [
            .init("pass@\(k)", .estimate(.decimals(3)), metric: "pass_at_\(k)"),
            .init("chance@\(k)", .number(.decimals(3))), .init("p@\(k)", .number(.significant(2))),
            .init("random@\(k)", .estimate(.decimals(3)), metric: "pass_at_\(k)_random"),
          ]
        } + [
          .init("median rank", .estimate(.significant(3)), metric: "median_rank"), .init("best layer"),
        ])
    for lens in lenses {
      let evaluation = lens.evaluation
      let best = evaluation.byLayer.max { ($0.score, -$0.layer) < ($1.score, -$1.layer) }
      table.append(
        [
          .text(lens.model), .text(evaluation.set), .text(evaluation.lens), .integer(evaluation.scored),
          .integer(evaluation.vocabulary),
        ]
          + evaluation.results.flatMap { result -> [Table.Cell] in
            let score = Evaluation.estimate(result.score)
            return [
              .evaluation(score), .nullMean(score), .pValue(score),
              .interval(result.random, "it was not asked for"),
            ]
          } + [.score(evaluation.medianRank), .text(best.map { layerWords($0.layer) } ?? "")],
        task: lens.task)
    }
    return table
  }

  /// A row a model, set, lens and layer.
  var layers: Table {
    Table(
      "Each layer by itself: the mean score at the largest k.",
      columns: [
        .init("model"), .init("set"), .init("lens"), .init("layer"), .init("score", .number(.decimals(4))),
      ],
      rows: lenses.flatMap { lens in
        lens.evaluation.byLayer.map {
          [
            .text(lens.model), .text(lens.evaluation.set), .text(lens.evaluation.lens),
            .text(layerWords($0.layer)), .number($0.score),
          ]
        }
      })
  }
}

/// The lenses of two models beside each other.
struct LensPairTables {
  let pair: LensPairResult

  /// What the names of its files begin with.
  var stem: String { "\(pair.a)--\(pair.b).lenses.\(pair.comparison.lensA)" }

  /// The directions of matched tokens: the searches and three pairs of layers.
  var directions: Table {
    let sample = pair.comparison.sample
    var table = Table(
      "The \(pair.comparison.lensA) lenses of \(pair.a) and \(pair.b) over matched tokens, where the vocabularies play no part: the directions that "
        + "promote each of \(sample.n) of \(pair.comparison.matched) tokens, centred. The largest value over all layer pairs with its p by max-T (a maximum has no honest "
        + "interval), and pairs of matched depth with 95 % intervals over tokens.",
      columns: [
        .init("measure"), .init("maximum", .number(.decimals(3))), .init("null", .number(.decimals(3))),
        .init("p", .number(.significant(2))),
        .init("first layers", .estimate(.decimals(3)), metric: "{}_first"),
        .init("half depth", .estimate(.decimals(3)), metric: "{}_half_depth"),
        .init("last layers", .estimate(.decimals(3)), metric: "{}_last"),
      ])
    for search in pair.searches {
      let grid = search.grid
      table.append(
        [
          .text(grid.measure.words),
          .optional(grid.maximum.value, grid.maximum.reason ?? "no layer pair is evaluable"),
          .nullMean(grid.maximum), .pValue(grid.maximum),
        ] + search.landmarks.map { .evaluation($0) }, task: pair.task, metric: grid.measure.rawValue)
    }
    return table
  }

  /// Scores of each model among all its own tokens and among those that both know, with their differences; nil without sets.
  var vocabularies: Table? {
    guard let first = pair.sets.first else { return nil }
    var table = Table(
      "The vocabulary confound: pass@k among all \(first.own.a.vocabulary) tokens of \(pair.a) and \(first.own.b.vocabulary) of \(pair.b), and among the \(first.shared.a.vocabulary) "
        + "that both know (Wilson's intervals). Difference: \(pair.a) less \(pair.b), with Newcombe's interval.",
      columns: [
        .init("set"), .init("k", .integer), .init("\(pair.a), own", .number(.decimals(3))),
        .init("\(pair.b), own", .number(.decimals(3))),
        .init("difference, own", .estimate(.decimals(3)), metric: "gap_at_{}_own"),
        .init("\(pair.a), shared", .estimate(.decimals(3)), metric: "pass_at_{}_\(pair.a)"),
        .init("\(pair.b), shared", .estimate(.decimals(3)), metric: "pass_at_{}_\(pair.b)"),
        .init("difference, shared", .estimate(.decimals(3)), metric: "gap_at_{}_shared"),
      ])
    for set in pair.sets {
      for (index, result) in set.own.a.results.enumerated() {
        table.append(
          [
            .text(set.own.a.set), .integer(result.k), .number(result.score.value),
            .number(set.own.b.results[index].score.value),
            .evaluation(set.gap(at: result.k, isShared: false)), .score(set.shared.a.results[index].score),
            .score(set.shared.b.results[index].score), .evaluation(set.gap(at: result.k, isShared: true)),
          ], task: pair.task(set), metric: "\(result.k)")
      }
    }
    return table
  }
}
