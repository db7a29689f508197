internal import Distribution
internal import RealModule
internal import Tensors

/// How bootstraps and permutation tests draw.
public struct Resampling: Sendable, Equatable, Codable {
  /// Bootstrap resamples; larger values smooth the interval's ends. At least 2.
  public var bootstrapSamples = 1000
  /// Permutations K of a sampled null; the smallest possible p is 1 / (K + 1). At least 1.
  public var permutations = 200
  /// Coverage of intervals, in (0, 1).
  public var confidence = 0.95
  /// Level α of the null's threshold, in (0, 1); smaller values make the calibrated score stricter.
  public var significance = 0.05
  public var seed: UInt64 = 1
  /// Random halves of the tokens that the intervals of neighbour measures rest on; more of them steady the interval.
  public var halfSplits = 100
  /// Tokens that intervals keep together; nil takes each token by itself. Of the tokens of the measure, in their order.
  public var groups: TokenGroups?
  /// Classes of tokens within which nulls permute; nil permutes all tokens. Of the tokens of the measure, in their order.
  public var strata: TokenGroups?

  public init() {}

  /// The same for some of the tokens, by position.
  public func selecting(_ positions: [Int]) -> Resampling {
    var options = self
    options.groups = groups?.selecting(positions)
    options.strata = strata?.selecting(positions)
    return options
  }

  /// The same without bootstraps and permutations.
  public var interval: IntervalOptions {
    var options = IntervalOptions()
    (options.groups, options.confidence, options.significance) = (groups, confidence, significance)
    options.seed = seed
    return options
  }

  /// The same with each token by itself, for values that are not one a token.
  public var ungrouped: Resampling {
    var options = self
    (options.groups, options.strata) = (nil, nil)
    return options
  }

  /// The tokens of each group.
  /// - Precondition: groups of as many tokens.
  func members(of count: Int) -> [[Int]] { TokenGroups.members(groups, of: count) }

  /// `count` independent generators; the same seed gives the same generators on any machine.
  func generators(_ count: Int, stream: UInt64) -> [SeededRandom] {
    var root = SeededRandom(seed: seed ^ (stream &* 0xD1B5_4A32_D192_ED03))
    return (0..<count).map { _ in SeededRandom(seed: root.next()) }
  }
}

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

/// Standard error and percentile interval from resampled indices.
///
/// Each resample draws as many groups of indices as there are, with replacement, and calls `statistic`, in parallel; resamples where
/// the statistic is undefined (nil) are left out. Deterministic in the seed.
/// Efron, Tibshirani 1993, ch. 13. Returns nil when fewer than two resamples are defined.
func bootstrap(
  count: Int, _ options: Resampling, _ statistic: @Sendable ([Int]) -> Double?
) -> (standardError: Double, lower: Double, upper: Double)? {
  guard count > 0 else { return nil }
  let generators = options.generators(options.bootstrapSamples, stream: 1)
  let members = options.members(of: count)
  let drawn: [Double?] = parallelMap(count: generators.count) { sample in
    var random = generators[sample]
    return statistic(
      members.indices.flatMap { _ in members[Int(random.next(upperBound: UInt64(members.count)))] })
  }
  return interval(drawn.compactMap { $0 }.filter(\.isFinite), confidence: options.confidence)
}

/// The same for the mean of `values`, without index lists.
func bootstrapOfMean(
  _ values: [Double], _ options: Resampling, transform: @Sendable (Double) -> Double = { $0 }
) -> (standardError: Double, lower: Double, upper: Double)? {
  guard !values.isEmpty else { return nil }
  let generators = options.generators(options.bootstrapSamples, stream: 1)
  let key = BlockKey("bootstrap of a mean", [.doubles(values), .text("\(options)")])
  let groups = options.members(of: values.count).map { members in
    (sum: members.reduce(0) { $0 + values[$1] }, count: Double(members.count))
  }
  let drawn = spreadDraws(key, count: generators.count) { sample in
    var random = generators[sample]
    var (sum, count) = (0.0, 0.0)
    for _ in groups.indices {
      let group = groups[Int(random.next(upperBound: UInt64(groups.count)))]
      sum += group.sum
      count += group.count
    }
    return sum / count
  }
  return interval(drawn.map(transform).filter(\.isFinite), confidence: options.confidence)
}

