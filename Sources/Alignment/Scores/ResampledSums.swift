internal import Statistics
internal import Tensors

/// Sums over tokens of a few numbers each, and the same sums over tokens, or groups of them, drawn with replacement: scores are
/// ratios of them, and share the draws.
struct ResampledSums: Sendable {
  let count: Int
  let observed: [Double]
  private let groupCount: Int
  private let drawn: [[Double]]
  private let options: Resampling

  /// One seed draws the same positions for any numbers of as many tokens.
  ///
  /// - Parameter contributions: one row a token, `width` numbers a row.
  /// - Precondition: groups of as many tokens.
  init(_ contributions: [Double], width: Int, _ options: Resampling) {
    let count = contributions.count / width
    precondition(options.groups?.labels.count ?? count == count, "groups of other than \(count) tokens")
    let groupCount = options.groups?.count ?? count
    let table = options.groups.map { Self.sums(contributions, width: width, $0) } ?? contributions
    @Sendable func total(_ group: (Int) -> Int) -> [Double] {
      let table = table.span
      var sums = [Double](repeating: 0, count: width)
      var total = sums.mutableSpan
      for index in 0..<groupCount {
        let start = group(index) * width
        for column in 0..<width { total[column] += table[start + column] }
      }
      return sums
    }
    var root = SeededRandom(seed: options.seed)
    let seeds = (0..<options.bootstrapSamples).map { _ in root.next() }
    (self.count, self.options, self.groupCount) = (count, options, groupCount)
    observed = total { $0 }
    drawn = parallelMap(count: seeds.count) { sample in
      var random = SeededRandom(seed: seeds[sample])
      return total { _ in Int(random.next(upperBound: UInt64(groupCount))) }
    }
  }

  /// One row a group.
  private static func sums(_ contributions: [Double], width: Int, _ groups: TokenGroups) -> [Double] {
    var sums = [Double](repeating: 0, count: groups.count * width)
    for (token, label) in groups.labels.enumerated() {
      for column in 0..<width { sums[Int(label) * width + column] += contributions[token * width + column] }
    }
    return sums
  }

  /// A function of the sums with a percentile interval; draws for which it is nil do not count.
  func estimate(_ value: ([Double]) -> Double?) -> Estimate {
    percentileEstimate(value(observed) ?? 0, drawn.compactMap(value), count: count, options)
  }

  /// A share of the tokens with Wilson's interval (1927), for as many independent tokens m as the resampled error stands for (Korn, Graubard 1998):
  ///
  ///     m = p (1 - p) / SE²,   at most n; the number of groups where all tokens agree
  ///
  /// A percentile interval of a rare event holds it in 60 % of samples: without a hit it has no width.
  func share(_ value: ([Double]) -> Double?) -> Estimate {
    let resampled = estimate(value)
    let (p, error) = (resampled.value, resampled.standardError ?? 0)
    guard resampled.lower != nil else { return resampled }
    let m = error > 0 ? min(p * (1 - p) / (error * error), Double(count)) : Double(groupCount)
    let z = normalQuantile((1 + options.confidence) / 2)
    let shrinkage = 1 + z * z / m
    let centre = (p + z * z / (2 * m)) / shrinkage
    let reach = z / shrinkage * (p * (1 - p) / m + z * z / (4 * m * m)).squareRoot()
    return Estimate(
      value: p, n: count, standardError: error, lower: max(0, min(p, centre - reach)),
      upper: min(1, max(p, centre + reach)), confidence: options.confidence, uncertainty: .score)
  }

  /// What the function is more than for other numbers of the same tokens, over the same draws.
  func advantage(over other: ResampledSums, _ value: ([Double]) -> Double?) -> Estimate {
    func difference(_ own: [Double], _ others: [Double]) -> Double? {
      guard let own = value(own), let others = value(others) else { return nil }
      return own - others
    }
    return percentileEstimate(
      difference(observed, other.observed) ?? 0,
      zip(drawn, other.drawn).compactMap { difference($0, $1) }, count: count, options)
  }
}

/// A value with the percentile interval of its resampled values.
func percentileEstimate(_ value: Double, _ draws: [Double], count: Int, _ options: Resampling) -> Estimate {
  Estimate(value: value, n: count, confidence: options.confidence)
    .with(Spread(ofDraws: draws, confidence: options.confidence), .bootstrap)
}
