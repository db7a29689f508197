import CKernels

/// `Σ xᵢ yᵢ` in Float.
public func dot(_ x: Span<Float>, _ y: Span<Float>) -> Float {
  precondition(x.count == y.count, "dot product of \(x.count) and \(y.count) numbers")
  return unsafe x.withUnsafeBufferPointer { x in
    unsafe y.withUnsafeBufferPointer { y in
      guard let xBase = x.baseAddress, let yBase = y.baseAddress else { return 0 }
      return unsafe sextant_dot(xBase, yBase, x.count)
    }
  }
}
