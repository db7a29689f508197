public import Statistics

/// A point in another model.
public struct PointElsewhere: Sendable, Codable {
  /// The other model's name.
  public let model: String
  public let carried: PointSection<CarriedPoint>
}

/// A point that a map carried into another model.
public struct CarriedPoint: Sendable, Codable {
  /// The map's file.
  public let map: String
  public let method: String
  /// The space that it leads to, in words.
  public let spaceWords: String
  /// Norm of what came out; of a point its distance from the target's mean.
  public let norm: Double
  /// The nearest tokens there, by cosine about the map's mean, or by the logit lens at the block that the map leads to.
  public let nearest: [NearWord]
  /// How `nearest` was found.
  public let nearness: String
  /// Share of the `among` nearest matched tokens here that are also among the nearest there; its null carries the point
  /// through maps of shuffled tokens.
  public let agreement: Evaluation
  /// Matched tokens that were compared on both sides.
  public let among: Int
  /// Of a token's row: the rank of the same token there among all matched ones by cosine, 1 is the nearest.
  public let partner: Partner?
  /// ‖x̃ - x‖ / ‖x‖ about the map's source mean, of what comes back through the reverse map: 0 where nothing is lost.
  public let cycle: PointSection<CycleLoss>

  /// A token near the point, in the other model.
  public struct NearWord: Sendable, Codable {
    public let words: String
    public let score: Double
  }

  /// Where the same token stands among all matched ones.
  public struct Partner: Sendable, Codable {
    public let rank: Int
    public let among: Int
    /// Whether the map was fitted on this very pair; then the rank flatters it.
    public let wasFitted: Bool
  }

  /// What is lost on the way there and back.
  public struct CycleLoss: Sendable, Codable {
    /// The reverse map's file.
    public let map: String
    public let error: Double
    /// The same for held-out rows of the map: the median, and the percentile of the point's error among them.
    public let medianOfHeldOut: Double?
    public let percentile: Double?
  }
}
