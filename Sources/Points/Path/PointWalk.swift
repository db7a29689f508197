public import Geometry
public import Statistics

/// What happens on the way from one point to another, or along a direction.
public struct PointWalk: Sendable, Codable {
  public let model: String
  /// SHA-256 of the model's file.
  public let modelSHA256: String
  /// Where it begins, in the canonical form.
  public let start: String
  /// Where it ends, or the direction.
  public let towards: String
  public let way: Way
  public let space: PointSpace
  public let spaceWords: String
  public let steps: [Step]
  /// The first position from which on the alarm stays raised; nil where it is not raised at the end.
  public let alarmBegins: Double?
  /// What the rows are that the points are held against, with their count.
  public let heldAgainst: String
  public let heldOut: Int
  /// α of the alarm.
  public let significance: Double
  /// Length of the way over the straight distance of its ends; 1 for a straight one, nil where it ends where it began.
  public let detour: Double?
  /// Shortest way from row to row over the straight distance.
  public let geodesic: Geodesic
  /// Why no step has a divergence; nil where they have.
  public let divergenceGap: PointGap?
  /// Texts that the divergences are means over.
  public let divergenceTexts: Int

  /// The kind of way.
  public enum Way: String, Sendable, Codable {
    /// (1 - t) a + t b.
    case straight
    /// By slerp.
    case spherical
    /// x + αv.
    case along
  }

  /// One point of the way.
  public struct Step: Sendable, Codable {
    /// t or α.
    public let position: Double
    public let norm: Double
    /// The nearest rows by each nearness.
    public let neighbours: [NearTokens]
    /// Of the first nearness: what is near here and was not at the step before, and the other way round.
    public let entered: [String]
    public let left: [String]
    public let alarm: PointAlarm
    /// What the logit lens reads of the point; nil for points that no lens reads.
    public let tokens: [ReadWord]?
    /// Tokens that the lens reads here and did not at the step before, and the other way round.
    public let tokensEntered: [String]
    public let tokensLeft: [String]
    /// KL(model ‖ model with the way so far added at the block, at all positions of neutral texts), nats a token.
    public let divergence: Evaluation?
  }
}

/// A token that a lens reads.
public struct ReadWord: Sendable, Codable, Equatable {
  /// With ▁ for the start of a word.
  public let words: String
  public let probability: Double
}

/// Where a walk leads.
public enum PointGoal: Sendable, Equatable {
  /// To another point in so many steps, both ends among them.
  case point(String, steps: Int, isSpherical: Bool)
  /// Along a direction at these doses.
  case along(String, doses: [Double])
}
