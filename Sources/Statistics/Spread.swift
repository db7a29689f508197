/// How far a value may be off: its standard error and the ends of its interval.
package struct Spread: Sendable, Equatable {
  package let standardError: Double
  package let lower: Double
  package let upper: Double

  package init(standardError: Double, lower: Double, upper: Double) {
    (self.standardError, self.lower, self.upper) = (standardError, lower, upper)
  }

  /// `value` ± `reach` standard errors.
  package init(_ value: Double, standardError: Double, reach: Double) {
    self.init(
      standardError: standardError, lower: value - reach * standardError,
      upper: value + reach * standardError)
  }

  /// The standard deviation (divisor n - 1) of draws and their percentile interval; nil for less than two.
  package init?(ofDraws draws: [Double], confidence: Double) {
    guard draws.count >= 2 else { return nil }
    let sorted = draws.sorted()
    let mean = sorted.reduce(0, +) / Double(sorted.count)
    let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    self.init(
      standardError: (squares / Double(sorted.count - 1)).squareRoot(),
      lower: quantile(ofSorted: sorted, (1 - confidence) / 2),
      upper: quantile(ofSorted: sorted, (1 + confidence) / 2))
  }
}
