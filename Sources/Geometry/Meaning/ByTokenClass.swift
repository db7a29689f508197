public import Statistics
public import Vocabularies

/// A per-token value within one class of tokens.
public struct TokenClassSummary: Sendable, Equatable, Codable {
  public let tokenClass: TokenClass
  /// The mean over the tokens of the class that have a value.
  ///
  /// *Uncertainty*: none: the tokens' values depend on one another. *Null*: as many tokens drawn at random from all classes; its mean is
  /// that of all tokens, and over all draws its variance is exactly σ²/m · (N - m)/(N - 1).
  public let mean: Evaluation
  public let spread: Quantiles?
  /// Tokens of the class with a value.
  public let count: Int
  /// Tokens of the class without one.
  public let undefined: Int
}

/// Per-token values summed up by token class: orientation scores, map errors, dimensions, neighbour overlaps.
///
/// One row for each class that occurs, in the order of the cases. O(n); a class's row does not depend on the others but through its null. Comparing many classes with the
/// null asks many questions at once: correct for that.
public struct ByTokenClass: Sendable, Equatable, Codable {
  public let rows: [TokenClassSummary]
  /// The mean over all tokens with a value.
  public let all: Evaluation

  /// - Parameters:
  ///   - values: one for each token, such as ``RelativeOrientation/perToken``; nil where there is none.
  ///   - classes: the tokens' classes, in the same order.
  /// - Precondition: as many classes as values; values are finite.
  public init(_ values: [Double?], classes: [TokenClass]) {
    precondition(
      values.count == classes.count, "\(values.count) values with \(classes.count) token classes")
    let defined = values.compactMap { $0 }
    let population = Population(defined)
    all = meanEstimate(defined)
    var members: [TokenClass: [Double?]] = [:]
    for (value, tokenClass) in zip(values, classes) { members[tokenClass, default: []].append(value) }
    rows = TokenClass.allCases.compactMap { tokenClass in
      members[tokenClass].map { all in
        let values = all.compactMap { $0 }
        return TokenClassSummary(
          tokenClass: tokenClass,
          mean: meanEstimate(values, null: population?.null(count: values.count)),
          spread: Quantiles(values), count: values.count, undefined: all.count - values.count)
      }
    }
  }

  /// The same for values that every token has.
  public init(_ values: [Double], classes: [TokenClass]) {
    self.init(values.map(Optional.some), classes: classes)
  }

  /// The row of a class; nil when no token is of it.
  public subscript(tokenClass: TokenClass) -> TokenClassSummary? {
    rows.first { $0.tokenClass == tokenClass }
  }
}

/// Mean and variance of all tokens' values.
private struct Population {
  let count: Double
  let mean: Double
  let variance: Double

  init?(_ values: [Double]) {
    guard values.count > 1 else { return nil }
    let n = Double(values.count)
    let mean = values.reduce(0, +) / n
    count = n
    self.mean = mean
    variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / n
  }

  /// The mean of a random subset.
  func null(count m: Int) -> NullDistribution? {
    guard m > 0, variance.isFinite else { return nil }
    return NullDistribution(
      meaning: "as many tokens at random from all classes", mean: mean,
      standardDeviation: (variance / Double(m) * (count - Double(m)) / (count - 1)).squareRoot())
  }
}

/// Per-token relative orientation, by class of the first model's tokens.
public enum OrientationByClass: PairMeasure {
  public static let name = "orientation_by_class"
  public static let version = 1
  public static let group: MeasureGroup? = .tokenProfiles
  public static let gauges: [Gauge] = [.raw]
  public static let task = "classes"
  public static let needsTokens = true

  public static let concept: Concept? = Concept(
    meaning: "Relative orientation, averaged over the tokens of each class.",
    high:
      "High values mean that the tokens of a class keep their angles to all other tokens.",
    cite:
      "Of raw rows; cite it as a comparison of classes, not beside the value of all pairs, which weighs tokens otherwise."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<[TokenClassSummary]>] {
    TokenClass.metrics("orientation", "mean orientation of tokens")
  }

  public static func measure(_ pair: PairBench) throws -> [TokenClassSummary] {
    var options = pair.options.orientation
    options.spearman = .sampled(pairs: 0)
    let (x, y) = try pair.rows
    return ByTokenClass(
      try RelativeOrientation(x, y, options).perToken, classes: TokenClass.classes(of: pair.a.tokens)
    ).rows
  }
}

/// Levina–Bickel's dimension of each token, by class.
public enum DimensionByClass: SpaceMeasure {
  public static let name = "dimension_by_class"
  public static let version = 1
  public static let group: MeasureGroup? = .tokenProfiles
  public static let gauges: [Gauge] = [.raw]
  public static let task = "classes"
  public static let needsTokens = true
  public static let uses: [any SpaceMeasure.Type] = [DistanceDimensions.self]
  public static let depends: Set<MeasureOptions.Field> = [.seed]

  public static let concept: Concept? = Concept(
    meaning: "Local dimension, averaged over the tokens of each class.",
    high:
      "High values mean that neighbourhoods of the tokens of a class have many dimensions.",
    cite:
      "Of raw rows; cite the difference to the mean of all classes, which is the null."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<[TokenClassSummary]>] {
    TokenClass.metrics("{model}/dimension", "mean dimension of {model}'s tokens")
  }

  public static func measure(_ space: SpaceView) throws -> [TokenClassSummary] {
    ByTokenClass(
      try space.finding(DistanceDimensions.self).levinaBickel.perToken,
      classes: TokenClass.classes(of: space.bench.tokens)
    ).rows
  }
}

extension TokenClass {
  /// A mean for each class that there can be.
  fileprivate static func metrics(_ key: String, _ title: String) -> [Metric<[TokenClassSummary]>] {
    allCases.map { tokenClass in
      Metric("\(tokenClass.rawValue)/\(key)", "\(title), \(tokenClass.rawValue)") { found in
        found.first { $0.tokenClass == tokenClass }?.mean
      }
    }
  }
}