/// `count` numbers, each from its own generator, by blocks of draws that the current workers share.
func spreadDraws(_ key: BlockKey, count: Int, _ draw: @Sendable (Int) -> Double) -> [Double] {
  guard !Workers.current.areThreadsOnly else { return parallelMap(count: count) { draw($0) } }
  let block = 25
  return Workers.current.map(key, count: (count + block - 1) / block) { index in
    parallelMap(count: min(block, count - index * block)) { draw(index * block + $0) }
  }.flatMap { $0 }
}

private func interval(
  _ sample: [Double], confidence: Double
) -> (standardError: Double, lower: Double, upper: Double)? {
  guard sample.count >= 2 else { return nil }
  let sorted = sample.sorted()
  let mean = sorted.reduce(0, +) / Double(sorted.count)
  let squares = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
  return (
    (squares / Double(sorted.count - 1)).squareRoot(), quantile(ofSorted: sorted, (1 - confidence) / 2),
    quantile(ofSorted: sorted, (1 + confidence) / 2)
  )
}

extension NullDistribution {
  /// A null from random draws: p = (1 + #{s ≥ observed}) / (K + 1); the threshold τ is the
  /// ⌈(1 - α)(K + 1)⌉-th order statistic of the draws together with the observed value, and the calibrated
  /// score max((observed - τ) / (maximum - τ), 0). Gröger, Wen, Brbić 2026, section 3.
  ///
  /// - Parameter isOfTokenPermutations: whether draw k is of `TokenPermutations`' permutation k; such draws
  ///   are kept in `sample`.
  /// - Precondition: `draws` is not empty.
  public static func sampled(
    _ draws: [Double], observed: Double, maximum: Double, significance: Double, meaning: String,
    isOfTokenPermutations: Bool = false
  ) -> NullDistribution {
    precondition(!draws.isEmpty, "a null from 0 draws, expected at least 1")
    let mean = draws.reduce(0, +) / Double(draws.count)
    let squares = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let exceeding = draws.count { $0 >= observed }
    let threshold = threshold(draws, observed: observed, significance: significance)
    return NullDistribution(
      meaning: meaning, mean: mean,
      standardDeviation: draws.count > 1 ? (squares / Double(draws.count - 1)).squareRoot() : nil,
      draws: draws.count, threshold: threshold,
      pValue: Double(1 + exceeding) / Double(draws.count + 1),
      calibrated: calibratedScore(observed, threshold: threshold, maximum: maximum),
      sample: isOfTokenPermutations ? draws : nil)
  }

  /// A null whose mean and standard deviation over all permutations are known exactly.
  ///
  /// Without a distribution, Cantelli's inequality bounds both: P(null ≥ μ + t) ≤ σ² / (σ² + t²), so the
  /// threshold is μ + σ √((1 - α)/α). Both err on the careful side.
  static func exactMoments(
    mean: Double, standardDeviation: Double, observed: Double, maximum: Double, significance: Double,
    meaning: String
  ) -> NullDistribution {
    let variance = standardDeviation * standardDeviation
    let excess = observed - mean
    let pValue = excess > 0 ? variance / (variance + excess * excess) : 1
    let threshold = mean + standardDeviation * ((1 - significance) / significance).squareRoot()
    return NullDistribution(
      meaning: meaning, mean: mean, standardDeviation: standardDeviation, threshold: threshold,
      pValue: pValue, pValueIsBound: true,
      calibrated: calibratedScore(observed, threshold: threshold, maximum: maximum))
  }

  /// The ⌈(1 - α)(K + 1)⌉-th order statistic of K draws together with the observed value.
  static func threshold(_ draws: [Double], observed: Double, significance: Double) -> Double {
    let pooled = (draws + [observed]).sorted()
    // Less a rounding error: 0.95 · 20 is the 19th, not the 20th.
    let rank = Int(((1 - significance) * Double(pooled.count) - 1e-9).rounded(.up))
    return pooled[min(max(rank, 1), pooled.count) - 1]
  }

  static func calibratedScore(_ observed: Double, threshold: Double, maximum: Double) -> Double {
    guard maximum > threshold else { return 0 }
    return max((observed - threshold) / (maximum - threshold), 0)
  }
}
