internal import Alignment
internal import Foundation
internal import Geometry
public import Reports
internal import Steering

extension StudyResults {
  /// Every number that a hypothesis can name, by task and metric, as in `results.json`.
  public var metrics: [String: [String: ResultsFile.Metric]] {
    var metrics: [String: [String: ResultsFile.Metric]] = [:]
    for pair in pairs {
      for entry in pair.comparison.similarities {
        metrics["\(pair.name)/\(entry.normalisation.rawValue)"] = values(pair.measures(entry))
      }
      if let effect = pair.untrained {
        metrics["\(pair.name)/with_untrained"] = effect.with.metrics
        metrics["\(pair.name)/without_untrained"] = effect.without?.metrics
      }
      if let linear = pair.comparison.linear {
        metrics["\(pair.name)/linear_similarity"] = values(pair.measures(linear))
      }
      metrics["\(pair.name)/intrinsic_dimension"] = [
        "pearson": .init(pair.comparison.dimensionAgreement.pearson),
        "spearman": .init(pair.comparison.dimensionAgreement.spearman),
      ]
      for dimension in pair.comparison.dimensions {
        metrics["\(pair.name)/intrinsic_dimension/\(dimension.model)"] = [
          "local_pca": .init(dimension.localPCA.mean), "two_nn": .init(dimension.twoNN.fitted),
          "mle": .init(dimension.levinaBickel.dimension),
          "local_pca_of_gaussian": dimension.localPCA.shareOfGaussian,
        ]
      }
      for profile in pair.comparison.profiles?.spaces ?? [] {
        metrics["\(pair.name)/coherence/\(profile.model)"] = [
          "mean": .init(profile.coherence), "with_dimension": .init(profile.coherenceByDimension.correlation),
          "lowest_fifth": .init(profile.coherenceByDimension.lowestFifth),
          "highest_fifth": .init(profile.coherenceByDimension.highestFifth),
        ]
      }
      for alignment in pair.alignments {
        metrics["\(alignment.source)--\(alignment.target)/\(alignment.method)"] = alignment.metrics
        metrics.merge(alignment.classMetrics) { first, _ in first }
      }
      for curve in pair.curves ?? [] { metrics.merge(curve.metrics) { first, _ in first } }
    }
    for transfer in transfers { metrics[transfer.name] = transfer.metrics }
    for comparison in layers { metrics.merge(comparison.metrics) { first, _ in first } }
    for space in EmbeddingSpace.allCases where pairs.contains(where: { $0.space == space }) {
      metrics[space == .input ? "models" : "models.\(space.rawValue)"] = ModelSet(self, space: space).metrics
    }
    return metrics
  }

  /// Every measure by its key; `KEY_null` and `KEY_p`, the mean of its null and its p, and `KEY_calibrated`, all of the stratified
  /// null where there are strata; `KEY_null_plain` of all tokens permuted.
  private func values(_ measures: [Measure]) -> [String: ResultsFile.Metric] {
    var metrics: [String: ResultsFile.Metric] = [:]
    for measure in measures {
      metrics[measure.key] = .init(measure.evaluation)
      guard let estimate = measure.evaluation.estimate, let null = estimate.null else { continue }
      metrics["\(measure.key)_null"] = .init(null.mean, note: null.meaning)
      metrics["\(measure.key)_p"] = null.pValue.map { .init($0, note: null.meaning) }
      metrics["\(measure.key)_calibrated"] = null.calibrated.map { .init($0, note: null.meaning) }
      if let plain = estimate.plainNull {
        metrics["\(measure.key)_null_plain"] = .init(plain.mean, note: plain.meaning)
      }
    }
    return metrics
  }

  /// Holds every hypothesis of a study against the numbers.
  public func check(_ study: Study) -> CheckSummary {
    let metrics = metrics
    let checks = study.hypotheses.map { hypothesis in
      let parts = hypothesis.metric.split(separator: "/").map(String.init)
      let task = parts.dropLast().joined(separator: "/")
      let expectation =
        "\(hypothesis.metric) \(hypothesis.comparison.rawValue) \(hypothesis.threshold)"
      guard let metric = metrics[task]?[parts.last ?? ""] else {
        return CheckSummary.Check(
          group: hypothesis.name, expectation: expectation, observed: "nothing",
          outcome: .notEvaluable("no such metric; tasks are \(metrics.keys.sorted().joined(separator: ", "))")
        )
      }
      guard let value = metric.value else {
        return CheckSummary.Check(
          group: hypothesis.name, expectation: expectation, observed: "nothing",
          outcome: .notEvaluable((metric.note ?? "no value").replacing("not evaluable: ", with: "")))
      }
      let holds = hypothesis.comparison.holds(value, hypothesis.threshold)
      return CheckSummary.Check(
        group: hypothesis.name, expectation: expectation, observed: metric.words,
        outcome: holds ? .passed : .failed)
    }
    return CheckSummary(name: study.name, checks: checks)
  }
}

