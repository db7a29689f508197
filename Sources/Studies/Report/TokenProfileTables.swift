internal import Geometry
internal import Reports

/// The tables of token profiles.
enum TokenProfileTables {
  static func scales(_ profiles: TokenProfiles) -> Table {
    var table = Table(
      "Intrinsic dimension across scales (GRIDE): from the distances to a token's k-th and 2k-th neighbours. The robust "
        + "error takes tokens for independent, and not to share one dimension; they share neighbours, so that it is the least that the error can be. Beside it a Gaussian cloud with the space's covariance.",
      columns: [
        .init("model"), .init("k", .integer), .init("dimension", .estimate(.decimals(2))),
        .init("robust error", .number(.decimals(2))), .init("covariance cloud", .number(.decimals(2))),
        .init("mean distance", .number(.significant(3))),
        .init("left out", .integer),
      ])
    for space in profiles.spaces {
      for scale in space.scales {
        table.append([
          .text(space.model), .integer(scale.neighbour), .evaluation(scale.dimension),
          .optional(scale.robustError, "no dimension"), .nullMean(scale.dimension),
          .optional(scale.radius, "no distances"),
          .integer(scale.coincident),
        ])
      }
    }
    return table
  }

  static func classes(_ profiles: TokenProfiles) -> Table {
    var table = Table(
      "By class of token: per-token orientation between the models, and Levina–Bickel's dimension in each, beside the mean of as "
        + "many tokens drawn at random. No intervals: the tokens' values depend on one another.",
      columns: [
        .init("what"), .init("class"), .init("tokens", .integer), .init("mean", .estimate(.decimals(3))),
        .init("random tokens", .number(.decimals(3))),
      ])
    let parts =
      [("orientation", profiles.orientation)]
      + profiles.spaces.map { ("dimension, \($0.model)", $0.dimensions) }
    for (what, rows) in parts {
      for row in rows {
        table.append([
          .text(what), .text(row.tokenClass.rawValue), .integer(row.count), .evaluation(row.mean),
          .nullMean(row.mean),
        ])
      }
    }
    return table
  }

  static func criteria(_ profiles: TokenProfiles) -> Table {
    var table = Table(
      "Local dimension by other criteria, of the same neighbourhoods as local PCA. They answer other questions and are not to be "
        + "compared with one another: the participation ratio weighs all directions, Fukunaga and Olsen count those above 5 % of the "
        + "largest, Kaiser those above the mean, the gap and the broken stick where the spectrum falls. No intervals: neighbourhoods overlap.",
      columns: [
        .init("model"), .init("criterion"), .init("tokens", .integer), .init("mean", .estimate(.decimals(1))),
      ])
    for space in profiles.spaces {
      for result in space.criteria {
        table.append([
          .text(space.model), .text(result.criterion.words),
          .integer(result.perToken.count { $0 != nil }), .evaluation(result.mean),
        ])
      }
    }
    return table
  }

  static func withinClasses(_ profiles: TokenProfiles) -> Table {
    var table = Table(
      "Orientation within classes of tokens: Pearson's correlation of the two models' cosines over the pairs within the class, without "
        + "what all of a class share. The null permutes the tokens of one model within the class; p is a bound.",
      columns: [
        .init("class"), .init("tokens", .integer), .init("orientation", .estimate(.decimals(3))),
        .init("p", .number(.significant(2))),
      ])
    for row in profiles.withinClasses {
      table.append([
        .text(row.tokenClass.rawValue), .integer(row.count), .evaluation(row.pearson), .pValue(row.pearson),
      ])
    }
    return table
  }

  static func coherence(_ profiles: TokenProfiles) -> Table {
    var table = Table(
      "Are neighbourhoods of low dimension coherent? Coherence: the share of a token's known neighbours that are related to it; "
        + "ρ: Spearman's correlation with the token's dimension, p two-sided by permutation. A correlation, not a cause. No intervals: tokens share neighbours.",
      columns: [
        .init("model"), .init("relations"), .init("coherence", .estimate(.decimals(3))),
        .init("null mean", .number(.decimals(3))), .init("ρ with dimension", .estimate(.decimals(3))),
        .init("p", .number(.significant(2))), .init("lowest fifth", .estimate(.decimals(3))),
        .init("highest fifth", .estimate(.decimals(3))), .init("unknown tokens", .integer),
      ])
    for space in profiles.spaces {
      let relation = space.coherenceByDimension
      table.append([
        .text(space.model), .text(space.relations), .evaluation(space.coherence), .nullMean(space.coherence),
        .evaluation(relation.correlation), .pValue(relation.correlation), .evaluation(relation.lowestFifth),
        .evaluation(relation.highestFifth), .integer(space.unknown),
      ])
    }
    return table
  }
}

extension DimensionCriterion {
  fileprivate var words: String {
    switch self {
    case .variance(let share): "\(Int((share * 100).rounded())) % of the variance"
    case .participationRatio: "participation ratio"
    case .fukunagaOlsen(let share): "above \(Int((share * 100).rounded())) % of the largest (Fukunaga, Olsen)"
    case .kaiser: "above the mean (Kaiser)"
    case .largestGap: "largest gap"
    case .brokenStick: "broken stick"
    }
  }
}
