/// The mean of a sample of independent numbers with its 95 % interval, `x̄ ± t s / √n` (Student 1908); nil for less than two numbers.
///
/// Its coverage over items is tested by simulation; a percentile bootstrap over the 40 items of a set falls 1 to 2 % short.
///
/// - Parameters: the interval ends where the measure does.
package func studentMean(
  _ values: [Double], least: Double = -.infinity, largest: Double = .infinity
) -> Estimate? {
  guard values.count > 1 else { return nil }
  let moments = Moments(values, values)
  let error = moments.varianceX.squareRoot()
  let spread = Spread(moments.meanX, standardError: error, reach: studentReach95(degrees: values.count - 1))
  return Estimate(value: moments.meanX, n: values.count)
    .with(spread, .student, least: least, largest: largest)
}

/// The ratio of two means over the same items with its 95 % interval after Fieller (1954): the shares r for which the mean of
/// `xᵢ - r yᵢ` is not surely other than 0.
///
/// nil for less than two items, or where the denominator's mean is not surely other than 0: the interval would have no ends.
package func fiellerRatio(_ x: [Double], over y: [Double]) -> Estimate? {
  guard x.count > 1, x.count == y.count else { return nil }
  let m = Moments(x, y)
  let t = studentReach95(degrees: x.count - 1)
  let g = t * t * m.varianceY / (m.meanY * m.meanY)
  guard m.meanY != 0, g < 1 else { return nil }
  let ratio = m.meanX / m.meanY
  let centre = m.varianceY > 0 ? ratio - g * m.covariance / m.varianceY : ratio
  let inner =
    m.varianceX - 2 * ratio * m.covariance + ratio * ratio * m.varianceY
    - (m.varianceY > 0 ? g * (m.varianceX - m.covariance * m.covariance / m.varianceY) : 0)
  let reach = t / abs(m.meanY) * max(0, inner).squareRoot()
  return Estimate(
    value: ratio, n: x.count, lower: (centre - reach) / (1 - g), upper: (centre + reach) / (1 - g),
    uncertainty: .fieller)
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
