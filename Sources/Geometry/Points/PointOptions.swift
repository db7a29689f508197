/// What is near a point, and how.
public enum PointNearness: String, Sendable, Codable, CaseIterable {
  /// ⟨x, r⟩ / (‖x‖ ‖r‖) of the numbers as they are.
  case cosine
  /// -‖x - r‖, in the rows' unit: larger is nearer, as everywhere.
  case euclidean
  /// The cosine of x - μ and r - μ, with μ the mean of the rows.
  case centred = "centred cosine"
  /// The cosine of x - μ and r - μ less their parts in the leading D = d/100 principal components of the rows.
  case allButTheTop = "all-but-the-top cosine"
  /// 2 cos(x, r) - h(r), with h(r) the mean cosine of r to the 10 nearest held-out rows: what is near everything (a hub)
  /// loses its lead. Lample et al. 2018, whose other set are here the held-out rows. Their term of the point itself
  /// is the same for all rows and left out, so values are not cosines.
  case csls
}

/// How the surroundings of a point are measured.
public struct PointOptions: Sendable, Equatable, Codable {
  /// k: neighbours that are listed, and the one whose distance the alarm takes. Larger values smooth the distance.
  public var neighbours = 10
  /// Rows of the neighbourhood that dimension, density and local components are taken from; more than `neighbours`.
  /// Larger values look at a larger ball: less noise, more curvature.
  public var neighbourhood = 100
  /// Directions of the local principal components that count as the manifold's; fewer than `neighbourhood`, and at
  /// most one fewer than the space has dimensions. Larger values leave smaller residuals to points on and off it.
  public var components = 20
  /// Rows held out of the rest, at most a quarter of them: what a point is held against. The smallest p is
  /// 1 / (heldOut + 1); the error of a false-alarm rate of 5 % is about 0.22 / √heldOut.
  public var heldOut = 1999
  /// Level α of the alarm, in (0, 1).
  public var significance = 0.05
  /// Coverage of intervals, in (0, 1).
  public var confidence = 0.95
  /// Draws the rows held out and artificial points.
  public var seed: UInt64 = 1

  public init() {}
}

/// Where a value stands among those of the held-out rows, which are measured as the point is: by the other rows only.
public struct PointStanding: Sendable, Equatable, Codable {
  /// 100 (#{below} + #{equal} / 2) / n, 0 to 100.
  public let percentile: Double
  /// n, the held-out rows that have a value.
  public let among: Int
}
