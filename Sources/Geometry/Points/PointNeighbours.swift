/// One row near a point.
public struct PointNeighbour: Sendable, Equatable, Codable {
  /// Its number among the rows of the space.
  public let row: Int
  /// By the list's ``PointNearness``; larger is nearer.
  public let score: Double
  /// Where the score stands among the scores of the neighbours of the same rank of the held-out rows: 50 is as near as rows
  /// usually have theirs, 100 nearer than all of them. nil where no held-out row has a score.
  public let standing: PointStanding?
  /// How often the row is one of the k nearest, by cosine, of the held-out rows.
  public let hub: HubCount
}

/// How many held-out rows a row is a neighbour of, beside what chance gives.
public struct HubCount: Sendable, Equatable, Codable {
  /// Held-out rows that have it among their k nearest.
  public let occurrences: Int
  /// Held-out rows that could.
  public let among: Int
  /// occurrences · n_rows / (among · k): how many times as often as a row is on average.
  public let times: Double
  /// P(at least so many) where each held-out row drew its neighbours at random (binomial).
  public let pValue: Double
}

/// The rows near a point by one nearness, nearest first.
public struct PointNeighbours: Sendable, Equatable, Codable {
  public let nearness: PointNearness
  /// Rows with the very numbers of the point. The first of them is taken as the point itself and is no neighbour of it;
  /// others, its copies, are neighbours like all rows.
  public let identical: [Int]
  public let neighbours: [PointNeighbour]
  /// Why there is no list: the point is zero in this gauge, so that no cosine means anything. nil where there is one.
  public let reason: String?
}
