public import Statistics
internal import Tensors

/// A seeded split of matched tokens into those a map is fitted on and those it is judged on.
public struct HoldOutSplit: Sendable, Equatable {
  /// Positions to fit on, ascending.
  public let training: [Int]
  /// Positions to judge on, ascending; none of them is in `training`.
  public let heldOut: [Int]

  /// Draws `round(count * testFraction)` positions, or as large a share of the groups, without replacement, but leaves both sides at
  /// least one.
  ///
  /// - Parameters:
  ///   - count: matched tokens, 2 or more.
  ///   - testFraction: share that is held out, in (0, 1); larger values sharpen the scores and weaken the fit.
  ///   - groups: tokens that stay on one side, such as the forms of a word; nil takes each by itself.
  /// - Throws: `AlignmentError.tooFewTokens`, `.option`.
  /// - Precondition: groups of as many tokens.
  public init(
    count: Int, testFraction: Double = 0.2, groups: TokenGroups? = nil, seed: UInt64
  ) throws(AlignmentError) {
    guard testFraction > 0, testFraction < 1 else {
      throw .option(name: "testFraction", expected: "a number between 0 and 1", actual: "\(testFraction)")
    }
    let members = TokenGroups.members(groups, of: count)
    guard members.count >= 2 else {
      throw .tooFewTokens(
        purpose: groups == nil ? "a hold-out split" : "a hold-out split (groups)", needed: 2,
        actual: members.count)
    }
    let size = min(max(Int((Double(members.count) * testFraction).rounded()), 1), members.count - 1)
    var random = SeededRandom(seed: seed)
    let order = random.permutation(members.count)
    heldOut = order.prefix(size).flatMap { members[$0] }.sorted()
    training = order.dropFirst(size).flatMap { members[$0] }.sorted()
  }
}
