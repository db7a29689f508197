import CKernels

/// Softmax attention of queries on the same keys and values, as the heads of a group have them: `y = Σⱼ softmaxⱼ(s q·kⱼ) vⱼ` for each
/// query q, with the bits that it has alone.
///
/// - Parameters:
///   - queries: one after the other, `dimension` numbers each.
///   - keys: `count` keys, `stride` numbers from one to the next; `values` alike.
///   - weights: room for at least `count` numbers a query; its content afterwards is of no meaning.
///   - offset: where the results begin in `y`, in the order of the queries.
/// - Precondition: at least one key; the last key and value lie inside, and the results have room.
public func attend(
  queries: Span<Float>, dimension: Int, keys: Span<Float>, values: Span<Float>, stride: Int, count: Int,
  scale: Float, weights: inout [Float], into y: inout MutableSpan<Float>, at offset: Int
) {
  unsafe attend(
    queries, dimension, keys, values, stride, count, scale, &weights, &y, offset, sextant_attend_f32)
}

/// The same with keys and values of 16 bits, as their bits; everything is computed in f32.
///
/// - Precondition: also, the type is f16 or bf16.
public func attend(
  queries: Span<Float>, dimension: Int, keys: Span<UInt16>, values: Span<UInt16>, of type: ElementType,
  stride: Int,
  count: Int, scale: Float, weights: inout [Float], into y: inout MutableSpan<Float>, at offset: Int
) {
  precondition(type == .f16 || type == .bf16, "keys and values in \(type.name), expected F16 or BF16")
  unsafe attend(
    queries, dimension, keys, values, stride, count, scale, &weights, &y, offset,
    type == .f16 ? sextant_attend_f16 : sextant_attend_bf16)
}

@inline(__always)
private func attend<Number: BitwiseCopyable>(
  _ queries: Span<Float>, _ dimension: Int, _ keys: Span<Number>, _ values: Span<Number>, _ stride: Int,
  _ count: Int, _ scale: Float, _ weights: inout [Float], _ y: inout MutableSpan<Float>, _ offset: Int,
  _ kernel: (
    UnsafePointer<Float>, Int, UnsafePointer<Number>, UnsafePointer<Number>, Int, Int, Int, Float,
    UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>
  ) -> Void
) {
  let reach = (count - 1) * stride + dimension
  precondition(
    count > 0 && dimension > 0 && queries.count % dimension == 0 && keys.count >= reach
      && values.count >= reach,
    "attention of \(queries.count) numbers over \(count) keys of \(dimension): \(keys.count) keys, \(values.count) values"
  )
  let heads = queries.count / dimension
  precondition(
    offset >= 0 && offset + queries.count <= y.count && weights.count >= heads * count,
    "attention of \(heads) queries over \(count) keys: room for \(weights.count) weights and \(y.count) results"
  )
  unsafe withAddresses(queries, keys, values, &weights, &y) { q, k, v, w, target in
    unsafe kernel(q, heads, k, v, stride, count, dimension, scale, w, target + offset)
  }
}

/// Consecutive rows of queries on the same keys and values.
public struct AttentionRows: Sendable {
  /// The last row sees ``count`` keys, the one before it one less.
  public let rows: Int
  /// Queries of a row, one after the other.
  public let heads: Int
  /// Numbers of a query, a key and a value.
  public let dimension: Int
  public let count: Int
  /// Keys that a row sees at most, the last of its own.
  public let window: Int
  /// Numbers from one row of queries, one key or value, one row of results to the next.
  public let queryStride, stride, resultStride: Int
  public let scale: Float

  public init(
    rows: Int, heads: Int, dimension: Int, count: Int, window: Int, queryStride: Int, stride: Int,
    resultStride: Int, scale: Float
  ) {
    precondition(rows > 0 && heads > 0 && dimension > 0 && count >= rows && window > 0, "empty attention")
    (self.rows, self.heads, self.dimension, self.count, self.window) = (rows, heads, dimension, count, window)
    (self.queryStride, self.stride, self.resultStride, self.scale) = (
      queryStride, stride, resultStride, scale
    )
  }

  /// Numbers of room for weights.
  public var weightCount: Int { Self.weightCount(rows: rows, heads: heads, count: count) }

