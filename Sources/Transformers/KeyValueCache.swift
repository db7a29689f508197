import Checkpoints

/// Keys and values of the tokens that a batch of sequences has passed through the model, f32.
///
/// A value: a copy continues independently. Memory: `2 · n_layers · d_head · kv heads · 4` bytes a token.
public struct KeyValueCache: Sendable {
  /// Tokens seen so far, per sequence.
  public internal(set) var lengths: [Int]
  /// Per block and sequence, `[token x (keys, values)]`.
  var entries: [[[Float]]]

  /// An empty cache for `sequenceCount` sequences.
  public init(for model: Model, sequenceCount: Int) {
    lengths = Array(repeating: 0, count: sequenceCount)
    entries = Array(
      repeating: Array(repeating: [], count: sequenceCount), count: model.configuration.blockCount)
  }

  public var sequenceCount: Int { lengths.count }

  /// The only sequence of this cache `count` times, so that as many continue from it; memory is shared until they do.
  /// - Precondition: one sequence.
  public func repeated(_ count: Int) -> KeyValueCache {
    precondition(sequenceCount == 1, "a cache of \(sequenceCount) sequences, expected one")
    var copies = self
    copies.lengths = Array(repeating: lengths[0], count: count)
    copies.entries = entries.map { Array(repeating: $0[0], count: count) }
    return copies
  }
}
