/// How the uncertainty of an estimate was found.
public enum UncertaintyMethod: String, Sendable, Codable {
  /// Every token left out once, in closed form; Student's interval (on Fisher's z for correlations).
  case jackknife = "delete-one jackknife over tokens"
  /// Tokens resampled with replacement; percentile interval.
  case bootstrap = "bootstrap over tokens"
  /// Items resampled with replacement; percentile interval.
  case itemBootstrap = "bootstrap over items"
  /// A twentieth of the tokens left out at a time, with all their pairs; Student's interval (on Fisher's z for correlations).
  case groupJackknife = "delete-a-group jackknife over tokens"
  /// The measure on random halves of the tokens, each with neighbours of its own; Student's interval.
  case halfSplits = "random halves of the tokens"
  /// Wilson's interval of a share, with as many independent tokens as the resampled error stands for.
  case score = "score interval of a share"
  /// Independent items, each a number: the mean's interval.
  case student = "Student's interval over items"
  /// The same items in numerator and denominator: the ratio's interval.
  case fieller = "Fieller's interval over items"
  /// The curvature of a likelihood at its maximum; normal interval.
  case likelihood = "observed information of the likelihood"
  /// What is measured has a Gamma distribution where points are uniform nearby: the exact interval.
  case gamma = "Gamma distribution of neighbours' distances"
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
  package func with(
    _ interval: Spread?, _ method: UncertaintyMethod,
    least: Double = -.infinity, largest: Double = .infinity
  ) -> Estimate {
    Estimate(
      value: value, n: n, standardError: interval?.standardError,
      lower: interval.map { max($0.lower, least) },
      upper: interval.map { min($0.upper, largest) }, confidence: confidence,
      uncertainty: interval.map { _ in method }, null: null, plainNull: plainNull)
  }

  /// 1 or -1 where the interval lies on that side of 0; 0 where it holds 0, and without an interval.
  package var sureSign: Int { (lower ?? 0) > 0 ? 1 : (upper ?? 0) < 0 ? -1 : 0 }

  /// The same with another null.
  package func with(null: NullDistribution?, plainNull: NullDistribution?) -> Estimate {
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

/// The mean of per-token values and, if given, its null, without an interval: values of tokens that share neighbours or a space depend
/// on one another, and tokens that are drawn anew would understate the error (docs/coverage.md).
package func meanEstimate(
  _ values: [Double], null: NullDistribution? = nil
) -> Evaluation {
  guard !values.isEmpty else { return .notEvaluable(reason: "no tokens left to average") }
  let mean = values.reduce(0, +) / Double(values.count)
  guard mean.isFinite else { return .notEvaluable(reason: "the mean is not finite") }
  return .estimate(Estimate(value: mean, n: values.count, null: null))
}
