internal import Geometry
internal import Reports

/// The tables of one pair of models: match, similarities, shapes, intrinsic dimensions.
struct ComparisonTables {
  let pair: PairResult

  var match: Table {
    let summary = pair.match
    var table = Table(
      "Token match. A pair is one canonical form (surface bytes with a word-start mark) in both vocabularies; "
        + "of forms that occur twice in a vocabulary the lowest id counts.",
      columns: [
        .init("model"), .init("rows", .integer), .init("matched", .integer), .init("unmatched", .integer),
        .init("collisions", .integer), .init("coverage", unit: "%", .number(.decimals(1))),
      ])
    for (index, name) in [pair.a, pair.b].enumerated() {
      table.append([
        .text(name), .integer(summary.sizes[index]), .integer(summary.matched),
        .integer(summary.unmatched[index]),
        .integer(summary.collisions[index]), .number(100 * summary.coverage[index]),
      ])
    }
    return table
  }

  /// What the spaces share and what each looks like, with the names of their files.
  var similarities: [(table: Table, name: String)] {
    let comparison = pair.comparison
    let tables: [(table: Table?, name: String)] = [
      (similarity, "similarity"), (linear, "linear-similarity"), (shapes, "shape"),
      (comparison.isotropy.map(GaugeTables.isotropy), "isotropy"),
      (comparison.gauges.map(GaugeTables.pair), "gauges"),
      (comparison.gauges.map(GaugeTables.spaces), "gauge-stability"),
      (comparison.profiles.map(TokenProfileTables.classes), "token-classes"),
      (comparison.profiles.map(TokenProfileTables.withinClasses), "within-classes"),
      (comparison.profiles.map(TokenProfileTables.scales), "dimension-scales"),
      (comparison.profiles.map(TokenProfileTables.criteria), "dimension-criteria"),
      (comparison.profiles.map(TokenProfileTables.coherence), "coherence"),
    ]
    return tables.compactMap { entry in entry.table.map { ($0, entry.name) } }
  }

  var similarity: Table {
    var table = Table(
      "Similarity over \(pair.comparison.tokens) matched tokens\(pair.comparison.structureWords), with 95 % intervals; n counts "
        + "tokens, or the pairs that were sampled. Neighbour overlaps depend on n: compare them at one n, or calibrated. The null permutes the "
        + "tokens of one model, within the strata where there are some (Spearman over all pairs and biased CKA among all); plain: among all. p is by draws, or bounded by exact moments. "
        + "Adjusted p: for having looked at all neighbour measures (Westfall and Young), which share "
        + "their permutations. Jaccard, rank similarity and cycle k-NN have no interval that covers (docs/coverage.md). Calibrated: 0 at the null's 95 % threshold, 1 at identity.",
      columns: [
        .init("measure"), .init("normalisation"), .init("value", .estimate(.decimals(3))),
        .init("n", .integer), .init("null mean", .number(.significant(2))),
        .init("p", .number(.significant(2))), .init("p is"), .init("plain null", .number(.significant(2))),
        .init("plain p", .number(.significant(2))), .init("adjusted p", .number(.significant(2))),
        .init("calibrated", .number(.decimals(3))),
      ])
    let rows = pair.comparison.similarities.flatMap { entry in
      pair.measures(entry).map {
        (normalisation: entry.normalisation, name: $0.name, evaluation: $0.evaluation)
      }
    }
    let search = MaxT(rows.map(\.evaluation))
    for (index, row) in rows.enumerated() {
      let evaluation = row.evaluation
      table.append([
        .text(row.name), .text(row.normalisation.rawValue), .evaluation(evaluation),
        evaluation.estimate.map { .integer($0.n) } ?? .notEvaluable(evaluation.reason ?? ""),
        .nullMean(evaluation), .pValue(evaluation), .pValueKind(evaluation),
        .nullMean(evaluation.withPlainNull), .pValue(evaluation.withPlainNull),
        .optional(
          search?.cells[index]?.adjustedPValue, "its draws are not of the permutations that are searched over"
        ),
        .calibrated(evaluation),
      ])
    }
    return table
  }

  /// Measures of linear subspaces and shapes; nil where they were not asked for.
  var linear: Table? {
    guard let linear = pair.comparison.linear else { return nil }
    var table = Table(
      "Linear similarity of the raw embeddings over \(pair.comparison.tokens) tokens, 95 % jackknife intervals over groups of "
        + "tokens; the null permutes all tokens of one model, and p cannot be below 1 / (draws + 1). Distances are small "
        + "where spaces are alike.",
      columns: [
        .init("measure"), .init("value", .estimate(.decimals(3))), .init("null mean", .number(.decimals(3))),
        .init("p", .number(.significant(2))), .init("p is"),
      ])
    for (_, name, evaluation) in pair.measures(linear) {
      table.append([
        .text(name), .evaluation(evaluation), .nullMean(evaluation), .pValue(evaluation),
        .pValueKind(evaluation),
      ])
    }
    return table
  }

