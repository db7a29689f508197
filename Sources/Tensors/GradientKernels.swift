internal import CKernels

/// The cotangent of x from that of `y = x / r ⊙ w`, `r = √(mean(x²) + ε)`, in place:
/// `dx = (w ⊙ dy − x̂ · mean(x̂ ⊙ w ⊙ dy)) / r`, `x̂ = x / r`.
///
/// - Parameter offset: where the row begins in `d`; it is as long as `x`.
/// - Precondition: one weight for each number, and the row lies inside.
public func rootMeanSquareNormPullback(
  _ x: Span<Float>, weight: Span<Float>, epsilon: Float, inPlace d: inout MutableSpan<Float>, at offset: Int
) {
  unsafe changeRow(x, weight, &d, offset) { x, weight, count, d in
    unsafe sextant_rms_norm_pullback(x, weight, epsilon, count, d)
  }
}

/// The tangent of `y = x / r ⊙ w` from that of x, in place: `dy = w ⊙ (dx − x̂ · mean(x̂ ⊙ dx)) / r`.
///
/// - Precondition: as of ``rootMeanSquareNormPullback(_:weight:epsilon:inPlace:at:)``.
public func rootMeanSquareNormTangent(
  _ x: Span<Float>, weight: Span<Float>, epsilon: Float, inPlace d: inout MutableSpan<Float>, at offset: Int
) {
  unsafe changeRow(x, weight, &d, offset) { x, weight, count, d in
    unsafe sextant_rms_norm_tangent(x, weight, epsilon, count, d)
  }
}

private func changeRow(
  _ x: Span<Float>, _ weight: Span<Float>, _ d: inout MutableSpan<Float>, _ offset: Int,
  _ kernel: (UnsafePointer<Float>, UnsafePointer<Float>, Int, UnsafeMutablePointer<Float>) -> Void
) {
  let count = x.count
  precondition(
    count == weight.count && offset >= 0 && offset + count <= d.count,
    "derivative of a norm of \(count) numbers with \(weight.count) weights at \(offset) of \(d.count)")
  unsafe x.withUnsafeBufferPointer { x in
    unsafe weight.withUnsafeBufferPointer { weight in
      unsafe d.withUnsafeMutableBufferPointer { d in
        guard let x = x.baseAddress, let weight = weight.baseAddress, let d = d.baseAddress else { return }
        unsafe kernel(x, weight, count, d + offset)
      }
    }
  }
}

/// Partial derivatives of `f(gate) ⊙ up`: by the gate, `f′(gate) ⊙ up`, then by up, `f(gate)`; error below 1e-6 of f.
///
/// - Parameter offset: where the first of both begins in `y`.
/// - Precondition: equal counts, and room for twice as many results.
public func gateSlopes(
  _ function: GateFunction, gate: Span<Float>, up: Span<Float>, into y: inout MutableSpan<Float>,
  at offset: Int
) {
  let count = gate.count
  precondition(
    count == up.count && offset >= 0 && offset + 2 * count <= y.count,
    "slopes of \(count) and \(up.count) numbers at \(offset) of \(y.count)")
  unsafe gate.withUnsafeBufferPointer { gate in
    unsafe up.withUnsafeBufferPointer { up in
      unsafe y.withUnsafeMutableBufferPointer { y in
        guard let gate = gate.baseAddress, let up = up.baseAddress, let target = y.baseAddress else { return }
        let first = unsafe target + offset
        switch function {
        case .silu: unsafe sextant_silu_slopes(gate, up, count, first, first + count)
        case .geluTanh: unsafe sextant_gelu_slopes(gate, up, count, first, first + count)
        case .gelu: unsafe sextant_gelu_erf_slopes(gate, up, count, first, first + count)
        case .relu: unsafe sextant_relu_slopes(gate, up, count, first, first + count)
        }
      }
    }
  }
}

/// `x := softmax(s x)` of some numbers in place.
///
/// - Precondition: the range lies inside.
public func softmax(_ x: inout MutableSpan<Float>, _ range: Range<Int>, scale: Float) {
  precondition(
    range.lowerBound >= 0 && range.upperBound <= x.count, "softmax of \(range) of \(x.count) numbers")
  unsafe x.withUnsafeMutableBufferPointer { x in
    guard let base = x.baseAddress, !range.isEmpty else { return }
    unsafe sextant_softmax(base + range.lowerBound, range.count, scale)
  }
}

/// `d := s p ⊙ (d − Σ p d)` in place for `p = softmax(s x)`: the cotangent of x from that of p, and as well the tangent of p
/// from that of x, since the Jacobian is symmetric.
///
/// - Precondition: `p` has as many numbers as the range, which lies inside `d`.
public func softmaxSlope(_ p: Span<Float>, scale: Float, inPlace d: inout MutableSpan<Float>, at offset: Int)
{
  let count = p.count
  precondition(offset >= 0 && offset + count <= d.count, "\(count) slopes at \(offset) of \(d.count)")
  unsafe p.withUnsafeBufferPointer { p in
    unsafe d.withUnsafeMutableBufferPointer { d in
      guard let p = p.baseAddress, let d = d.baseAddress else { return }
      unsafe sextant_softmax_slope(p, count, scale, d + offset)
    }
  }
}
