internal import Geometry
internal import Reports

/// A measure of a pair of models: its key in `results.json`, its name in tables, its value.
typealias Measure = (key: String, name: String, evaluation: Evaluation)

extension PairResult {
  /// The measures under one normalisation.
  func measures(_ entry: Comparison.Normalised) -> [Measure] {
    var measures: [Measure] = [
      ("orientation", "relative orientation, Pearson", entry.orientation.pearson),
      (
        "orientation_spearman", "relative orientation, Spearman" + ranked(entry.orientation),
        entry.orientation.spearman
      ),
      ("cka", "linear CKA, unbiased", entry.cka.unbiased),
      ("mutual_knn", "mutual \(entry.mutualNeighbours.k)-NN overlap", entry.mutualNeighbours.overlap),
      ("lle_cosine", "LLE weights, mean cosine", entry.locallyLinear.meanCosine),
      ("rebuilt_a", rebuilt(a, with: b, entry.firstRebuilt), entry.firstRebuilt.score),
      ("rebuilt_b", rebuilt(b, with: a, entry.secondRebuilt), entry.secondRebuilt.score),
    ]
    if let rows = entry.representational?.orientation {
      measures += [
        ("rsa", "RSA of row correlations, Pearson", rows.pearson),
        ("rsa_spearman", "RSA of row correlations, Spearman" + ranked(rows), rows.spearman),
        ("cka_biased", "linear CKA, biased", entry.cka.biased),
      ]
    }
    if let graphs = entry.graphs { measures += self.measures(graphs) }
    return measures
  }

  private func measures(_ graphs: NeighbourSimilarity) -> [Measure] {
    [
      ("jaccard", "neighbours, Jaccard", graphs.jaccard),
      ("rank_similarity", "neighbours, rank similarity", graphs.rankSimilarity),
      ("second_order_cosine", "second-order cosine", graphs.secondOrderCosine),
      ("cycle_knn", "cycle k-NN", graphs.cycle), ("cknna", "CKNNA", graphs.cknna),
      ("hubness_a", "hubness of \(a)", graphs.hubnessOfFirst),
      ("hubness_b", "hubness of \(b)", graphs.hubnessOfSecond),
    ]
  }

  /// What bins of ranks can have done to a value over all pairs.
  private func ranked(_ orientation: RelativeOrientation) -> String {
    guard let binning = orientation.binning, let bound = NumberFormat.significant(1).text(binning.worstCase) else {
      return ""
    }
    return " of all pairs, to \(bound)"
  }

  private func rebuilt(_ model: String, with other: String, _ cross: CrossReconstruction) -> String {
    let ceiling = cross.ceiling.flatMap(NumberFormat.decimals(3).text).map { ", \($0) with its own" } ?? ""
    return "\(model) rebuilt with \(other)'s LLE weights, R²\(ceiling)"
  }

  /// The measures of linear subspaces and shapes.
  func measures(_ linear: LinearSimilarity) -> [Measure] {
    let correlation = linear.canonicalCorrelation
    let measures: [Measure] = [
      ("mean_cca", "mean canonical correlation", correlation.meanCCA),
      ("svcca", "SVCCA", correlation.svcca), ("pwcca", "PWCCA", correlation.pwcca),
      ("regression_a_from_b", "linear regression, \(a) from \(b)", linear.linearRegression.firstFromSecond),
      ("regression_b_from_a", "linear regression, \(b) from \(a)", linear.linearRegression.secondFromFirst),
      ("eigenspace_overlap", "eigenspace overlap", linear.eigenspaceOverlap.overlap),
    ]
    let shapes = linear.shapeDistance.shapes.map { shape -> Measure in
      ("shape_angle_\(shape.alpha)", "shape distance, α = \(shape.alpha) (rad)", shape.angle)
    }
    let predictions = linear.gulp.regressions.map { regression -> Measure in
      ("gulp_\(regression.lambda)", "GULP, cosine, λ = \(regression.lambda)", regression.similarity)
    }
    return measures + shapes + predictions
  }
}
