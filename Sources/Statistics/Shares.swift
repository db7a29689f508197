/// The mean of n independent numbers in [0, 1] with Wilson's interval (1927), as for a share p of n items:
///
///     (p + z²/2n ± z √(p (1 - p)/n + z²/4n²)) / (1 + z²/n)
///
/// Numbers between 0 and 1 vary less than a share of the same mean, so it is careful there; it keeps a width where all items agree.
/// nil without items.
package func wilsonMean(_ values: [Double], confidence: Double = 0.95) -> Estimate? {
  guard !values.isEmpty else { return nil }
  let n = Double(values.count)
  let p = values.reduce(0, +) / n
  let z = normalQuantile((1 + confidence) / 2)
  let centre = p + z * z / (2 * n)
  let reach = z * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
  let scale = 1 + z * z / n
  return Estimate(
    value: p, n: values.count, lower: max(0, min(p, (centre - reach) / scale)),
    upper: min(1, max(p, (centre + reach) / scale)), confidence: confidence, uncertainty: .score)
}
