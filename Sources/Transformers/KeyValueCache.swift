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
}
