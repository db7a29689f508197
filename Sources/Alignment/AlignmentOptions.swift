import Foundation

/// How maps are fitted; the defaults suit a few thousand to a few hundred thousand matched tokens.
public struct AlignmentOptions: Sendable, Equatable, Codable {
  /// Subtract the training means of both sides first, which fits `y = (x - μ_S) W + μ_T`. Without it the map
  /// is purely linear. For logit matching, centring over tokens matches logits up to a constant, which the
  /// softmax ignores.
  public var isCentred = true
  /// Candidates for ridge's λ, in units of the mean eigenvalue of `XᵀX`; each > 0. Larger values shrink more.
  public var lambdaGrid: [Double] = (0...12).map { pow(10, -6 + 0.5 * Double($0)) }
  /// Folds of the cross-validation of ridge and reduced rank, 2 or more; more folds cost one eigendecomposition
  /// each (reduced rank: two).
  public var foldCount = 5
  /// Seed of the folds.
  public var seed: UInt64 = 1

  public init() {}
}
