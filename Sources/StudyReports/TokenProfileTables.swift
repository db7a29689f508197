internal import Geometry
internal import Reports
internal import Statistics
internal import Studies
internal import Vocabularies
internal import Workflow

/// The tables of token profiles; nil where they were not asked for.
struct TokenProfileTables {
  let pair: PairResult
  let numbers: PairNumbers

  private var sides: [(side: Side, model: String)] { Side.allCases.map { ($0, pair.findings.name($0)) } }

  var scales: Table? {
    guard pair.findings(Gride.self, of: .first) != nil else { return nil }
    var table = Table(
      "Intrinsic dimension across scales (GRIDE): from the distances to a token's k-th and 2k-th neighbours. The robust "
        + "error takes tokens for independent, and not to share one dimension; they share neighbours, so that it is the least that the error can be. Beside it a Gaussian cloud with the space's covariance.",
      columns: [
        .init("model"), .init("k", .integer), .init("dimension", .estimate(.decimals(2))),
        .init("robust error", .number(.decimals(2))), .init("covariance cloud", .number(.decimals(2))),
        .init("mean distance", .number(.significant(3))),
        .init("left out", .integer),
      ])
    for (side, model) in sides {
      for scale in pair.findings(Gride.self, of: side)?.scales ?? [] {
        let (task, key) = ("dimension_scales/\(model)", "gride_\(scale.neighbour)")
        table.append(
          [
            .text(model), .integer(scale.neighbour), .evaluation(numbers[task, key]),
            .optional(scale.robustError, "no dimension"), .nullMean(numbers[task, key]),
            .optional(scale.radius, "no distances"),
            .integer(scale.coincident),
          ], task: "\(pair.name)/\(task)", metric: key)
      }
    }
    return table
  }

  var classes: Table? {
    guard let orientation = pair.findings(OrientationByClass.self) else { return nil }
    var table = Table(
      "By class of token: per-token orientation between the models, and Levina–Bickel's dimension in each, beside the mean of as "
        + "many tokens drawn at random. No intervals: the tokens' values depend on one another.",
      columns: [
        .init("what"), .init("class"), .init("tokens", .integer), .init("mean", .estimate(.decimals(3))),
        .init("random tokens", .number(.decimals(3))),
      ])
    let parts: [(what: String, model: String?, key: String, rows: [TokenClassSummary])] =
      [("orientation", nil, "orientation", orientation)]
      + sides.map { side, model in
        ("dimension, \(model)", model, "dimension", pair.findings(DimensionByClass.self, of: side) ?? [])
      }
    for (what, model, key, rows) in parts {
      for row in rows {
        let task = (["classes", row.tokenClass.rawValue] + [model].compactMap { $0 }).joined(separator: "/")
        let mean = numbers[task, key]
        table.append(
          [
            .text(what), .text(row.tokenClass.rawValue), .integer(row.count), .evaluation(mean),
            .nullMean(mean),
          ], task: "\(pair.name)/\(task)", metric: key)
      }
    }
    return table
  }

  var criteria: Table? {
    guard pair.findings(LocalDimensions.self, of: .first) != nil else { return nil }
    var table = Table(
      "Local dimension by other criteria, of the same neighbourhoods as local PCA. They answer other questions and are not to be "
        + "compared with one another: the participation ratio weighs all directions, Fukunaga and Olsen count those above 5 % of the "
        + "largest, Kaiser those above the mean, the gap and the broken stick where the spectrum falls. No intervals: neighbourhoods overlap.",
      columns: [
        .init("model"), .init("criterion"), .init("tokens", .integer), .init("mean", .estimate(.decimals(1))),
      ])
    for (side, model) in sides {
      let task = "dimension_criteria/\(model)"
      for (found, number) in zip(pair.findings(LocalDimensions.self, of: side) ?? [], numbers.of(task)) {
        table.append(
          [
            .text(model), .text(found.criterion.words), .integer(found.perToken.count { $0 != nil }),
            .evaluation(number.evaluation),
          ], task: "\(pair.name)/\(task)", metric: number.key)
      }
    }
    return table
  }

  var withinClasses: Table? {
    guard let found = pair.findings(ClassOrientation.self) else { return nil }
    var table = Table(
      "Orientation within classes of tokens: Pearson's correlation of the two models' cosines over the pairs within the class, without "
        + "what all of a class share. The null permutes the tokens of one model within the class; p is a bound.",
      columns: [
        .init("class"), .init("tokens", .integer),
        .init("orientation", .estimate(.decimals(3)), metric: "orientation_within"),
        .init("p", .number(.significant(2))),
      ])
    for row in found {
      let task = "classes/\(row.tokenClass.rawValue)"
      let orientation = numbers[task, "orientation_within"]
      table.append(
        [
          .text(row.tokenClass.rawValue), .integer(row.count), .evaluation(orientation), .pValue(orientation),
        ], task: "\(pair.name)/\(task)")
    }
    return table
  }

  var coherence: Table? {
    guard pair.findings(NeighbourCoherence.self, of: .first) != nil else { return nil }
    var table = Table(
      "Are neighbourhoods of low dimension coherent? Coherence: the share of a token's known neighbours that are related to it; "
        + "ρ: Spearman's correlation with the token's dimension, p two-sided by permutation. A correlation, not a cause. No intervals: tokens share neighbours.",
      columns: [
        .init("model"), .init("relations"), .init("coherence", .estimate(.decimals(3)), metric: "mean"),
        .init("null mean", .number(.decimals(3))),
        .init("ρ with dimension", .estimate(.decimals(3)), metric: "with_dimension"),
        .init("p", .number(.significant(2))),
        .init("lowest fifth", .estimate(.decimals(3)), metric: "lowest_fifth"),
        .init("highest fifth", .estimate(.decimals(3)), metric: "highest_fifth"),
        .init("unknown tokens", .integer),
      ])
    for (side, model) in sides {
      guard let found = pair.findings(NeighbourCoherence.self, of: side) else { continue }
      let task = "coherence/\(model)"
      let (mean, correlation) = (numbers[task, "mean"], numbers[task, "with_dimension"])
      table.append(
        [
          .text(model), .text(found.relations), .evaluation(mean), .nullMean(mean), .evaluation(correlation),
          .pValue(correlation), .evaluation(numbers[task, "lowest_fifth"]),
          .evaluation(numbers[task, "highest_fifth"]), .integer(found.unknown),
        ], task: "\(pair.name)/\(task)")
    }
    return table
  }
}
