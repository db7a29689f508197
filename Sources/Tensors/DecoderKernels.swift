import CKernels

/// `y = x / √(mean(x²) + ε) ⊙ w` (RMSNorm: Zhang, Sennrich 2019), one row.
/// - Precondition: equal counts.
public func rootMeanSquareNorm(
  _ x: Span<Float>, weight: Span<Float>, epsilon: Float, into y: inout MutableSpan<Float>
) {
  precondition(
    x.count == weight.count && x.count == y.count,
    "norm of \(x.count) numbers with \(weight.count) weights into \(y.count)")
  unsafe x.withUnsafeBufferPointer { x in
    unsafe weight.withUnsafeBufferPointer { weight in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let weight = weight.baseAddress, let target = y.baseAddress else {
          return
        }
        unsafe sextant_rms_norm(x, weight, epsilon, y.count, target)
      }
    }
  }
}

/// How the gate of a feed-forward layer is bent.
public enum GateFunction: Sendable, Equatable {
  /// `z / (1 + e^-z)`.
  case silu
  /// `z/2 (1 + tanh(√(2/π)(z + 0.044715 z³)))`.
  case geluTanh
}

/// `y = f(gate) ⊙ up`, element by element; relative error of `f` below 1e-6.
/// - Precondition: equal counts.
public func applyGate(
  _ function: GateFunction, gate: Span<Float>, up: Span<Float>, into y: inout MutableSpan<Float>
) {
  precondition(
    gate.count == up.count && gate.count == y.count, "gate of \(gate.count), \(up.count) and \(y.count)")
  unsafe gate.withUnsafeBufferPointer { gate in
    unsafe up.withUnsafeBufferPointer { up in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let gate = gate.baseAddress, let up = up.baseAddress, let target = y.baseAddress else { return }
        switch function {
        case .silu: unsafe sextant_silu_gate(gate, up, y.count, target)
        case .geluTanh: unsafe sextant_gelu_gate(gate, up, y.count, target)
        }
      }
    }
  }
}

/// Softmax attention of one query of one head: `y = Σⱼ softmaxⱼ(s q·kⱼ) vⱼ`.
///
/// - Parameters:
///   - keys: `count` keys, `stride` numbers from one to the next; `values` alike.
///   - weights: room for at least `count` numbers; its content afterwards is of no meaning.
/// - Precondition: at least one key; `y` and `query` hold d_head numbers; the last key and value lie inside.
public func attend(
  query: Span<Float>, keys: Span<Float>, values: Span<Float>, stride: Int, count: Int, scale: Float,
  weights: inout [Float], into y: inout MutableSpan<Float>
) {
  let reach = (count - 1) * stride + query.count
  precondition(
    count > 0 && query.count == y.count && keys.count >= reach && values.count >= reach
      && weights.count >= count,
    "attention over \(count) keys of \(query.count) numbers: \(keys.count) keys, \(values.count) values")
  unsafe query.withUnsafeBufferPointer { query in
    unsafe keys.withUnsafeBufferPointer { keys in
      unsafe values.withUnsafeBufferPointer { values in
        unsafe weights.withUnsafeMutableBufferPointer { weights in
          unsafe y.withUnsafeMutableBufferPointer { y in
            guard let q = query.baseAddress, let k = keys.baseAddress, let v = values.baseAddress,
              let w = weights.baseAddress, let target = y.baseAddress
            else { return }
            unsafe sextant_attend(q, k, v, stride, count, y.count, scale, w, target)
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
