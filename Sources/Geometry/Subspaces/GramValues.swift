internal import Statistics

/// The statistics of one ``GramMeasure`` with what was drawn of them.
struct GramValues: Sendable {
  let count: Int
  let rankA: Int
  let rankB: Int
  let observed: [Double]
  /// `[group][statistic]`.
  let leftOut: [[Double]]
  /// `[draw][statistic]`.
  let permuted: [[Double]]
  let options: LinearSimilarityOptions

  /// Statistic `index` as a similarity: at most 1, larger for more alike.
  func similarity(_ index: Int, whitens: Bool = true) -> Evaluation {
    evaluation(index, isCorrelation: true, whitens: whitens) { draws, value in
      .sampled(
        draws, observed: value, maximum: 1, significance: options.significance,
        meaning: "the second model's tokens permuted",
        isOfTokenPermutations: draws.count == permuted.count)
    }
  }

  /// Statistic `index` as a distance: 0 for what the measure cannot tell apart. Normal interval, cut at 0; the
  /// null's p and threshold are of its lower tail.
  func distance(_ index: Int, whitens: Bool) -> Evaluation {
    evaluation(index, isCorrelation: false, whitens: whitens) { draws, value in
      let mirrored = NullDistribution.sampled(
        draws.map { -$0 }, observed: -value, maximum: 0, significance: options.significance, meaning: "")
      return NullDistribution(
        meaning: "the second model's tokens permuted; p is the share of draws as near or nearer",
        mean: -mirrored.mean, standardDeviation: mirrored.standardDeviation, draws: mirrored.draws,
        threshold: mirrored.threshold.map { -$0 }, pValue: mirrored.pValue, calibrated: mirrored.calibrated)
    }
  }

  private func evaluation(
    _ index: Int, isCorrelation: Bool, whitens: Bool, _ null: ([Double], Double) -> NullDistribution
  ) -> Evaluation {
    if whitens, let reason = reasonAgainstWhitening { return .notEvaluable(reason: reason) }
    let value = observed[index]
    guard value.isFinite else { return .notEvaluable(reason: "the value is not a number") }
    let draws = permuted.map { $0[index] }.filter(\.isFinite)
    let null = draws.isEmpty ? nil : null(draws, value)
    var resampling = Resampling()
    (resampling.confidence, resampling.significance) = (options.confidence, options.significance)
    let spread =
      null?.intervalByChance(value, resampling)
      ?? jackknife(
        value, deleteOne: leftOut.map { $0[index] }, isCorrelation: isCorrelation,
        confidence: options.confidence)
    return .estimate(
      Estimate(
        value: value, n: count, standardError: spread?.standardError,
        lower: spread.map { max($0.lower, isCorrelation ? -1 : 0) },
        upper: spread.map { isCorrelation ? min($0.upper, 1) : $0.upper },
        confidence: options.confidence, uncertainty: .groupJackknife,
        null: null))
  }

  /// Why measures that whiten both sides say nothing here; nil when they do.
  ///
  /// Without a group, the tokens must outnumber the directions of both sides together: fewer make some
  /// canonical correlations 1 for any pairing.
  private var reasonAgainstWhitening: String? {
    let fewest = count - (count + GramResampling.groups - 1) / GramResampling.groups
    guard fewest <= rankA + rankB else { return nil }
    return "needs more tokens than the \(rankA) + \(rankB) directions of the two models, got \(count)"
  }
}
