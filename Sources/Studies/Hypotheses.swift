internal import Alignment
internal import Foundation
internal import Geometry
public import Reports
package import Statistics
internal import Steering
internal import Vocabularies
package import Workflow

extension StudyResults {
  /// Every number that a hypothesis can name, by task and metric, as in `results.json`.
  public var metrics: [String: [String: ResultsFile.Metric]] {
    var metrics: [String: [String: ResultsFile.Metric]] = [:]
    for pair in pairs {
      metrics.merge(PairNumbers(pair).metrics) { first, _ in first }
      metrics["\(pair.name)/match"] = pair.match.metrics(pair.findings.names)
      if let effect = pair.untrained {
        metrics["\(pair.name)/with_untrained"] = effect.with.metrics
        metrics["\(pair.name)/without_untrained"] = effect.without?.metrics
      }
      for curve in pair.curves ?? [] { metrics.merge(curve.metrics) { first, _ in first } }
    }
    for alignment in alignments {
      metrics[alignment.name] = alignment.metrics
      metrics.merge(alignment.classMetrics) { first, _ in first }
    }
    for transfer in transfers { metrics[transfer.name] = transfer.metrics }
    metrics.merge(pointMetrics) { first, _ in first }
    for elm in elms { metrics.merge(elm.metrics) { first, _ in first } }
    for comparison in layers { metrics.merge(comparison.metrics) { first, _ in first } }
    for space in EmbeddingSpace.allCases where pairs.contains(where: { $0.space == space }) {
      let set = ModelSet(self, space: space)
      metrics[set.task] = set.metrics
      metrics.merge(set.pairMetrics) { first, _ in first }
    }
    return metrics
  }
}

extension UntrainedEffect.Headline {
  /// By the keys of the measures' own metrics.
  package var numbers: [String: Evaluation] {
    [
      "orientation": orientation, "cka": cka, "mutual_knn": mutualNeighbours, "lle_cosine": locallyLinear,
    ]
  }

  fileprivate var metrics: [String: ResultsFile.Metric] { numbers.mapValues { .init($0) } }
}

extension MatchSummary {
  /// Counts, and what share of each vocabulary has a partner.
  fileprivate func metrics(_ names: (a: String, b: String)) -> [String: ResultsFile.Metric] {
    [
      "matched": .init(Double(matched)), "used": .init(Double(used)),
      "coverage_a": .init(coverage[0], count: sizes[0], note: "of \(names.a)"),
      "coverage_b": .init(coverage[1], count: sizes[1], note: "of \(names.b)"),
    ]
  }
}

extension AlignmentResult {
  fileprivate var metrics: [String: ResultsFile.Metric] {
    let estimates = [
      "r_squared": scores.r2, "centred_cosine": scores.centredCosine, "norm_ratio": scores.centredNormRatio,
      "shuffled_r_squared": shuffled.r2, "shuffled_p_at_1_csls": shuffled.amongHeldOut.csls.at1,
    ]
    var metrics = estimates.mapValues { ResultsFile.Metric(.estimate($0)) }
    for retrieval in scores.retrieval { metrics.merge(retrieval.metrics) { first, _ in first } }
    metrics["condition_number"] = conditionNumber.map {
      .init($0, note: "of the regressors; no sampling interval")
    }
    metrics["anchors_correct"] = found?.correct.map { .init(.estimate($0)) }
    metrics["anchors_correct_at_start"] = found?.correctAtStart.map { .init(.estimate($0)) }
    return FormerNames.with(metrics)
  }