extension UntrainedEffect.Headline {
  fileprivate var metrics: [String: ResultsFile.Metric] {
    [
      "orientation": .init(orientation), "cka": .init(cka), "mutual_knn": .init(mutualNeighbours),
      "lle_cosine": .init(locallyLinear),
    ]
  }
}

extension IntrinsicDimension {
  /// The mean dimension as a share of that of the covariance-matched Gaussian cloud.
  fileprivate var shareOfGaussian: ResultsFile.Metric {
    guard let estimate = mean.estimate, let gaussian = covarianceReference?.mean, gaussian > 0 else {
      return .init(notEvaluable: mean.reason ?? "no Gaussian cloud was measured")
    }
    return .init(
      estimate.value / gaussian, lower: estimate.lower.map { $0 / gaussian },
      upper: estimate.upper.map { $0 / gaussian }, count: estimate.n)
  }
}

extension AlignmentResult {
  fileprivate var metrics: [String: ResultsFile.Metric] {
    let estimates = [
      "r_squared": scores.r2, "mean_cosine": scores.centredCosine, "norm_ratio": scores.centredNormRatio,
      "shuffled_r_squared": shuffled.r2, "shuffled_p_at_1_csls": shuffled.amongHeldOut.csls.at1,
    ]
    var metrics = estimates.mapValues { ResultsFile.Metric(.estimate($0)) }
    for retrieval in scores.retrieval { metrics.merge(retrieval.metrics) { first, _ in first } }
    metrics["condition_number"] = conditionNumber.map {
      .init($0, note: "of the regressors; no sampling interval")
    }
    metrics["anchors_correct"] = found?.correct.map { .init(.estimate($0)) }
    return metrics
  }

  /// `SOURCE--TARGET/METHOD/CLASS`.
  fileprivate var classMetrics: [String: [String: ResultsFile.Metric]] {
    let entries = (classes ?? []).map { entry in
      let scores = entry.scores
      return (
        "\(source)--\(target)/\(method)/\(entry.tokenClass.rawValue)",
        [
          "r_squared": scores.r2, "mean_cosine": scores.centredCosine,
          "p_at_1_csls": scores.amongHeldOut.csls.at1,
        ].mapValues { ResultsFile.Metric(.estimate($0)) }
      )
    }
    return Dictionary(uniqueKeysWithValues: entries)
  }
}

extension Retrieval {
  /// Named plainly among the held-out tokens; a larger set of candidates is part of the name.
  fileprivate var metrics: [String: ResultsFile.Metric] {
    let precisions = [
      "p_at_1": nearestNeighbour.at1, "p_at_5": nearestNeighbour.at5, "p_at_10": nearestNeighbour.at10,
      "p_at_1_csls": csls.at1, "p_at_5_csls": csls.at5, "p_at_10_csls": csls.at10,
    ]
    return Dictionary(
      uniqueKeysWithValues: precisions.map { name, precision in
        (name + candidates.metricSuffix, ResultsFile.Metric(.estimate(precision)))
      })
  }
}

extension CandidateSet {
  var metricSuffix: String {
    switch self {
    case .heldOut: ""
    case .matched: "_matched"
    case .vocabulary: "_vocabulary"
    }
  }
}

extension AlignmentCurve {
  /// `SOURCE--TARGET/METHOD/COUNT-anchors`.
  fileprivate var metrics: [String: [String: ResultsFile.Metric]] {
    let entries = curve.points.map { point in
      (
        "\(source)--\(target)/\(method)/\(point.anchorCount)-anchors",
        ["r_squared": point.r2, "cosine": point.cosine, "p_at_1_csls": point.cslsAt1]
          .mapValues { ResultsFile.Metric(.estimate($0)) }
      )
    }
    return Dictionary(uniqueKeysWithValues: entries)
  }
}