  /// The same of any rows.
  public static func weightCount(rows: Int, heads: Int, count: Int) -> Int { rows * heads * (count + 15) }

  fileprivate func check(_ queries: Int, _ keys: Int, _ values: Int, _ weights: Int, _ results: Int) {
    let width = heads * dimension
    precondition(
      queries >= (rows - 1) * queryStride + width && min(keys, values) >= (count - 1) * stride + dimension
        && weights >= weightCount && results >= (rows - 1) * resultStride + width,
      "attention of \(rows) rows of \(heads) queries over \(count) keys of \(dimension): \(queries) numbers of queries, "
        + "\(keys) of keys, \(values) of values, room for \(weights) weights and \(results) results")
  }
}

/// Softmax attention of consecutive rows: `y = Σⱼ softmaxⱼ(s q·kⱼ) vⱼ` over the keys that the row of q sees.
///
/// The bits of a row do not depend on the others; with ``hasPackedTiles`` they differ in the last places from those of
/// ``attend(queries:dimension:keys:values:stride:count:scale:weights:into:at:)``, which sums a product in lanes.
/// - Parameters:
///   - weights: room for ``AttentionRows/weightCount`` numbers; its content afterwards is of no meaning.
///   - offset: where the results begin in `y`.
/// - Precondition: all that is read and written lies inside.
public func attend(
  _ shape: AttentionRows, queries: Span<Float>, keys: Span<Float>, values: Span<Float>,
  weights: inout [Float], into y: inout MutableSpan<Float>, at offset: Int
) {
  unsafe attend(shape, queries, keys, values, &weights, &y, offset, sextant_attend_rows_f32)
}

/// The same with keys and values of 16 bits, as their bits; everything is computed in f32.
///
/// - Precondition: also, the type is f16 or bf16.
public func attend(
  _ shape: AttentionRows, queries: Span<Float>, keys: Span<UInt16>, values: Span<UInt16>,
  of type: ElementType,
  weights: inout [Float], into y: inout MutableSpan<Float>, at offset: Int
) {
  precondition(type == .f16 || type == .bf16, "keys and values in \(type.name), expected F16 or BF16")
  unsafe attend(
    shape, queries, keys, values, &weights, &y, offset,
    type == .f16 ? sextant_attend_rows_f16 : sextant_attend_rows_bf16)
}

@inline(__always)
private func attend<Number: BitwiseCopyable>(
  _ shape: AttentionRows, _ queries: Span<Float>, _ keys: Span<Number>, _ values: Span<Number>,
  _ weights: inout [Float], _ y: inout MutableSpan<Float>, _ offset: Int,
  _ kernel: (
    UnsafePointer<Float>, Int, Int, Int, UnsafePointer<Number>, UnsafePointer<Number>, Int, Int, Int, Int,
    Float,
    UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Int
  ) -> Void
) {
  shape.check(queries.count, keys.count, values.count, weights.count, y.count - offset)
  unsafe withAddresses(queries, keys, values, &weights, &y) { q, k, v, w, target in
    unsafe kernel(
      q, shape.queryStride, shape.rows, shape.heads, k, v, shape.stride, shape.count, shape.window,
      shape.dimension, shape.scale, w, target + offset, shape.resultStride)
  }
}

/// The addresses of what attention reads and writes.
@inline(__always)
private func withAddresses<Number: BitwiseCopyable>(
  _ queries: Span<Float>, _ keys: Span<Number>, _ values: Span<Number>, _ weights: inout [Float],
  _ y: inout MutableSpan<Float>,
  _ body: (
    UnsafePointer<Float>, UnsafePointer<Number>, UnsafePointer<Number>, UnsafeMutablePointer<Float>,
    UnsafeMutablePointer<Float>
  ) -> Void
) {
  unsafe queries.withUnsafeBufferPointer { queries in
    unsafe keys.withUnsafeBufferPointer { keys in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe weights.withUnsafeMutableBufferPointer { weights in
          unsafe y.withUnsafeMutableBufferPointer { y in
            guard let q = queries.baseAddress, let k = keys.baseAddress, let v = values.baseAddress,
              let w = weights.baseAddress, let target = y.baseAddress
            else { return }
            unsafe body(q, k, v, w, target)
          }
        }
      }
    }
  }
}
