/// What a measure gives when nothing is shared: the distribution that the observed value is held against.
public struct NullDistribution: Sendable, Equatable, Codable {
  /// What was made random, in words.
  public let meaning: String
  public let mean: Double
  /// Missing only where the null has a known mean and no known spread.
  public let standardDeviation: Double?
  /// Random draws taken; 0 when the moments are exact, over all permutations.
  public let draws: Int
  /// The value that the null exceeds with a probability of at most the significance level.
  public let threshold: Double?
  /// P(null ≥ observed). With draws, (1 + #{null ≥ observed}) / (draws + 1).
  public let pValue: Double?
  /// True when `pValue` is an upper bound (Cantelli's inequality on exact moments).
  public let pValueIsBound: Bool
  /// max((observed - threshold) / (maximum - threshold), 0); Gröger, Wen, Brbić 2026.
  public let calibrated: Double?
  /// The draws in the order of ``TokenPermutations``, so that measures can be judged together by ``MaxT``; nil
  /// where there are none, or where they do not belong to those permutations.
  public let sample: [Double]?

  public init(
    meaning: String, mean: Double, standardDeviation: Double? = nil, draws: Int = 0,
    threshold: Double? = nil, pValue: Double? = nil, pValueIsBound: Bool = false,
    calibrated: Double? = nil, sample: [Double]? = nil
  ) {
    self.meaning = meaning
    self.mean = mean
    self.standardDeviation = standardDeviation
    self.draws = draws
    self.threshold = threshold
    self.pValue = pValue
    self.pValueIsBound = pValueIsBound
    self.calibrated = calibrated
    self.sample = sample
  }
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
  package static func exactMoments(
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
  package static func threshold(_ draws: [Double], observed: Double, significance: Double) -> Double {
    let pooled = (draws + [observed]).sorted()
    // Less a rounding error: 0.95 · 20 is the 19th, not the 20th.
    let rank = Int(((1 - significance) * Double(pooled.count) - 1e-9).rounded(.up))
    return pooled[min(max(rank, 1), pooled.count) - 1]
  }

  package static func calibratedScore(_ observed: Double, threshold: Double, maximum: Double) -> Double {
    guard maximum > threshold else { return 0 }
    return max((observed - threshold) / (maximum - threshold), 0)
  }

  /// The squared standard deviation.
  package var variance: Double? { standardDeviation.map { $0 * $0 } }
}