extension LayerComparison {
  /// `A--B/layers/SAMPLES/NORMALISATION` with every measure's maximum and landmarks, and `A--B/layers/map`.
  fileprivate var metrics: [String: [String: ResultsFile.Metric]] {
    var metrics: [String: [String: ResultsFile.Metric]] = [:]
    for sample in samples {
      for search in sample.searches {
        let task = "\(a)--\(b)/layers/\(sample.kind.rawValue)/\(search.normalisation.rawValue)"
        let measure = search.grid.measure.rawValue
        let p = search.grid.maximum.estimate?.null?.pValue
        metrics[task, default: [:]]["\(measure)_max"] = .init(search.grid.maximum)
        metrics[task, default: [:]]["\(measure)_max_p"] =
          p.map { .init($0, note: "max-T over all layer pairs") }
          ?? .init(notEvaluable: search.grid.maximum.reason ?? "no layer pair is evaluable")
        for (name, evaluation) in zip(["embedding", "half_depth", "last"], search.landmarks) {
          metrics[task, default: [:]]["\(measure)_\(name)"] = .init(evaluation)
        }
      }
    }
    for (name, map) in zip(["embedding", "half_depth", "last"], mapLandmarks) {
      metrics["\(a)--\(b)/layers/map", default: [:]]["r_squared_\(name)"] = .init(
        .estimate(map.scores.standardisedR2))
      metrics["\(a)--\(b)/layers/map", default: [:]]["token_r_squared_\(name)"] = .init(
        .estimate(map.scores.tokenR2))
    }
    return metrics
  }

  private var mapLandmarks: [LayerMapResult] {
    let last = maps.count - 1
    return last < 0 ? [] : [0, last / 2 + last % 2, last].map { maps[$0] }
  }
}

extension TransferResult {
  fileprivate var metrics: [String: ResultsFile.Metric] {
    func metric(_ interval: Interval?, _ reason: String) -> ResultsFile.Metric {
      interval.map { .init($0.value, lower: $0.lower, upper: $0.upper, count: $0.n) }
        ?? .init(notEvaluable: reason)
    }
    var metrics: [String: ResultsFile.Metric] = [
      "slope": metric(validation.result(.transferred)?.slope, "too few items"),
      "native_slope": metric(validation.result(.native)?.slope, "too few items"),
      "native_slope_equal_divergence": metric(validation.nativeAtOwnDose?.slope, "too few items"),
      "shuffled_slope": metric(validation.result(.null(.shuffledMaps))?.slope, "too few items"),
      "transfer_ratio": metric(validation.transferRatio, TransferTables.noRatio),
      "transfer_ratio_equal_divergence": metric(validation.ratioAtEqualDivergence, TransferTables.noRatio),
      "p_value": pValue,
      "p_value_uncorrected": .init(
        judgement.uncorrected,
        note: "against \(judgement.strictestNull.rawValue) at \(judgement.strictestRule.rawValue)"),
      "effect": .init(validation.effect, count: validation.effectItems),
      "standard_score": validation.standardScore.map {
        .init($0, note: "the smallest over three nulls at equal norm and at equal divergence")
      } ?? .init(notEvaluable: "the draws do not vary"),
      "dose_zero_deviation": .init(validation.doseZeroDeviation, note: "zero by construction"),
    ]
    for null in validation.nulls {
      for rule in DoseRule.allCases {
        let slopes = null.slopes(rule)
        metrics[null.null.metric(rule)] = .init(
          slopes.pValue(of: validation.effect), count: slopes.draws, note: "not corrected; n counts draws")
      }
    }
    return metrics
  }

  /// What the verdict rests on; not evaluable where the verdict is not.
  private var pValue: ResultsFile.Metric {
    if case .notEvaluable(let reason) = judgement.verdict { return .init(notEvaluable: reason) }
    return .init(
      judgement.corrected,
      note: "the largest over three nulls at equal norm and at equal divergence, corrected by Holm for "
        + "\(judgement.family) behaviours")
  }
}

extension ResultsFile.Metric {
  /// The metric of a measure: value, standard error, interval and n, or the reason why there is none.
  init(_ evaluation: Evaluation) {
    guard let estimate = evaluation.estimate else {
      self.init(notEvaluable: evaluation.reason ?? "unknown")
      return
    }
    self.init(
      estimate.value, standardError: estimate.standardError, lower: estimate.lower, upper: estimate.upper,
      count: estimate.n)
  }

  fileprivate var words: String {
    let format = NumberFormat.significant(4)
    guard let value, let text = format.text(value) else { return "nothing" }
    guard let lower, let upper, let low = format.text(lower), let high = format.text(upper) else {
      return text
    }
    return "\(text) [\(low), \(high)]"
  }
}
