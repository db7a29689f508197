/// What a model said about a point, and what it says where it hears nothing of it.
public struct ElmReply: Sendable, Equatable, Codable {
  /// The point, or the first of two.
  public let point: String
  /// The second of two.
  public let second: String?
  /// How far it was moved along a concept; nil where it was not.
  public let lambda: Double?
  /// The prompt, with placeholders.
  public let question: String
  public let answer: Said
  /// In the order of ``ElmControl``.
  public let controls: [Control]
  /// Where the point lies in the domain, and the second.
  public let standings: [DomainStanding]
  /// Whether the point is a difference, which has no place of its own.
  public let isDirection: Bool

  /// An answer and how well it agrees with the point; with the middle of two.
  public struct Said: Sendable, Equatable, Codable {
    public let text: String
    /// Whether the model ended it itself.
    public let hasEnded: Bool
    public let consistency: TextMeasure<SemanticConsistency>
  }

  /// An answer to something else than the point, held against the point.
  public struct Control: Sendable, Equatable, Codable {
    public let control: ElmControl
    /// What stood in the point's place, where that has a name.
    public let item: String?
    public let said: Said
  }
}

/// What stands in a vector's place to see what the vector is good for.
public enum ElmControl: String, Sendable, Equatable, Codable, CaseIterable {
  /// The mean of the training items: a vector that tells nothing of one.
  case mean = "mean vector"
  /// Another item of the domain, drawn by the seed.
  case shuffled = "another item's vector"
  /// Nothing at all: the words of the question alone.
  case none = "no vector"
}
