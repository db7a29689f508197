internal import Foundation

/// A number with its 95 % interval over items.
public struct Interval: Sendable, Equatable, Codable {
  public let value: Double
  public let lower: Double
  public let upper: Double
  /// Items that it is a mean over.
  public let n: Int
}

/// The mean of a sample with its 95 % interval, `x̄ ± t s / √n` (Student 1908); nil for less than two numbers.
///
/// Its coverage over items is tested by simulation; a percentile bootstrap over the 40 items of a set falls 1 to 2 % short.
package func meanInterval(_ values: [Double]) -> Interval? {
  guard values.count > 1 else { return nil }
  let moments = Moments(values, values)
  let reach = studentQuantile(values.count - 1) * moments.varianceX.squareRoot()
  return Interval(
    value: moments.meanX, lower: moments.meanX - reach, upper: moments.meanX + reach, n: values.count)
}

/// The ratio of two means over the same items with its 95 % interval after Fieller (1954): the shares r for which the mean of
/// `xᵢ - r yᵢ` is not surely other than 0.
///
/// nil for less than two items, or where the denominator's mean is not surely other than 0: the interval would have no ends.
package func ratioInterval(_ x: [Double], over y: [Double]) -> Interval? {
  guard x.count > 1, x.count == y.count else { return nil }
  let m = Moments(x, y)
  let t = studentQuantile(x.count - 1)
  let g = t * t * m.varianceY / (m.meanY * m.meanY)
  guard m.meanY != 0, g < 1 else { return nil }
  let ratio = m.meanX / m.meanY
  let centre = m.varianceY > 0 ? ratio - g * m.covariance / m.varianceY : ratio
  let inner =
    m.varianceX - 2 * ratio * m.covariance + ratio * ratio * m.varianceY
    - (m.varianceY > 0 ? g * (m.varianceX - m.covariance * m.covariance / m.varianceY) : 0)
  let reach = t / abs(m.meanY) * max(0, inner).squareRoot()
  return Interval(
    value: ratio, lower: (centre - reach) / (1 - g), upper: (centre + reach) / (1 - g), n: x.count)
}

/// Means of paired numbers, and the variances and the covariance of these means.
private struct Moments {
  let meanX: Double
  let meanY: Double
  let varianceX: Double
  let varianceY: Double
  let covariance: Double

  init(_ x: [Double], _ y: [Double]) {
    let n = Double(x.count)
    let (a, b) = (x.reduce(0, +) / n, y.reduce(0, +) / n)
    func mean(_ product: (Double, Double) -> Double) -> Double {
      zip(x, y).reduce(0) { $0 + product($1.0 - a, $1.1 - b) } / (n - 1) / n
    }
    (meanX, meanY) = (a, b)
    (varianceX, varianceY) = (mean { x, _ in x * x }, mean { _, y in y * y })
    covariance = mean { $0 * $1 }
  }
}

/// The 97.5 % quantile of Student's t; seven values, then Cornish and Fisher's expansion about the normal one, exact to 10⁻³.
package func studentQuantile(_ degrees: Int) -> Double {
  let few = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646]
  if degrees <= few.count { return few[max(0, degrees - 1)] }
  let (z, v) = (1.959964, Double(degrees))
  let (z2, z3) = (z * z, z * z * z)
  let first = (z3 + z) / 4
  let second = (5 * z2 * z3 + 16 * z3 + 3 * z) / 96
  let third = (3 * z2 * z2 * z3 + 19 * z2 * z3 + 17 * z3 - 15 * z) / 384
  return z + first / v + second / (v * v) + third / (v * v * v)
}
