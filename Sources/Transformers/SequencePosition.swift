/// One position of one sequence of a batch; both count from 0.
public struct SequencePosition: Sendable, Hashable {
  public let sequence: Int
  public let position: Int

  /// Position `position` of sequence `sequence`.
  public init(sequence: Int, position: Int) {
    self.sequence = sequence
    self.position = position
  }
}
