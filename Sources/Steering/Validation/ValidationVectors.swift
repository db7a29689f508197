/// The vectors that a validation compares; only directions count, norms are set.
public struct ValidationVectors: Sendable {
  public var transferred: SteeringVector
  public var native: SteeringVector
  /// The native vector through a map from the target to itself.
  public var selfTransferred: SteeringVector
  /// Vectors of permuted labels through the real map (``permutedLabelVectors(_:from:block:count:seed:identity:positions:)``).
  public var permutedLabels: [SteeringVector]
  /// The source vector through maps fitted on shuffled token pairs.
  public var shuffledMaps: [SteeringVector]
  /// The contrast pairs have no more balanced labellings than there are vectors of permuted labels.
  public var labellingsAreExhausted: Bool

  public init(
    transferred: SteeringVector, native: SteeringVector, selfTransferred: SteeringVector,
    permutedLabels: [SteeringVector], shuffledMaps: [SteeringVector], labellingsAreExhausted: Bool = false
  ) {
    self.transferred = transferred
    self.native = native
    self.selfTransferred = selfTransferred
    self.permutedLabels = permutedLabels
    self.shuffledMaps = shuffledMaps
    self.labellingsAreExhausted = labellingsAreExhausted
  }
}
