public import Statistics
public import Tensors

/// A way through a space, as the points at its steps.
public enum PointWay: Sendable, Equatable {
  /// x + αv for doses α.
  case along(point: [Float], direction: [Float], doses: [Double])
  /// (1 - t) a + t b.
  case straight(from: [Float], to: [Float], at: [Double])
  /// Directions by spherical interpolation, sin((1-t)θ) â / sin θ + sin(tθ) b̂ / sin θ, norms by linear interpolation.
  case spherical(from: [Float], to: [Float], at: [Double])
  /// Points as they are, such as one token's states layer by layer.
  case points(Matrix<Float>)
}

/// What happens along a way.
public struct PointPath: Sendable, Equatable, Codable {
  public struct Step: Sendable, Equatable, Codable {
    /// α, t, or the point's number.
    public let position: Double
    public let norm: Double
    /// One list a nearness that was asked for.
    public let neighbours: [PointNeighbours]
    /// Rows that are neighbours here and were not at the step before, by the first nearness; all of them at the first step.
    public let entered: [Int]
    /// Rows that were neighbours at the step before and are not here.
    public let left: [Int]
    public let alarm: PointAlarm
  }

  public let steps: [Step]
  /// The first position at which the alarm is raised and stays raised to the end; nil where it is not at the end.
  public let alarmBegins: Double?
  /// Σ ‖steps‖ / ‖end - start‖: 1 for a straight way; nil where it ends where it began.
  public let detour: Double?
  /// Between the ends, along the rows; see ``Geodesic``.
  public let geodesic: Geodesic
}

/// How curved the rows lie between two points: the shortest way from row to row over the straight distance.
///
/// The graph joins each of a sample of rows, and both points, with its k nearest of the sample by Euclidean distance (Tenenbaum, de
/// Silva, Langford 2000); edges count as long as they are. A ratio near 1 says that rows lie all along the straight line; sparse rows alone
/// make it larger, so it is held against pairs of rows of the same sample.
public struct Geodesic: Sendable, Equatable, Codable {
  /// Ratio ≥ 1, the mean over samples, with Student's interval over them; not evaluable where the points coincide or no way joins them.
  public let ratio: Evaluation
  /// Where the ratio stands among pairs of random rows of the samples; nil without a ratio.
  public let standing: PointStanding?
  /// Rows of each sample.
  public let sampleRows: Int
}
