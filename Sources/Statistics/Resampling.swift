package import Tensors

/// How bootstraps and permutation tests draw.
public struct Resampling: Sendable, Equatable, Codable {
  /// Bootstrap resamples; larger values smooth the interval's ends. At least 2.
  public var bootstrapSamples = 1000
  /// Permutations K of a sampled null; the smallest possible p is 1 / (K + 1). At least 1.
  public var permutations = 200
  /// Coverage of intervals, in (0, 1).
  public var confidence = 0.95
  /// Level α of the null's threshold, in (0, 1); smaller values make the calibrated score stricter.
  public var significance = 0.05
  public var seed: UInt64 = 1
  /// Random halves of the tokens that the intervals of neighbour measures rest on; more of them steady the interval.
  public var halfSplits = 100
  /// Tokens that intervals keep together; nil takes each token by itself. Of the tokens of the measure, in their order.
  public var groups: TokenGroups?
  /// Classes of tokens within which nulls permute; nil permutes all tokens. Of the tokens of the measure, in their order.
  public var strata: TokenGroups?

  public init() {}

  /// The same for some of the tokens, by position.
  public func selecting(_ positions: [Int]) -> Resampling {
    var options = self
    options.groups = groups?.selecting(positions)
    options.strata = strata?.selecting(positions)
    return options
  }

  /// The same without bootstraps and permutations.
  public var interval: IntervalOptions {
    var options = IntervalOptions()
    (options.groups, options.confidence, options.significance) = (groups, confidence, significance)
    options.seed = seed
    return options
  }

  /// The same with each token by itself, for values that are not one a token.
  public var ungrouped: Resampling {
    var options = self
    (options.groups, options.strata) = (nil, nil)
    return options
  }

  /// The tokens of each group.
  /// - Precondition: groups of as many tokens.
  package func members(of count: Int) -> [[Int]] { TokenGroups.members(groups, of: count) }

  /// `count` independent generators; the same seed gives the same generators on any machine.
  package func generators(_ count: Int, stream: UInt64) -> [SeededRandom] {
    var root = SeededRandom(seed: seed ^ (stream &* 0xD1B5_4A32_D192_ED03))
    return (0..<count).map { _ in SeededRandom(seed: root.next()) }
  }
}
