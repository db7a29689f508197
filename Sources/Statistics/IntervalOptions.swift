/// How wide intervals are and how strict a null's threshold is, for measures that need no random draws.
public struct IntervalOptions: Sendable, Equatable, Codable {
  /// Tokens that intervals keep together; nil takes each token by itself. Of the tokens of the measure, in their order.
  public var groups: TokenGroups?
  /// Coverage of the interval, in (0, 1); larger values widen it.
  public var confidence = 0.95
  /// Level of the null's threshold, in (0, 1); smaller values raise it.
  public var significance = 0.05
  /// Seeds the pairs of tokens that are drawn where all would be too many.
  public var seed: UInt64 = 1

  public init() {}
}
