public import Statistics

/// What surrounds a point: its m nearest rows by Euclidean distance, itself left out.
///
/// Every number has its standing among the held-out rows, which are measured in the same way.
public struct PointNeighbourhood: Sendable, Equatable, Codable {
  /// m.
  public let size: Int
  /// Distance to the m-th row, in the rows' unit.
  public let radius: PointMeasure
  /// Levina, Bickel 2004: (m - 1) / Σ log(r_m / r_j). The interval is exact for points that are uniform in a ball around it:
  /// then the sum is Gamma(m - 1, 1/dimension).
  public let dimension: PointMeasure
  /// (Σλ)² / Σλ² of the neighbourhood's covariance; delete-one jackknife over its rows. Of m points it sees less than the true
  /// number of directions: compare it with its standing.
  public let participationRatio: PointMeasure
  /// Eigenvalues of the covariance of the neighbourhood (divisor m - 1), descending; min(m - 1, d) of them, squared unit.
  public let spectrum: [Double]
  /// log f with f = (m - 1) / (n V_D r_m^D), D the one dimension ``PointReference/commonDimension`` for all points, V_D the volume of its unit ball, and r in units
  /// of the median radius of the held-out rows: nats. The interval is exact for points uniform in the ball: n f's denominator is Gamma(m).
  public let logDensity: PointMeasure
  /// Locally linear weights over the k nearest rows, nearest first (Roweis, Saul 2000); they sum to 1.
  public let weights: [Weight]
  /// ‖x - Σ wⱼ rⱼ‖ / ‖x - mean of the rⱼ‖: 0 where the neighbours span the point, 1 where the weights do no better than equal ones.
  public let reconstructionError: PointMeasure

  public struct Weight: Sendable, Equatable, Codable {
    public let row: Int
    public let weight: Double
  }
}

/// A number of a point with its uncertainty, or why there is none, and where it stands among held-out rows.
public struct PointMeasure: Sendable, Equatable, Codable {
  public let value: Evaluation
  /// nil where there is no value.
  public let standing: PointStanding?
}
