/// How the ranks of a job reach each other; rank 0 is the root.
package protocol Transport: Sendable {
  var rank: Int { get }
  var size: Int { get }

  /// Root's bytes, on every rank. All ranks call it, in the same order.
  func broadcast(_ bytes: [UInt8]) throws(DistributionError) -> [UInt8]

  /// A finished block to root.
  func send(_ bytes: [UInt8], block: Int) throws(DistributionError)

  /// A block that has come, without waiting; root only.
  func receive() throws(DistributionError) -> Delivery?

  /// Blocks that are out, for the message when the job is ended from outside; root only.
  func watch(_ lost: DistributionError?)

  /// Tells the user and ends all ranks: MPI cannot go on without one.
  func fail(_ error: DistributionError) -> Never
}

/// A block as it comes from another rank.
package struct Delivery: Sendable {
  package let rank: Int
  package let block: Int
  package let bytes: [UInt8]

  package init(rank: Int, block: Int, bytes: [UInt8]) {
    (self.rank, self.block, self.bytes) = (rank, block, bytes)
  }
}
