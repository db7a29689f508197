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

/// `ln Σᵢ e^xᵢ`, shifted by the largest; relative error of the sum below 1e-6.
public func logSumExp(_ x: Span<Float>) -> Double {
  unsafe x.withUnsafeBufferPointer { x in
    guard let base = x.baseAddress else { return -.infinity }
    return unsafe sextant_log_sum_exp(base, x.count)
  }
}
