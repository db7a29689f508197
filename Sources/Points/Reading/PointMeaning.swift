public import Geometry
public import Lenses
public import Vocabularies

/// What a point of a model means: one member a section of the report, each with its controls, or with the reason why it isn't there.
public struct PointMeaning: Sendable, Codable {
  /// The model's name.
  public let model: String
  /// SHA-256 of the model's file.
  public let modelSHA256: String
  public let point: PointSummary
  /// The sections in plain words.
  public internal(set) var verdict: [String] = []
  /// One list a nearness.
  public let neighbours: PointSection<[NearTokens]>
  public let alarm: PointSection<PointAlarm>
  public let neighbourhood: PointSection<PointNeighbourhood>
  /// What each lens reads of it.
  public let lenses: [PointLens]
  /// What the model says in the point's place, with its controls; nil where it was not asked.
  public let answer: PointSection<AnswerInWords>?
  /// The same point in other models, one entry a model that is imported.
  public internal(set) var elsewhere: [PointElsewhere]
}

/// What the point is.
public struct PointSummary: Sendable, Codable {
  /// The expression in its canonical form.
  public let expression: String
  public let space: PointSpace
  /// The space in words.
  public let spaceWords: String
  /// Whether its weights sum to zero, so that it is a direction and no place.
  public let isDirection: Bool
  /// Sum of the weights of points in the expression.
  public let weight: Double
  /// d_model.
  public let width: Int
  /// Euclidean.
  public let norm: Double
  /// Where the norm stands among those of what it is held against; nil for a direction, which has no place among points.
  public let normPercentile: Double?
  /// What it is held against, in words, with its count.
  public let heldAgainst: String?
  /// The token whose row it is, with ▁ for the start of a word; nil for anything else.
  public let token: String?
  /// The tokens of the prompt with the one that is read in brackets; nil for anything but a state.
  public let prompt: String?
  /// What could not be checked, a sentence each.
  public let notes: [String]
}

/// The rows near a point by one nearness, as words.
public struct NearTokens: Sendable, Codable {
  /// One row near the point.
  public struct Near: Sendable, Codable {
    /// A token with ▁ for the start of a word, or the end of the text whose state it is.
    public let words: String
    /// Row of the store; nil for states of texts.
    public let row: Int?
    /// By the list's nearness; larger is nearer.
    public let score: Double
    /// Where the score stands among the scores of the same rank of held-out rows; 100 is nearer than all of them. Nil where no
    /// held-out row has a score.
    public let percentile: Double?
    /// How often it is one of the nearest of held-out rows, times what is usual.
    public let hubTimes: Double
    public let hubPValue: Double
    /// What kind of token it is; nil for states.
    public let tokenClass: TokenClass?
    /// The script that most of its letters have, for tokens with letters.
    public let script: String?
  }

  public let nearness: PointNearness
  /// Rows with the very numbers of the point: the point itself, and its copies.
  public let identical: [String]
  public let near: [Near]
  /// Why there is no list; nil where there is one.
  public let reason: String?
  /// Held-out rows that percentiles are among.
  public let among: Int
}
