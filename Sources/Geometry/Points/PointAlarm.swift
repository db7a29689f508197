/// What marks a point that lies where no rows are.
public enum OffManifoldScore: String, Sendable, Codable, CaseIterable {
  /// Euclidean distance to the k-th nearest row.
  case neighbourDistance = "distance to the k-th neighbour"
  /// 1 less the cosine of x - μ and r - μ for the k-th nearest row by it: what points where few rows do, however long it is.
  case neighbourAngle = "angle to the k-th neighbour"
  /// √((x - μ)ᵀ Σ̂⁻¹ (x - μ)) with the covariance shrunk as Ledoit and Wolf (2004) do.
  case mahalanobis = "Mahalanobis distance"
  /// What the leading local principal components around the point leave of it: ‖(I - VᵀV)(x - m)‖, with m and V those of
  /// its neighbourhood.
  case localResidual = "residual of the local components"
  /// Minus the Mahalanobis distance: means and interpolations of rows lie nearer to the centre than rows do, where the
  /// other scores see nothing.
  case centrality = "nearness to the centre"
}

/// Whether a point lies where rows of the space lie, by split conformal p-values.
///
///     p = (1 + #{i : sᵢ ≥ s(x)}) / (n + 1)   over the n held-out rows
///
/// *Guarantee*: the scores' ingredients (neighbours, mean, covariance) are taken from the rows that are not held out. A fresh point
/// that is drawn as the held-out rows were (one of a random sample of the same population, at random) is exchangeable with them given those
/// ingredients, so P(p ≤ α) ≤ α for every score whatever the distribution, and ≥ α - 1/(n+1) without ties. It is a guarantee
/// on average over rows and draws: not for every kind of row, not for every held-out sample, and none for points that were chosen by looking.
/// With groups (states of one prompt), whole groups are held out, one row of each counts, and "fresh" means a random row of a fresh group.
///
/// A point that *is* a row of the space is left out of its own neighbours, mean and covariance (with its group), so that a token has no advantage.
/// A held-out row is held against the others. Such a row's p is exactly valid if it was held out, and valid up to one row's weight
/// among the rest (1 of n_rows) otherwise.
///
/// *Combination*: ranks of each score among the n + 1 points, a point's ranks in descending order as its statistic (the largest decides, the
/// next where it ties), and the p-value of that statistic: symmetric in the points, so exact as each score is, with dependence of the scores taken in. Vovk, Gammerman, Shafer 2005;
/// Bates, Candès, Lei, Romano, Sesia 2023.
public struct PointAlarm: Sendable, Equatable, Codable {
  /// One score of the point, with its p-value.
  public struct Score: Sendable, Equatable, Codable {
    public let score: OffManifoldScore
    /// In the rows' unit; angle and Mahalanobis distance have none.
    public let value: Double
    /// Conformal; small where rows hardly ever score so high.
    public let pValue: Double
  }

  public let scores: [Score]
  /// Of the largest rank.
  public let pValue: Double
  /// min(1, number of scores · smallest p): valid as well, and larger where the scores depend on one another.
  public let bonferroni: Double
  /// n, the held-out rows that count.
  public let heldOut: Int
  /// α.
  public let significance: Double

  /// Whether `pValue` ≤ α.
  public var isRaised: Bool { pValue <= significance }
}
