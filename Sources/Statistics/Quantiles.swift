internal import RealModule

/// The value that a sorted sample reaches at a share `q` in [0, 1]: linear interpolation between order
/// statistics (type 7, as numpy's default).
///
/// - Precondition: the sample is not empty.
public func quantile(ofSorted sample: [Double], _ q: Double) -> Double {
  precondition(!sample.isEmpty, "a quantile of 0 numbers, expected at least 1")
  let position = min(max(q, 0), 1) * Double(sample.count - 1)
  let below = Int(position)
  let above = min(below + 1, sample.count - 1)
  return sample[below] + (position - Double(below)) * (sample[above] - sample[below])
}

/// Φ⁻¹(p), the standard normal quantile, by bisection of `erfc` to the last bit.
package func normalQuantile(_ p: Double) -> Double {
  var low = -40.0
  var high = 40.0
  for _ in 0..<100 {
    let middle = (low + high) / 2
    if Double.erfc(-middle / 2.0.squareRoot()) / 2 < p { low = middle } else { high = middle }
  }
  return (low + high) / 2
}

/// Student's quantile by Hill's expansion about the normal one: to 0.002 for 10 degrees of freedom or more.
package func studentQuantile(_ p: Double, degrees: Double) -> Double {
  let z = normalQuantile(p)
  let (z3, z5) = (z * z * z, z * z * z * z * z)
  return z + (z3 + z) / (4 * degrees) + (5 * z5 + 16 * z3 + 3 * z) / (96 * degrees * degrees)
}

/// The 97.5 % quantile of Student's t, half the width of a 95 % interval in standard errors; seven values, then Cornish and Fisher's
/// expansion about the normal one, exact to 10⁻³.
///
/// Beside ``studentQuantile(_:degrees:)``, which takes any level and a fractional number of degrees, since that one is wrong for the
/// few items of a mean and this one says nothing of other levels; they differ in the third digit, and published numbers rest on both.
package func studentReach95(degrees: Int) -> Double {
  let few = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646]
  if degrees <= few.count { return few[max(0, degrees - 1)] }
  let (z, v) = (1.959964, Double(degrees))
  let (z2, z3) = (z * z, z * z * z)
  let first = (z3 + z) / 4
  let second = (5 * z2 * z3 + 16 * z3 + 3 * z) / 96
  let third = (3 * z2 * z2 * z3 + 19 * z2 * z3 + 17 * z3 - 15 * z) / 384
  return z + first / v + second / (v * v) + third / (v * v * v)
}

/// How per-token values are spread: five quantiles, for tables next to a mean.
public struct Quantiles: Sendable, Equatable, Codable {
  public let q05: Double
  public let q25: Double
  public let median: Double
  public let q75: Double
  public let q95: Double

  /// - Returns: nil for an empty list.
  public init?(_ values: [Double]) {
    guard !values.isEmpty else { return nil }
    let sorted = values.sorted()
    q05 = quantile(ofSorted: sorted, 0.05)
    q25 = quantile(ofSorted: sorted, 0.25)
    median = quantile(ofSorted: sorted, 0.5)
    q75 = quantile(ofSorted: sorted, 0.75)
    q95 = quantile(ofSorted: sorted, 0.95)
  }
}
