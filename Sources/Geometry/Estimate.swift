/// How the uncertainty of an estimate was found.
public enum UncertaintyMethod: String, Sendable, Codable {
  /// Every token left out once, in closed form; Student's interval (on Fisher's z for correlations).
  case jackknife = "delete-one jackknife over tokens"
  /// Tokens resampled with replacement; percentile interval.
  case bootstrap = "bootstrap over tokens"
  /// A twentieth of the tokens left out at a time, with all their pairs; Student's interval (on Fisher's z for correlations).
  case groupJackknife = "delete-a-group jackknife over tokens"
  /// The measure on random halves of the tokens, each with neighbours of its own; Student's interval.
  case halfSplits = "random halves of the tokens"
  /// Wilson's interval of a share, with as many independent tokens as the resampled error stands for.
  case score = "score interval of a share"
  /// The curvature of a likelihood at its maximum; normal interval.
  case likelihood = "observed information of the likelihood"
}

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

/// How wide intervals are and how strict a null's threshold is, for measures that need no random draws.
public struct IntervalOptions: Sendable, Equatable, Codable {
  /// Tokens that intervals keep together; nil takes each token by itself. Of the tokens of the measure, in their order.
  public var groups: TokenGroups?
  /// Coverage of the interval, in (0, 1); larger values widen it.
  public var confidence = 0.95
  /// Level of the null's threshold, in (0, 1); smaller values raise it.
  public var significance = 0.05
  /// Seeds the pairs of tokens that are drawn where all would be too many.
  public var seed: UInt64 = 1

  public init() {}
}

/// A number with its sample size, its uncertainty and its null.
public struct Estimate: Sendable, Equatable, Codable {
  public let value: Double
  /// Tokens (or pairs, where the measure says so) that the value rests on.
  public let n: Int
  public let standardError: Double?
  /// Ends of the confidence interval.
  public let lower: Double?
  public let upper: Double?
  /// Coverage of the interval, such as 0.95.
  public let confidence: Double
  public let uncertainty: UncertaintyMethod?
  public let null: NullDistribution?
  /// The null of all tokens permuted, where `null` permutes them within strata or rests on draws of some of them.
  public let plainNull: NullDistribution?

  public init(
    value: Double, n: Int, standardError: Double? = nil, lower: Double? = nil, upper: Double? = nil,
    confidence: Double = 0.95, uncertainty: UncertaintyMethod? = nil, null: NullDistribution? = nil,
    plainNull: NullDistribution? = nil
  ) {
    self.value = value
    self.n = n
    self.standardError = standardError
    self.lower = lower
    self.upper = upper
    self.confidence = confidence
    self.uncertainty = uncertainty
    self.null = null
    self.plainNull = plainNull
  }

  /// The same with an interval, cut where the measure ends.
  func with(
    _ interval: (standardError: Double, lower: Double, upper: Double)?, _ method: UncertaintyMethod,
    least: Double = -.infinity, largest: Double = .infinity
  ) -> Estimate {
    Estimate(
      value: value, n: n, standardError: interval?.standardError,
      lower: interval.map { max($0.lower, least) },
      upper: interval.map { min($0.upper, largest) }, confidence: confidence,
      uncertainty: interval.map { _ in method }, null: null, plainNull: plainNull)
  }

  /// The same with another null.
  func with(null: NullDistribution?, plainNull: NullDistribution?) -> Estimate {
    Estimate(
      value: value, n: n, standardError: standardError, lower: lower, upper: upper, confidence: confidence,
      uncertainty: uncertainty, null: null, plainNull: plainNull)
  }
}

/// An estimate, or the reason why there is none; never NaN.
public enum Evaluation: Sendable, Equatable, Codable {
  case estimate(Estimate)
  case notEvaluable(reason: String)

  /// The estimate, if there is one.
  public var estimate: Estimate? {
    if case .estimate(let estimate) = self { estimate } else { nil }
  }

  /// The estimate's value, if there is one.
  public var value: Double? { estimate?.value }

  /// Why there is no estimate; nil when there is one.
  public var reason: String? {
    if case .notEvaluable(let reason) = self { reason } else { nil }
  }
}
