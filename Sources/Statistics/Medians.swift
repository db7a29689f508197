/// The median of independent numbers with the percentile interval of the bootstrap (Efron, Tibshirani 1993, ch. 13).
///
/// The median is that of type 7, the middle or the mean of both middles, for the numbers and for each resample alike. Deterministic in the seed.
/// Numbers that belong together (`Resampling.groups`: the words of one item) are drawn together. Fewer than five groups have no interval: of so few a
/// bootstrap knows nothing. Coverage is tested by simulation, of ranks too, whose ties make the interval wider rather than narrower.
///
/// - Parameter method: what the numbers are of: tokens, or items.
/// - Complexity: O(n log n) a resample.
/// - Precondition: one number or more.
package func medianEstimate(
  _ values: [Double], _ resampling: Resampling = Resampling(), _ method: UncertaintyMethod = .itemBootstrap
) -> Estimate {
  let estimate = Estimate(
    value: quantile(ofSorted: values.sorted(), 0.5), n: values.count, confidence: resampling.confidence)
  guard resampling.members(of: values.count).count >= 5 else { return estimate }
  let spread = bootstrap(count: values.count, resampling) { indices in
    quantile(ofSorted: indices.map { values[$0] }.sorted(), 0.5)
  }
  return estimate.with(spread, method)
}
