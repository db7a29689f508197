internal import Tensors

/// Which examples each batch takes: all of them in a random order, then all again in another, without end.
///
/// Batch b of size k takes the numbers `b k ..< (b + 1) k` of that sequence. Round r is a permutation of its own seed, so any batch is
/// known from the seed and its number alone: a resumed run needs no other state.
public struct BatchOrder: Sendable {
  private let count: Int
  private let size: Int
  private let seed: UInt64
  private var known: (round: Int, order: [Int])?

  /// - Precondition: at least one example, and one a batch.
  public init(count: Int, size: Int, seed: UInt64) {
    precondition(count > 0 && size > 0, "batches of \(size) from \(count) examples")
    (self.count, self.size, self.seed) = (count, size, seed)
  }

  /// The examples of a batch, from 0.
  public mutating func examples(ofBatch number: Int) -> [Int] {
    (number * size..<(number + 1) * size).map { order(ofRound: $0 / count)[$0 % count] }
  }

  private mutating func order(ofRound round: Int) -> [Int] {
    if let known, known.round == round { return known.order }
    var random = SeededRandom(seed: seed &+ UInt64(round) &* 0xD1B5_4A32_D192_ED03)
    let order = random.permutation(count)
    known = (round, order)
    return order
  }
}