  /// `SOURCE--TARGET/METHOD/CLASS`.
  fileprivate var classMetrics: [String: [String: ResultsFile.Metric]] {
    let entries = (classes ?? []).map { entry in
      let scores = entry.scores
      return (
        "\(name)/\(entry.tokenClass.rawValue)",
        FormerNames.with(
          [
            "r_squared": scores.r2, "centred_cosine": scores.centredCosine,
            "norm_ratio": scores.centredNormRatio, "p_at_1_csls": scores.amongHeldOut.csls.at1,
            "p_at_10_csls": scores.amongHeldOut.csls.at10,
          ].mapValues { ResultsFile.Metric(.estimate($0)) })
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

extension AlignmentCurve {
  /// `SOURCE--TARGET/METHOD/COUNT-anchors`.
  fileprivate var metrics: [String: [String: ResultsFile.Metric]] {
    let entries = curve.points.map { point in
      (
        "\(name)/\(point.anchorCount)-anchors",
        FormerNames.with(
          [
            "r_squared": point.r2, "uncentred_cosine": point.cosine, "p_at_1": point.nearestNeighbourAt1,
            "p_at_1_csls": point.cslsAt1,
          ].mapValues { ResultsFile.Metric(.estimate($0)) })
      )
    }
    return Dictionary(uniqueKeysWithValues: entries)
  }
}

extension LayerComparison {
  /// `A--B/layers/SAMPLES/NORMALISATION` with every measure's maximum and landmarks, and `A--B/layers/map`; behind both the number of
  /// a layer, `A--B/layers/SAMPLES/MODEL/LAYER`.
  fileprivate var metrics: [String: [String: ResultsFile.Metric]] {
    var metrics: [String: [String: ResultsFile.Metric]] = [:]
    for sample in samples {
      for search in sample.searches {
        let task = task(sample, search.normalisation)
        let measure = search.grid.measure.rawValue
        let p = search.grid.maximum.estimate?.null?.pValue
        metrics[task, default: [:]]["\(measure)_max"] = .init(search.grid.maximum)
        metrics[task, default: [:]]["\(measure)_max_p"] =
          p.map { .init($0, note: "max-T over all layer pairs") }
          ?? .init(notEvaluable: search.grid.maximum.reason ?? "no layer pair is evaluable")
        for (name, evaluation) in zip(["embedding", "half_depth", "last"], search.landmarks) {
          metrics[task, default: [:]]["\(measure)_\(name)"] = .init(evaluation)
        }
        for matched in search.matched {
          metrics["\(task)/\(matched.layers.a)", default: [:]][measure] = .init(matched.evaluation)
        }
      }
      for (model, profiles) in [(a, sample.profilesA), (b, sample.profilesB)] {
        for (layer, profile) in profiles.enumerated() {
          metrics[task(sample, model: model, layer)] = ["mean_cosine": .init(profile.meanCosine)]
        }
      }
    }
    for (landmark, map) in zip(["embedding", "half_depth", "last"], mapLandmarks) {
      metrics["\(name)/layers/map", default: [:]]["r_squared_\(landmark)"] = .init(
        .estimate(map.scores.standardisedR2))
      metrics["\(name)/layers/map", default: [:]]["token_r_squared_\(landmark)"] = .init(
        .estimate(map.scores.tokenR2))
    }
    for map in maps {
      metrics["\(name)/layers/map/\(map.layers.a)"] = FormerNames.with(
        [
          "r_squared": map.scores.standardisedR2, "token_r_squared": map.scores.tokenR2,
          "shuffled_r_squared": map.scores.shuffledR2, "centred_cosine": map.scores.cosine,
          "variance_weighted_r_squared": map.scores.r2,
        ].mapValues { .init(.estimate($0)) })
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
    func metric(_ interval: Estimate?, _ reason: String) -> ResultsFile.Metric {
      interval.map { .init($0.value, lower: $0.lower, upper: $0.upper, count: $0.n) }
        ?? .init(notEvaluable: reason)
    }
    var metrics: [String: ResultsFile.Metric] = [
      "native_slope_equal_divergence": metric(validation.nativeAtOwnDose?.slope, "too few items"),
      "transfer_ratio": metric(validation.transferRatio, TransferResult.noRatio),
      "transfer_ratio_equal_divergence": metric(validation.ratioAtEqualDivergence, TransferResult.noRatio),
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
    for arm in Arm.all {
      metrics[arm.slopeMetric] = metric(validation.result(arm)?.slope, "too few items")
    }
    for arm in validation.arms {
      guard let choice = arm.choice else { continue }
      for (dose, share) in zip(choice.doses, choice.matchIntervals()) {
        metrics[arm.arm.matchMetric(dose)] = metric(share, "too few items")
      }
    }
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
  package init(_ evaluation: Evaluation) {
    guard let estimate = evaluation.estimate else {
      self.init(notEvaluable: evaluation.reason ?? "unknown")
      return
    }
    self.init(
      estimate.value, standardError: estimate.standardError, lower: estimate.lower, upper: estimate.upper,
      count: estimate.n)
  }
}
