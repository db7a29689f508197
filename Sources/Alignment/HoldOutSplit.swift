internal import Tensors

/// A seeded split of matched tokens into those a map is fitted on and those it is judged on.
public struct HoldOutSplit: Sendable, Equatable {
  /// Positions to fit on, ascending.
  public let training: [Int]
  /// Positions to judge on, ascending; none of them is in `training`.
  public let heldOut: [Int]

  init(training: [Int], heldOut: [Int]) {
    self.training = training
    self.heldOut = heldOut
  }

  /// Draws `round(count * testFraction)` positions without replacement, but leaves both sides at least one.
  ///
  /// - Parameters:
  ///   - count: matched tokens, 2 or more.
  ///   - testFraction: share that is held out, in (0, 1); larger values sharpen the scores and weaken the fit.
  /// - Throws: `AlignmentError.tooFewTokens`, `.option`.
  public init(count: Int, testFraction: Double = 0.2, seed: UInt64) throws(AlignmentError) {
    guard testFraction > 0, testFraction < 1 else {
      throw .option(name: "testFraction", expected: "a number between 0 and 1", actual: "\(testFraction)")
    }
    guard count >= 2 else { throw .tooFewTokens(purpose: "a hold-out split", needed: 2, actual: count) }
    let size = min(max(Int((Double(count) * testFraction).rounded()), 1), count - 1)
    var random = SeededRandom(seed: seed)
    let order = random.permutation(count)
    heldOut = order.prefix(size).sorted()
    training = order.dropFirst(size).sorted()
  }
}
