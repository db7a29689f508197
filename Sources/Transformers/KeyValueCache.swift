import Checkpoints
import Tensors

/// What the numbers of a ``KeyValueCache`` are kept in. Attention computes in f32 on any of them.
public enum CachePrecision: String, Sendable, Hashable, CaseIterable {
  /// As they were computed.
  case f32
  /// Half the memory; relative errors up to 2⁻¹¹. A number above 65504 is an error of the pass.
  case f16
  /// Half the memory; relative errors up to 2⁻⁸, at any size.
  case bf16
}

/// Keys and values of the tokens that a batch of sequences has passed through the model.
///
/// A value: a copy continues independently. Memory: `2 · n_layers · d_head · kv heads · 4` bytes a token, half of that in
/// 16 bits.
public struct KeyValueCache: Sendable {
  public let precision: CachePrecision
  /// Tokens seen so far, per sequence.
  public internal(set) var lengths: [Int]
  /// Per block and sequence.
  var entries: [[KeysAndValues]]

  /// An empty cache for `sequenceCount` sequences.
  public init(for model: Model, sequenceCount: Int, precision: CachePrecision = .f32) {
    self.precision = precision
    lengths = Array(repeating: 0, count: sequenceCount)
    entries = Array(
      repeating: Array(repeating: KeysAndValues(precision), count: sequenceCount),
      count: model.configuration.blockCount)
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

  /// Keeps the keys and values of a batch's rows, which lie side by side from `keyOffset`.
  mutating func append(_ projected: Matrix<Float>, _ batch: Batch, block: Int, keyOffset: Int) {
    for item in batch.items {
      for row in item.rows {
        let range = projected.range(ofRow: row)
        entries[block][item.sequence].append(
          projected.elements.span.extracting(range.lowerBound + keyOffset..<range.upperBound))
      }
    }
  }

  /// - Throws: when a number did not fit into the precision.
  func checkRange() throws(TransformerError) {
    guard precision == .f16 else { return }
    for (block, sequences) in entries.enumerated() {
      guard let value = sequences.lazy.compactMap(\.beyondRange).first else { continue }
      throw .notFinite(
        what: "the cache of block \(block)",
        reason:
          "a key or a value is \(value), the largest number in f16 is \(HalfPrecision.largest); keep it in bf16 or f32"
      )
    }
  }
}

/// Keys and values of one sequence in one block, `[token x (keys, values)]`.
package struct KeysAndValues: Sendable {
  package let precision: CachePrecision
  /// The numbers in f32; else empty.
  private(set) var floats: [Float] = []
  /// The numbers in 16 bits; else empty.
  private(set) var bits: [UInt16] = []
  /// A finite number that f16 cannot hold.
  private(set) var beyondRange: Float?

  init(_ precision: CachePrecision) { self.precision = precision }

  init(_ floats: [Float]) {
    precision = .f32
    self.floats = floats
  }

  mutating func append(_ numbers: Span<Float>) {
    switch precision {
    case .f32: unsafe numbers.withUnsafeBufferPointer { unsafe floats.append(contentsOf: $0) }
    case .bf16: bits.append(contentsOf: BFloat16.rounded(numbers))
    case .f16:
      for i in numbers.indices where numbers[i].isFinite && abs(numbers[i]) > HalfPrecision.largest {
        beyondRange = numbers[i]
      }
      bits.append(contentsOf: HalfPrecision.rounded(numbers))
    }
  }

  /// The same numbers in f32.
  var widened: KeysAndValues {
    switch precision {
    case .f32: self
    case .f16: KeysAndValues(HalfPrecision.floats(bits.span))
    case .bf16: KeysAndValues(BFloat16.floats(bits.span))
    }
  }

  /// Attention of queries over `count` tokens, whose keys begin at `keys` and values at `values`, `stride` apart.
  func attend(
    queries: Span<Float>, dimension: Int, keys: Int, values: Int, stride: Int, count: Int, scale: Float,
    weights: inout [Float], into y: inout MutableSpan<Float>, at offset: Int
  ) {
    func attend(to type: ElementType) {
      Tensors.attend(
        queries: queries, dimension: dimension, keys: bits.span.extracting(keys..<bits.count),
        values: bits.span.extracting(values..<bits.count), of: type, stride: stride, count: count,
        scale: scale, weights: &weights, into: &y, at: offset)
    }
    switch precision {
    case .f32:
      Tensors.attend(
        queries: queries, dimension: dimension, keys: floats.span.extracting(keys..<floats.count),
        values: floats.span.extracting(values..<floats.count), stride: stride, count: count, scale: scale,
        weights: &weights, into: &y, at: offset)
    case .f16: attend(to: .f16)
    case .bf16: attend(to: .bf16)
    }
  }

  /// The same of consecutive rows.
  func attend(
    _ shape: AttentionRows, queries: Span<Float>, keys: Int, values: Int, weights: inout [Float],
    into y: inout MutableSpan<Float>, at offset: Int
  ) {
    switch precision {
    case .f32:
      Tensors.attend(
        shape, queries: queries, keys: floats.span.extracting(keys..<floats.count),
        values: floats.span.extracting(values..<floats.count), weights: &weights, into: &y, at: offset)
    case .f16, .bf16:
      Tensors.attend(
        shape, queries: queries, keys: bits.span.extracting(keys..<bits.count),
        values: bits.span.extracting(values..<bits.count), of: precision == .f16 ? .f16 : .bf16,
        weights: &weights, into: &y, at: offset)
    }
  }
}
