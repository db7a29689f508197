internal import Reports

/// Metrics that were called otherwise before: results.json has both names, and a hypothesis may use either.
enum FormerNames {
  /// The cosine about the mean of a map, and that of a learning curve, which is not about it.
  private static let ofMetrics = ["centred_cosine": "mean_cosine", "uncentred_cosine": "cosine"]

  /// The names with those that they had before.
  static func with(_ names: Set<String>) -> Set<String> { names.union(names.compactMap { ofMetrics[$0] }) }

  /// The metrics under both names.
  static func with(_ metrics: [String: ResultsFile.Metric]) -> [String: ResultsFile.Metric] {
    var all = metrics
    for (name, former) in ofMetrics { if let metric = metrics[name] { all[former] = metric } }
    return all
  }
}
