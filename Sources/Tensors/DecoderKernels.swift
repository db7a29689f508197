import CKernels

/// `y = x / √(mean(x²) + ε) ⊙ w` (RMSNorm: Zhang, Sennrich 2019), one row.
///
/// - Parameter offset: where the row begins in `y`; it is as long as `x`.
/// - Precondition: one weight for each number, and room for the row.
public func rootMeanSquareNorm(
  _ x: Span<Float>, weight: Span<Float>, epsilon: Float, into y: inout MutableSpan<Float>, at offset: Int
) {
  let count = x.count
  precondition(
    count == weight.count && offset >= 0 && offset + count <= y.count,
    "norm of \(count) numbers with \(weight.count) weights at \(offset) of \(y.count)")
  unsafe x.withUnsafeBufferPointer { x in
    unsafe weight.withUnsafeBufferPointer { weight in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let weight = weight.baseAddress, let target = y.baseAddress else {
          return
        }
        unsafe sextant_rms_norm(x, weight, epsilon, count, target + offset)
      }
    }
  }
}

/// The same in place, for the part of `x` that begins at `offset` and is as long as `weight`.
public func rootMeanSquareNorm(
  inPlace x: inout MutableSpan<Float>, at offset: Int, weight: Span<Float>, epsilon: Float
) {
  let count = weight.count
  precondition(
    offset >= 0 && offset + count <= x.count, "norm of \(count) numbers at \(offset) of \(x.count)")
  unsafe weight.withUnsafeBufferPointer { weight in
    unsafe x.withUnsafeMutableBufferPointer { x in
      guard let weight = weight.baseAddress, let x = x.baseAddress else { return }
      unsafe sextant_rms_norm(x + offset, weight, epsilon, count, x + offset)
    }
  }
}

/// How the gate of a feed-forward layer is bent, or what stands between the matrices of one without gates.
public enum GateFunction: Sendable, Equatable {
  /// `z / (1 + e^-z)`.
  case silu
  /// `z/2 (1 + tanh(√(2/π)(z + 0.044715 z³)))`.
  case geluTanh
  /// `z/2 (1 + erf(z / √2))`.
  case gelu
  /// `max(0, z)`.
  case relu
}

/// `y = f(gate) ⊙ up`, element by element; relative error of `f` below 1e-6.
///
/// - Parameter offset: where the result begins in `y`.
/// - Precondition: equal counts, and room for the result.
public func applyGate(
  _ function: GateFunction, gate: Span<Float>, up: Span<Float>, into y: inout MutableSpan<Float>,
  at offset: Int
) {
  let count = gate.count
  precondition(
    count == up.count && offset >= 0 && offset + count <= y.count,
    "gate of \(count) and \(up.count) numbers at \(offset) of \(y.count)")
  unsafe gate.withUnsafeBufferPointer { gate in
    unsafe up.withUnsafeBufferPointer { up in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let gate = gate.baseAddress, let up = up.baseAddress, let target = y.baseAddress else { return }
        switch function {
        case .silu: unsafe sextant_silu_gate(gate, up, count, target + offset)
        case .geluTanh: unsafe sextant_gelu_gate(gate, up, count, target + offset)
        case .gelu: unsafe sextant_gelu_erf_gate(gate, up, count, target + offset)
        case .relu: unsafe sextant_relu_gate(gate, up, count, target + offset)
        }
      }
    }
  }
}

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
  unsafe queries.withUnsafeBufferPointer { query in
    unsafe keys.withUnsafeBufferPointer { keys in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe weights.withUnsafeMutableBufferPointer { weights in
          unsafe y.withUnsafeMutableBufferPointer { y in
            guard let q = query.baseAddress, let k = keys.baseAddress, let v = values.baseAddress,
              let w = weights.baseAddress, let target = y.baseAddress
            else { return }
            unsafe kernel(q, heads, k, v, stride, count, dimension, scale, w, target + offset)
          }
        }
      }
    }
  }
}

/// `ln Σᵢ e^xᵢ`, shifted by the largest; relative error of the sum below 1e-6.
public func logSumExp(_ x: Span<Float>) -> Double {
  unsafe x.withUnsafeBufferPointer { x in
    guard let base = x.baseAddress else { return -.infinity }
    return unsafe sextant_log_sum_exp(base, x.count)
  }
}
