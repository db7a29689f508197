internal import Geometry
public import Lenses
public import Reports
internal import Statistics
public import Workflow

extension LensReading {
  /// Of one position a row a layer with its most probable tokens; of several a column a position with the most probable one.
  public var tables: [Table] {
    let what =
      "\(lens) lens of \(model): each layer's state through W_U norm_f(M h + b), the final norm computed on it. Probabilities "
      + "are the lens's own of this one prompt, with nothing to be estimated; `sextant lens evaluate` sets such readings against chance. "
    return positions.count == 1 ? [single(what)] : [grid(what)]
  }

  private func single(_ what: String) -> Table {
    let width = cells.map(\.top.count).max() ?? 0
    var table = Table(
      what
        + "Position \(positions[0]), the token \"\(tokens[positions[0]])\" of \(tokens.count). KL: from the model's output, in nats.",
      columns: [.init("layer"), .init("KL", unit: "nats", .number(.significant(3)))]
        + (1...max(width, 1)).flatMap { place -> [Table.Column] in
          [.init("token \(place)"), .init("p \(place)", .number(.decimals(3)))]
        })
    for cell in cells {
      let shown = cell.top + Array(repeating: ReadToken?.none, count: max(width, 1) - cell.top.count)
      table.append(
        [.text(layerWords(cell.layer)), .number(cell.divergence)]
          + shown.flatMap { token -> [Table.Cell] in
            guard let token else { return [.text(""), .notEvaluable("no such token")] }
            return [.text(token.text), .number(token.value)]
          })
    }
    return table
  }

  private func grid(_ what: String) -> Table {
    var table = Table(
      what + "In each cell the most probable next token and its probability.",
      columns: [.init("layer")] + positions.map { Table.Column("\($0) \(tokens[$0])") })
    for layer in layers {
      table.append(
        [.text(layerWords(layer))]
          + positions.map { position -> Table.Cell in
            guard let token = cell(layer: layer, position: position)?.top.first else { return .text("") }
            return .text("\(token.text) \(NumberFormat.decimals(2).text(token.value) ?? "")")
          })
    }
    return table
  }
}

extension DirectionReading {
  public var tables: [Table] {
    func number(_ value: Double) -> String { NumberFormat.decimals(1).text(value) ?? "not finite" }
    var table = Table(
      "A direction at layer \(layerWords(layer)) of \(model) through the linear part of the \(lens) lens, W_U (γ ⊙ M v): a direction "
        + "has no norm to divide by. Values: standard deviations of the vocabulary's logits around their mean. The extremes of "
        + "\(randomDraws) random directions are \(number(randomLargest)) and \(number(randomLeast)) in the mean.",
      columns: [
        .init("promoted"), .init("value", .number(.decimals(2))), .init("suppressed"),
        .init("its value", .number(.decimals(2))),
      ])
    for (up, down) in zip(promoted, suppressed) {
      table.append([.text(up.text), .number(up.value), .text(down.text), .number(down.value)])
    }
    return [table]
  }
}

/// Evaluations of one model side by side.
public struct LensEvaluationTables {
  private let model: String
  private let evaluations: [LensEvaluation]

  public init(_ model: String, _ evaluations: [LensEvaluation]) {
    (self.model, self.evaluations) = (model, evaluations)
  }

  public var all: [Table] { [scores, layers] }

  private var scores: Table {
    let position = evaluations.first?.positions == "last" ? "the last position" : "its best position"
    var table = Table(
      "What lenses of \(model) read: the share of an item's intermediates with rank ≤ k at the best layer and \(position), the mean "
        + "over items with Wilson's 95 % interval. Chance: another item's intermediates in its place, mean of the draws, and "
        + "p = (1 + #{draws ≥ score}) / (draws + 1). Random: the same lens between random rotations, its maps' spectrum kept. Median rank: of "
        + "intermediates at their best, bootstrap over items.",
      columns: [
        .init("set"), .init("lens"), .init("items", .integer), .init("left out", .integer),
        .init("tokens", .integer), .init("k", .integer), .init("score", .estimate(.decimals(3))),
        .init("chance", .number(.decimals(3))), .init("p", .number(.significant(2))),
        .init("random", .estimate(.decimals(3))), .init("median rank", .estimate(.significant(3))),
      ])
    for evaluation in evaluations {
      for result in evaluation.results {
        let score = Evaluation.estimate(result.score)
        table.append(
          [
            .text(evaluation.set), .text(evaluation.lens), .integer(evaluation.scored),
            .integer(evaluation.leftOut), .integer(evaluation.vocabulary), .integer(result.k),
            .evaluation(score),
            .nullMean(score), .pValue(score), .interval(result.random, "it was not asked for"),
            .score(evaluation.medianRank),
          ], task: "\(evaluation.set)/\(evaluation.lens)")
      }
    }
    return table
  }