  var shapes: Table {
    var table = Table(
      "Shape of each space over the same tokens. Anisotropy is the mean cosine of all pairs; the rogue dimension is "
        + "the one that contributes most to it; IsoScore is (participation ratio - 1) / (d - 1).",
      columns: [
        .init("model"), .init("normalisation"), .init("anisotropy", .estimate(.decimals(3))),
        .init("participation ratio", .estimate(.decimals(1))), .init("IsoScore", .estimate(.decimals(3))),
        .init("rogue dimension", .integer), .init("its share", unit: "%", .number(.decimals(1))),
      ])
    for shape in pair.comparison.shapes {
      let rogue = shape.anisotropy.rogueDimensions(1).first
      table.append([
        .text(shape.model), .text(shape.normalisation.rawValue), .evaluation(shape.anisotropy.meanCosine),
        .evaluation(shape.participation.participationRatio), .evaluation(shape.participation.isoScore),
        rogue.map { .integer($0.dimension) } ?? .notEvaluable("no dimensions"),
        // Without anisotropy a share of it says nothing.
        shape.normalisation == .raw
          ? .optional(rogue?.share.map { 100 * $0 }, "the anisotropy is zero")
          : .notEvaluable("the mean is removed, so there is no anisotropy to share"),
      ])
    }
    return table
  }

  var dimensions: Table {
    let sample = pair.comparison.dimensions.first?.localPCA
    var table = Table(
      "Intrinsic dimension, beside the same for Gaussian clouds of as many points: isotropic, and with the space's covariance. Local "
        + "PCA: components for \(percent(sample?.threshold)) of the variance of the \(sample?.k ?? 0) nearest neighbours, over a seeded "
        + "sample of tokens. TwoNN and MLE (Levina, Bickel) go by Euclidean distances; rows with a distance of zero are left out.",
      columns: [
        .init("model"), .init("estimator"), .init("dimension", .estimate(.decimals(1))), .init("n", .integer),
        .init("isotropic cloud", .number(.decimals(1))), .init("covariance cloud", .number(.decimals(1))),
        .init("duplicate rows", .integer),
      ])
    for entry in pair.comparison.dimensions {
      let estimates: [(name: String, dimension: Evaluation, isotropic: Double?)] = [
        ("local PCA", entry.localPCA.mean, entry.localPCA.isotropicReference?.mean),
        ("TwoNN", entry.twoNN.fitted, entry.gaussian.isotropic.twoNN.value),
        ("MLE", entry.levinaBickel.dimension, entry.gaussian.isotropic.levinaBickel.value),
      ]
      for (name, dimension, isotropic) in estimates {
        table.append([
          .text(entry.model), .text(name), .evaluation(dimension),
          dimension.estimate.map { .integer($0.n) } ?? .notEvaluable(dimension.reason ?? ""),
          .optional(isotropic, "too few tokens"), .nullMean(dimension), .integer(entry.duplicates),
        ])
      }
    }
    return table
  }

  var dimensionAgreement: Table {
    Table(
      "Do tokens with many local directions in one model have many in the other? Correlation of the per-token "
        + "dimensions (local PCA), null by permuted tokens. No interval: neighbourhoods overlap, and resampled tokens would give half of the "
        + "error.",
      columns: [
        .init("correlation"), .init("value", .estimate(.decimals(3))), .init("n", .integer),
        .init("p", .number(.significant(2))),
      ],
      rows: [
        ("Pearson", pair.comparison.dimensionAgreement.pearson),
        ("Spearman", pair.comparison.dimensionAgreement.spearman),
      ]
      .map { name, evaluation in
        [
          .text(name), .evaluation(evaluation),
          evaluation.estimate.map { .integer($0.n) } ?? .notEvaluable(evaluation.reason ?? ""),
          .pValue(evaluation),
        ]
      })
  }

  var dimensionHistogram: Figure {
    get throws {
      try .histogram(
        title: "Intrinsic dimension per token: \(pair.a) and \(pair.b)",
        quantity: FigureAxis(
          "components for \(percent(pair.comparison.dimensions.first?.localPCA.threshold)) of the variance"),
        series: pair.comparison.dimensions.map {
          HistogramSeries($0.model, values: $0.localPCA.dimensions.map(Double.init))
        })
    }
  }

  private func percent(_ share: Double?) -> String { "\(Int(((share ?? 0) * 100).rounded())) %" }
}

extension Comparison {
  /// How many groups and strata there are, after the number of tokens.
  fileprivate var structureWords: String {
    guard let structure else { return "" }
    let strata =
      structure.strata.map {
        "; nulls permute within \($0) strata (word start × kind × case × script × tenth of the ids, which stand in for frequency)"
      } ?? ""
    return
      " in \(structure.forms) groups of word forms (equal stems without case and diacritics), which intervals keep together"
      + strata
  }
}

extension Evaluation {
  /// With the null of all tokens permuted in place of the stratified one; itself where there is only one.
  fileprivate var withPlainNull: Evaluation {
    guard let estimate, let plain = estimate.plainNull else { return self }
    return .estimate(
      Estimate(value: estimate.value, n: estimate.n, confidence: estimate.confidence, null: plain))
  }
}
