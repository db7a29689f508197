internal import Distribution
internal import Tensors

/// The standard error of a statistic from random halves of the tokens.
///
///     SE² = mean over splits of (θ(H) - θ(H'))² · m m' / n²,   m + m' = n tokens in H and H'
///
/// H and H' are independent samples of the same population, so half of the squared difference is, on average, the variance of
/// θ at n/2 tokens, whatever θ is; √n scaling takes it to n tokens. θ is computed anew on each half: a neighbour graph is that of
/// the half, which a bootstrap cannot give (tokens drawn twice are their own neighbours) and a delete-one jackknife
/// overstates (for mutual kNN by half). Groups of tokens stay together. Politis, Romano, Wolf 1999, ch. 2.
///
/// *What it covers*: the mean of θ over samples of n tokens. Measures of neighbours depend on n, and that mean, not a limit for
/// infinitely many tokens, is what the interval is about.
///
/// Where two models are unrelated the error of a similarity shrinks with n, not √n; a null of permuted tokens knows it, see
/// ``withoutDegenerate(_:unrelated:)``. A value that the null reaches often has the null's own error.
package struct HalfSplits: Sendable {
  private let members: [[Int]]
  private let count: Int
  private let options: Resampling
  private let generators: [SeededRandom]

  /// - Parameter count: tokens n; those of `options.groups` where it has groups.
  package init(count: Int, _ options: Resampling) {
    members = options.members(of: count)
    (self.count, self.options) = (count, options)
    generators = options.generators(options.halfSplits, stream: 7)
  }

  /// Both halves, ascending.
  package func halves(_ split: Int) -> (first: [Int], second: [Int]) {
    var random = generators[split]
    var first: [Int] = []
    var second: [Int] = []
    for group in random.permutation(members.count) {
      if first.count <= second.count { first += members[group] } else { second += members[group] }
    }
    return (first.sorted(), second.sorted())
  }

  /// Standard errors of several statistics that are computed together; nil where fewer than half of the splits have a value.
  ///
  /// - Parameters:
  ///   - splits: how many splits; nil takes those of the options.
  ///   - statistics: of the tokens of a half, ascending; NaN where there is no value.
  package func standardErrors(
    splits: Int? = nil, _ statistics: @Sendable (_ half: [Int]) -> [Double]
  ) -> [Double?] {
    let splits = min(splits ?? generators.count, generators.count)
    guard members.count >= Self.fewestGroups, splits >= 2 else { return [] }
    // Each rank takes all splits: their own work must not be spread once more, since ranks run them in different orders.
    let squares: [[Double]] = Workers.$current.withValue(.threads) {
      parallelMap(count: splits) { split in
        let (first, second) = halves(split)
        let scale = Double(first.count) * Double(second.count) / (Double(count) * Double(count))
        return zip(statistics(first), statistics(second)).map { ($0 - $1) * ($0 - $1) * scale }
      }
    }
    return (squares.first ?? []).indices.map { index in
      let defined = squares.map { $0[index] }.filter(\.isFinite)
      guard 2 * defined.count >= splits else { return nil }
      return (defined.reduce(0, +) / Double(defined.count)).squareRoot()
    }
  }

  /// Student's interval for the number of splits.
  ///
  /// - Parameter null: of permuted tokens, all of them; nil where there is none.
  package func interval(
    _ value: Double, standardError: Double?, splits: Int? = nil, null: NullDistribution? = nil
  ) -> Spread? {
    guard let standardError, value.isFinite else { return nil }
    if let byChance = null?.intervalByChance(value, options) { return byChance }
    let error = withoutDegenerate(standardError * standardError, unrelated: null?.variance ?? 0).squareRoot()
    let reach = studentQuantile(
      (1 + options.confidence) / 2, degrees: Double(splits ?? options.halfSplits))
    return Spread(value, standardError: error, reach: reach)
  }

  /// Fewer groups have no spread to speak of.
  private static let fewestGroups = 10
}

extension NullDistribution {
  /// A normal interval with the null's own error, for a value that draws of permuted tokens reach often; nil for another.
  package func intervalByChance(
    _ value: Double, _ options: Resampling
  ) -> Spread? {
    guard let standardDeviation, standardDeviation > 0, draws > 1, let pValue, pValue > options.significance
    else { return nil }
    let reach = studentQuantile((1 + options.confidence) / 2, degrees: Double(draws - 1))
    return Spread(value, standardError: standardDeviation, reach: reach)
  }
}
