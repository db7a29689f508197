public import Statistics

/// Artificial points that an alarm should tell from rows.
public enum ArtificialPoint: String, Sendable, Codable, CaseIterable {
  /// A random direction, as long as a random row.
  case isotropic = "isotropic, norm of a row"
  /// Gaussian with the rows' mean and covariance.
  case covarianceMatched = "Gaussian, covariance of the rows"
  /// Each coordinate that of a random row: the rows' marginals without their dependence.
  case shuffled = "coordinates shuffled between rows"
  /// Half way between two random rows.
  case interpolated = "half way between two rows"
  /// Half way between a random row and its nearest other.
  case interpolatedNear = "half way between a row and its nearest"
}

/// How well each score tells artificial points from held-out rows.
public struct AlarmPower: Sendable, Equatable, Codable {
  public struct Row: Sendable, Equatable, Codable {
    public let points: ArtificialPoint
    /// nil for the combination of all.
    public let score: OffManifoldScore?
    /// P(score of an artificial point > that of a row) + P(equal)/2, with DeLong's interval (1988); 0.5 is chance.
    public let auroc: Evaluation
    /// Share of the points with p ≤ α, Wilson's interval.
    public let alarmShare: Evaluation
  }

  public let rows: [Row]
  /// Artificial points of each kind.
  public let count: Int
  public let heldOut: Int
}
