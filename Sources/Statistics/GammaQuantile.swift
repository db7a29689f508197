internal import RealModule

/// The quantile of the Gamma distribution of whole shape a and scale 1, by bisection of its distribution function
/// `1 - Σ_{i<a} e^{-x} xⁱ / i!`, to 10⁻¹² of itself.
///
/// - Precondition: a ≥ 1, 0 < p < 1.
package func gammaQuantile(_ p: Double, shape: Int) -> Double {
  precondition(shape >= 1 && p > 0 && p < 1, "quantile \(p) of a Gamma distribution of shape \(shape)")
  func isBelow(_ x: Double) -> Bool {
    var logTerm = -x
    var tail = 0.0
    for i in 0..<shape {
      if i > 0 { logTerm += .log(x / Double(i)) }
      tail += .exp(logTerm)
    }
    return 1 - tail < p
  }
  let a = Double(shape)
  var low = 0.0
  var high = a + 10 * a.squareRoot() + 40
  while isBelow(high) { high *= 2 }
  for _ in 0..<200 where high - low > 1e-12 * high {
    let middle = (low + high) / 2
    if isBelow(middle) { low = middle } else { high = middle }
  }
  return (low + high) / 2
}
