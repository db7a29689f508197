internal import Geometry
internal import Reports
internal import Statistics
internal import Studies
internal import Workflow

/// The tables of one pair of models: match, similarities, shapes, intrinsic dimensions.
struct ComparisonTables {
  let pair: PairResult
  let numbers: PairNumbers

  init(pair: PairResult) { (self.pair, numbers) = (pair, PairNumbers(pair)) }

  /// The sides with their models' names.
  private var sides: [(side: Side, model: String)] { Side.allCases.map { ($0, pair.findings.name($0)) } }

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
    let gauges = GaugeTables(pair: pair, numbers: numbers)
    let profiles = TokenProfileTables(pair: pair, numbers: numbers)
    let tables: [(table: Table?, name: String)] = [
      (similarity, "similarity"), (linear, "linear-similarity"), (shapes, "shape"),
      (gauges.isotropy, "isotropy"), (gauges.pair, "gauges"), (gauges.spaces, "gauge-stability"),
      (profiles.classes, "token-classes"), (profiles.withinClasses, "within-classes"),
      (profiles.scales, "dimension-scales"), (profiles.criteria, "dimension-criteria"),
      (profiles.coherence, "coherence"),
    ]
    return tables.compactMap { entry in entry.table.map { ($0, entry.name) } }
  }

  var similarity: Table {
    var table = Table(
      "Similarity over \(pair.match.used) matched tokens\(pair.structure.words), with 95 % intervals; n counts "
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
    for (number, adjusted) in numbers.similarities {
      let evaluation = number.evaluation
      table.append(
        [
          .text(number.words), .text(number.gauge.rawValue), .evaluation(evaluation), .count(evaluation),
          .nullMean(evaluation), .pValue(evaluation), .pValueKind(evaluation),
          .nullMean(evaluation.withPlainNull), .pValue(evaluation.withPlainNull),
          .optional(adjusted, "its draws are not of the permutations that are searched over"),
          .calibrated(evaluation),
        ], task: "\(pair.name)/\(number.task)", metric: number.key)
    }
    return table
  }

  /// Measures of linear subspaces and shapes; nil where they were not asked for.
  var linear: Table? {
    let found = numbers.of(LinearSimilarity.task)
    guard !found.isEmpty else { return nil }
    var table = Table(
      "Linear similarity of the raw embeddings over \(pair.match.used) tokens, 95 % jackknife intervals over groups of "
        + "tokens; the null permutes all tokens of one model, and p cannot be below 1 / (draws + 1). Distances are small "
        + "where spaces are alike.",
      columns: [
        .init("measure"), .init("value", .estimate(.decimals(3))), .init("null mean", .number(.decimals(3))),
        .init("p", .number(.significant(2))), .init("p is"),
      ])
    for number in found {
      let evaluation = number.evaluation
      table.append(
        [
          .text(number.words), .evaluation(evaluation), .nullMean(evaluation), .pValue(evaluation),
          .pValueKind(evaluation),
        ], task: "\(pair.name)/\(number.task)", metric: number.key)
    }
    return table
  }

  var shapes: Table {
    var table = Table(
      "Shape of each space over the same tokens. Anisotropy is the mean cosine of all pairs; the rogue dimension is "
        + "the one that contributes most to it; IsoScore is (participation ratio - 1) / (d - 1).",
      columns: [
        .init("model"), .init("normalisation"),
        .init("anisotropy", .estimate(.decimals(3)), metric: "anisotropy"),
        .init("participation ratio", .estimate(.decimals(1)), metric: "participation_ratio"),
        .init("IsoScore", .estimate(.decimals(3)), metric: "isoscore"),
        .init("rogue dimension", .integer), .init("its share", unit: "%", .number(.decimals(1))),
      ])
    for gauge in Gauge.plain {
      for (side, model) in sides {
        let rogue = pair.findings(Anisotropy.self, of: side, in: gauge)?.rogueDimensions(1).first
        let task = "shape/\(model)/\(gauge.rawValue)"
        table.append(
          [
            .text(model), .text(gauge.rawValue), .evaluation(numbers[task, "anisotropy"]),
            .evaluation(numbers[task, "participation_ratio"]), .evaluation(numbers[task, "isoscore"]),
            rogue.map { .integer($0.dimension) } ?? .notEvaluable("no dimensions"),
            // Without anisotropy a share of it says nothing.
            gauge == .raw
              ? .optional(rogue?.share.map { 100 * $0 }, "the anisotropy is zero")
              : .notEvaluable("the mean is removed, so there is no anisotropy to share"),
          ], task: "\(pair.name)/\(task)")
      }
    }
    return table
  }

  var dimensions: Table {
    var table = Table(
      "Intrinsic dimension, beside the same for Gaussian clouds of as many points: isotropic, and with the space's covariance. Local "
        + "PCA: components for \(shareOfVariance) of the variance of the \(localPCA?.k ?? 0) nearest neighbours, over a seeded "
        + "sample of tokens. TwoNN and MLE (Levina, Bickel) go by Euclidean distances; rows with a distance of zero are left out.",
      columns: [
        .init("model"), .init("estimator"), .init("dimension", .estimate(.decimals(1))), .init("n", .integer),
        .init("isotropic cloud", .number(.decimals(1))), .init("covariance cloud", .number(.decimals(1))),
        .init("duplicate rows", .integer),
      ])
    for (side, model) in sides {
      let distances = pair.findings(DistanceDimensions.self, of: side)
      let cloud = distances?.gaussian.isotropic
      let estimates: [(name: String, key: String, isotropic: Double?)] = [
        (
          "local PCA", "local_pca",
          pair.findings(IntrinsicDimension.self, of: side)?.isotropicReference?.mean
        ), ("TwoNN", "two_nn", cloud?.twoNN.value), ("MLE", "mle", cloud?.levinaBickel.value),
      ]
      for (name, key, isotropic) in estimates {
        let dimension = numbers["intrinsic_dimension/\(model)", key]
        table.append(
          [
            .text(model), .text(name), .evaluation(dimension), .count(dimension),
            .optional(isotropic, "too few tokens"), .nullMean(dimension),
            .integer(distances?.duplicates ?? 0),
          ], task: "\(pair.name)/intrinsic_dimension/\(model)", metric: key)
      }
    }
    return table
  }

  var dimensionAgreement: Table {
    var table = Table(
      "Do tokens with many local directions in one model have many in the other? Correlation of the per-token "
        + "dimensions (local PCA), null by permuted tokens. No interval: neighbourhoods overlap, and resampled tokens would give half of the "
        + "error.",
      columns: [
        .init("correlation"), .init("value", .estimate(.decimals(3))), .init("n", .integer),
        .init("p", .number(.significant(2))),
      ])
    for (name, key) in [("Pearson", "pearson"), ("Spearman", "spearman")] {
      let evaluation = numbers[IntrinsicDimensionAgreement.task, key]
      table.append(
        [.text(name), .evaluation(evaluation), .count(evaluation), .pValue(evaluation)],
        task: "\(pair.name)/\(IntrinsicDimensionAgreement.task)", metric: key)
    }
    return table
  }

  func dimensionHistogram(_ options: FigureOptions) throws -> Figure {
    try .histogram(
      title: "Intrinsic dimension per token: \(options.label(pair.a)) and \(options.label(pair.b))",
      quantity: FigureAxis("components for \(shareOfVariance) of the variance"),
      series: sides.compactMap { side, model in
        pair.findings(IntrinsicDimension.self, of: side).map {
          HistogramSeries(options.label(model), values: $0.dimensions.map(Double.init))
        }
      })
  }

  private var localPCA: IntrinsicDimension? { pair.findings(IntrinsicDimension.self, of: .first) }

  private var shareOfVariance: String { "\(Int(((localPCA?.threshold ?? 0) * 100).rounded())) %" }
}

extension TokenStructureSummary {
  /// How many groups and strata there are, after the number of tokens.
  fileprivate var words: String {
    let strata =
      strata.map {
        "; nulls permute within \($0) strata (word start × kind × case × script × tenth of the ids, which stand in for frequency)"
      } ?? ""
    return
      " in \(forms) groups of word forms (equal stems without case and diacritics), which intervals keep together"
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
