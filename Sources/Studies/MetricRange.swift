internal import ELM
internal import Workflow

/// Between what values a number lies whatever is measured.
///
/// Cosines and correlations lie in -1 … 1, shares and p-values in 0 … 1; R² and unbiased similarities have a largest value only.
/// Numbers of which nothing is sure are not here.
enum MetricRange {
  /// - Parameter metric: the name behind the task.
  static func of(_ metric: String) -> ClosedRange<Double>? {
    let parts = ["_p_adjusted", "_max_p", "_p"]
    if metric.hasPrefix("p_value") || parts.contains(where: metric.hasSuffix) || isShare(metric) {
      return 0...1
    }
    if correlations.contains(metric) || layers.contains(metric) || isOfElm(metric, cosinesOfElms) {
      return -1...1
    }
    if atMostOne.contains(metric) || metric.hasPrefix("r_squared") || metric.hasSuffix("_r_squared") {
      return -Double.infinity...1
    }
    return nil
  }

  private static func isShare(_ metric: String) -> Bool {
    metric.hasPrefix("p_at_") || metric.hasPrefix("shuffled_p_at_") || metric.hasPrefix("match_")
      || metric.hasPrefix("pass_at_") || metric.hasPrefix("agreement_") || metric.hasPrefix("words_rank_10")
      || shares.contains(metric) || isOfElm(metric, sharesOfElms)
  }

  private static let shares: Set = [
    "mutual_knn", "jaccard", "coverage_a", "coverage_b", "anchors_correct", "anchors_correct_at_start",
    "cosines_kept", "neighbours_kept", "nearest_kept", "cka_biased", "map_negative_share", "alarm_share",
    "alarm_p_median", "words_identified", "best_score", "best_null",
  ]
  private static let correlations: Set = [
    "orientation", "orientation_spearman", "orientation_within", "lle_cosine", "rsa", "rsa_spearman",
    "second_order_cosine", "mean_cosine", "cosine", "pearson", "spearman", "cophenetic_correlation",
    "neighbour_cosine",
  ]
  private static let layers = Set(
    ["max", "embedding", "half_depth", "last"].map { "orientation_\($0)" })
  private static let sharesOfElms = [
    "text_first", "vector_first", "reciprocal_rank", "named", "copies", "runs", "distinct_1", "distinct_2",
    "ndcg",
  ]
  private static let cosinesOfElms = ["sc", "plain_cosine", "kendall"]

  /// Whether it is one of these, of the vectors or of what they are held against.
  private static func isOfElm(_ metric: String, _ keys: [String]) -> Bool {
    let suffixes = RecognitionSource.allCases.map(\.suffix) + AnswerSource.allCases.map(\.suffix)
    return keys.contains { key in suffixes.contains { metric == key + $0 } }
  }

  private static let atMostOne: Set = ["cka"]

  /// Why no result can fulfil a claim; nil where some can.
  static func fault(of hypothesis: Study.Hypothesis) -> ParameterFault? {
    let metric = hypothesis.metric.split(separator: "/").last.map(String.init) ?? ""
    // Ends of intervals may lie beyond, and so may what is held against a baseline.
    guard hypothesis.bound == nil, hypothesis.tolerance == nil, let range = of(metric),
      case .threshold(let threshold) = hypothesis.reference
    else { return nil }
    let isReached =
      switch hypothesis.comparison {
      case .less: threshold > range.lowerBound
      case .atMost: threshold >= range.lowerBound
      case .greater: threshold < range.upperBound
      case .atLeast: threshold <= range.upperBound
      case .within: true
      }
    guard !isReached else { return nil }
    let words =
      range.lowerBound.isFinite
      ? "in \(Int(range.lowerBound)) … \(Int(range.upperBound))" : "at \(Int(range.upperBound)) or below"
    return ParameterFault(
      expected: "a claim that a number can fulfil: \(metric) always lies \(words)",
      actual: "\(hypothesis.comparison.rawValue) \(threshold)")
  }
}
