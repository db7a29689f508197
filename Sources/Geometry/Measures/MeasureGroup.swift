/// Measures that a comparison takes on request, because they cost more or answer a narrower question.
public enum MeasureGroup: String, Sendable, Codable, CaseIterable {
  /// Jaccard, rank similarity, second-order cosine, cycle-kNN, CKNNA and hubness of the neighbour graphs.
  case neighbourGraphs = "neighbour-graphs"
  /// Spearman's correlation over all pairs of tokens instead of a sample of them: O(n² d).
  case allPairRanks = "all-pair-ranks"
  /// The similarities in the forms that other tools report: representational similarity with row correlations, biased CKA.
  case representationalSimilarity = "representational-similarity"
  /// Canonical correlation, shape distances, linear regression and eigenspace overlap.
  case linearSimilarity = "linear-similarity"
  /// IsoScore*, partition score and norms by frequency rank of each space.
  case isotropy
  /// The similarities, and each space's own neighbours, in six gauges: raw, centred, standardised, all but the top,
  /// whitened, causal.
  case gauges
  /// Dimension across scales (GRIDE), dimension and orientation by class of token, semantic coherence.
  case tokenProfiles = "token-profiles"

  /// The names, as options take them.
  public static var names: String { allCases.map(\.rawValue).joined(separator: ", ") }
}
