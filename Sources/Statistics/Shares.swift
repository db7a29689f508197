/// Wilson's interval (1927) of a share p of n independent items; n need not be whole:
///
///     (p + z²/2n ± z √(p (1 - p)/n + z²/4n²)) / (1 + z²/n)
///
/// It holds p, and keeps a width where all items agree.
package func wilsonInterval(_ share: Double, n: Double, confidence: Double) -> (lower: Double, upper: Double)
{
  let z = normalQuantile((1 + confidence) / 2)
  let z2 = z * z / n
  let centre = (share + z2 / 2) / (1 + z2)
  let reach = z / (1 + z2) * (share * (1 - share) / n + z2 / (4 * n)).squareRoot()
  return (max(0, min(share, centre - reach)), min(1, max(share, centre + reach)))
}

/// The mean of independent numbers in [0, 1] with Wilson's interval, as for a share of as many items.
///
/// Numbers between 0 and 1 vary less than a share of the same mean, so it is careful there. nil without items.
package func wilsonMean(_ values: [Double], confidence: Double = 0.95) -> Estimate? {
  guard !values.isEmpty else { return nil }
  let share = values.reduce(0, +) / Double(values.count)
  let interval = wilsonInterval(share, n: Double(values.count), confidence: confidence)
  return Estimate(
    value: share, n: values.count, lower: interval.lower, upper: interval.upper, confidence: confidence,
    uncertainty: .score)
}
