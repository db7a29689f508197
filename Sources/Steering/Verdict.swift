/// What a validation says in words.
public enum Verdict: Sendable, Equatable, Codable {
  case transfers(because: String)
  case weak(because: String)
  case doesNot(because: String)
  case notEvaluable(because: String)

  /// The word for tables: transfers, weak, does not, not evaluable.
  public var word: String {
    switch self {
    case .transfers: "transfers"
    case .weak: "weak"
    case .doesNot: "does not"
    case .notEvaluable: "not evaluable"
    }
  }

  /// The reason, in one sentence.
  public var reason: String {
    switch self {
    case .transfers(let reason), .weak(let reason), .doesNot(let reason), .notEvaluable(let reason): reason
    }
  }
}

/// The rule behind the verdict, with its thresholds.
public struct VerdictOptions: Sendable {
  /// Largest p-value against the random vectors that still counts; smaller values are stricter.
  public var significance = 0.05
  /// Share of the native slope from which a transfer is not "weak" any more.
  public var fullRatio = 0.5
  /// Items below which nothing is claimed.
  public var minimumItems = 10

  public init() {}
}

extension VerdictOptions {
  /// Transfers: the slope's interval is above 0, it beats the random vectors and every shuffled map, and it is at
  /// least `fullRatio` of the native slope. Weak: all that but the last. Does not: anything else that was measured.
  func verdict(
    items: Int, slope: Interval?, pValue: Double, shuffledSlopes: [Double], native: Double, calibrated: Bool
  ) -> Verdict {
    guard items >= minimumItems, let slope else {
      return .notEvaluable(because: "\(items) held-out items; at least \(minimumItems) are needed")
    }
    guard calibrated else {
      return .notEvaluable(
        because: "no norm within the search range moves the model by the target divergence")
    }
    if slope.lower <= 0 {
      let interval = "the slope's interval [\(short(slope.lower)), \(short(slope.upper))]"
      return .doesNot(
        because: slope.upper < 0 ? "\(interval) is below 0: it pushes the other way" : "\(interval) holds 0")
    }
    if pValue > significance {
      return .doesNot(because: "random vectors of equal norm do as well (p = \(short(pValue)))")
    }
    if let best = shuffledSlopes.max(), best >= slope.value {
      return .doesNot(because: "a map of shuffled tokens does as well (slope \(short(best)))")
    }
    let comparison = "slope \(short(slope.value)) against \(short(native)) of the target's own vector"
    return slope.value >= fullRatio * native
      ? .transfers(because: "\(comparison), p = \(short(pValue))")
      : .weak(because: "\(comparison), below the share \(fullRatio)")
  }

  private func short(_ value: Double) -> String { String((value * 1000).rounded() / 1000) }
}