  private var layers: Table {
    var table = Table(
      "The layers by themselves: the mean score at the largest k of the three layers that read most, without a search over layers "
        + "but chosen after the fact, so the best of them is too good by what the choice brings.",
      columns: [.init("set"), .init("lens")]
        + (1...3).flatMap { place -> [Table.Column] in
          [.init("layer \(place)"), .init("score \(place)", .number(.decimals(3)))]
        })
    for evaluation in evaluations {
      let best = evaluation.byLayer.sorted { ($0.score, $1.layer) > ($1.score, $0.layer) }.prefix(3)
      var row: [Table.Cell] = [.text(evaluation.set), .text(evaluation.lens)]
      for layer in best { row += [.text(layerWords(layer.layer)), .number(layer.score)] }
      for _ in best.count..<3 { row += [.text(""), .notEvaluable("the lens has no more layers")] }
      table.append(row)
    }
    return table
  }
}

extension LensComparison {
  /// The searches, and the pairs of matched depth.
  public var tables: [Table] { [searches] + [matchedDepth] }

  private var searches: Table {
    var table = Table(
      "The \(lensA) lens of \(a) and the \(lensB) lens of \(b): the directions that promote each of \(sample.n) of \(matched) matched "
        + "tokens, M_lᵀ (γ ⊙ W_U[t]), centred. The largest value over all layer pairs, against the largest of the grid under the same "
        + "permutations of the second model's tokens (max-T); a maximum has no honest interval from the same tokens.",
      columns: [
        .init("measure"), .init("maximum", .number(.decimals(3))), .init("layer of \(a)"),
        .init("layer of \(b)" + (a == b ? " again" : "")), .init("null of maxima", .number(.decimals(3))),
        .init("p", .number(.significant(2))), .init("calibrated", .number(.decimals(3))),
      ])
    for search in sample.searches {
      let grid = search.grid
      let reason = grid.maximum.reason ?? "no layer pair is evaluable"
      table.append([
        .text(grid.measure.words), .optional(grid.maximum.value, reason),
        grid.best.map { .text(layerWords(layersA[$0.a])) } ?? .notEvaluable(reason),
        grid.best.map { .text(layerWords(layersB[$0.b])) } ?? .notEvaluable(reason),
        .nullMean(grid.maximum), .pValue(grid.maximum), .calibrated(grid.maximum),
      ])
    }
    return table
  }

  private var matchedDepth: Table {
    var table = Table(
      "Layers of matched depth, with 95 % intervals over tokens; null mean: the same under permuted tokens.",
      columns: [.init("layer a"), .init("layer b")]
        + sample.searches.flatMap { search -> [Table.Column] in
          [
            .init(search.grid.measure.words, .estimate(.decimals(3))),
            .init("\(search.grid.measure.words), null mean", .number(.decimals(3))),
          ]
        })
    for (index, pair) in (sample.searches.first?.matched.map(\.layers) ?? []).enumerated() {
      table.append(
        [.text(layerWords(layersA[pair.a])), .text(layerWords(layersB[pair.b]))]
          + sample.searches.flatMap { search -> [Table.Cell] in
            let evaluation = search.matched[index].evaluation
            return [.evaluation(evaluation), .nullMean(evaluation)]
          })
    }
    return table
  }
}

/// What fits found of each layer.
public enum LensFitTables {
  /// How near a tuned lens comes to the final distribution, layer by layer.
  public static func table(_ scores: [TunedFit.Score], model: String) -> Table {
    Table(
      "Tuned lens of \(model): KL(model ‖ lens) on tokens of held-out prompts, in nats, with Student's 95 % interval over prompts. λ and "
        + "the best step were chosen on the same prompts, so the last two columns are a little too good.",
      columns: [
        .init("layer"), .init("logit lens", unit: "nats", .estimate(.decimals(3))),
        .init("ridge", unit: "nats", .estimate(.decimals(3))),
        .init("tuned", unit: "nats", .estimate(.decimals(3))), .init("λ", .number(.significant(2))),
        .init("best step", .integer),
      ],
      rows: scores.map {
        [
          .text(layerWords($0.layer)), .score($0.logitLens), .score($0.ridge), .score($0.tuned),
          .number($0.lambda), .integer($0.bestStep),
        ]
      })
  }

  /// Size and standard error of the mean Jacobian of each layer.
  public static func table(_ scores: [JacobianFit.Score], prompts: Int, model: String) -> Table {
    Table(
      "Jacobian lens of \(model) over \(prompts) \(prompts == 1 ? "prompt" : "prompts"). Standard error: of J over prompts, as a "
        + "share of its Frobenius norm; the passes themselves are exact.",
      columns: [
        .init("layer"), .init("norm of J", .number(.significant(4))),
        .init("standard error", .number(.significant(2))),
      ],
      rows: scores.map {
        [
          .text(layerWords($0.layer)), .number($0.norm),
          .optional($0.relativeError, "one prompt has no spread"),
        ]
      })
  }
}
