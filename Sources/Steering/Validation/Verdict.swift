internal import Statistics

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
public struct VerdictOptions: Sendable, Equatable, Codable {
  /// Largest corrected p-value that still counts; smaller values are stricter.
  public var significance = 0.05
  /// Share of the slope of the target's own vector by which the carried one may fall behind and still "transfer"; 0 … 1,
  /// smaller values are stricter.
  public var margin = 0.5
  /// Items below which nothing is claimed.
  public var minimumItems = 10

  public init() {}
}

/// A verdict with the p-value that it rests on.
public struct Judgement: Sendable, Equatable, Codable {
  public let verdict: Verdict
  /// The largest p-value over all nulls and both dose rules: to beat each of them is one claim.
  public let uncorrected: Double
  /// The same after Holm's correction for the behaviours of the family.
  public let corrected: Double
  /// The null with the largest p-value, and the rule by which it was compared.
  public let strictestNull: SteeringNull
  public let strictestRule: DoseRule
  /// Behaviours that were carried in the same direction: what Holm corrects for.
  public let family: Int
}

extension VerdictOptions {
  /// The verdicts of all behaviours that were carried from one model into another, which are one family: their p-values are
  /// corrected together (``holmAdjusted(_:)``).
  ///
  /// Transfers: the slope's interval is above 0, the vector beats every null by both rules, and its slope is by both rules not inferior
  /// to that of the target's own vector. Weak: all but the last. Does not: anything else that was measured.
  public func judge(_ family: [Validation]) -> [Judgement] {
    let strictest = family.map(\.strictest)
    let corrected = holmAdjusted(strictest.map(\.pValue))
    return family.indices.map { index in
      Judgement(
        verdict: verdict(family[index], corrected: corrected[index], family: family.count),
        uncorrected: strictest[index].pValue, corrected: corrected[index],
        strictestNull: strictest[index].null,
        strictestRule: strictest[index].rule, family: family.count)
    }
  }

  /// Draws of each null from which a p-value can be significant in a family of this size: `m / (draws + 1) ≤ α`.
  public func drawsNeeded(family: Int) -> Int {
    Int((Double(family) / significance - 1e-9).rounded(.up)) - 1
  }

  private func verdict(_ validation: Validation, corrected: Double, family: Int) -> Verdict {
    let items = validation.result(.transferred)?.response.itemSlopes.count ?? 0
    guard items >= minimumItems, let slope = validation.result(.transferred)?.slope,
      let lower = slope.lower, let upper = slope.upper
    else {
      return .notEvaluable(because: "\(items) held-out items; at least \(minimumItems) are needed")
    }
    guard validation.calibration.converged else {
      return .notEvaluable(
        because: "no norm within the search range moves the model by the target divergence")
    }
    if lower <= 0 {
      let interval = "the slope's interval [\(short(lower)), \(short(upper))]"
      return .doesNot(
        because: upper < 0
          ? "\(interval) is below 0: it pushes the other way"
          : "\(interval) holds 0; \(diagnosis(validation))"
      )
    }
    if let reason = tooFewDraws(validation, family: family) { return .notEvaluable(because: reason) }
    let strictest = validation.strictest
    if corrected > significance {
      return .doesNot(
        because:
          "\(strictest.null.rawValue) do as well at \(strictest.rule.rawValue), p = \(short(strictest.pValue))"
          + (family > 1 ? ", \(short(corrected)) after correction for \(family) behaviours" : "") + "; "
          + diagnosis(validation))
    }
    let beaten =
      "beats every null at equal norm and at equal divergence, p = \(short(corrected))"
      + (family > 1 ? " after correction for \(family) behaviours" : "")
    return comparison(validation, beaten)
  }

  /// Why no result could have been significant; nil where one could.
  private func tooFewDraws(_ validation: Validation, family: Int) -> String? {
    let needed = drawsNeeded(family: family)
    guard let scarce = validation.nulls.min(by: { $0.equalNorm.draws < $1.equalNorm.draws }) else {
      return "no null was measured"
    }
    guard scarce.equalNorm.draws < needed else { return nil }
    return "\(scarce.equalNorm.draws) draws of \(scarce.null.rawValue) cannot give p ≤ \(short(significance))"
      + (family > 1 ? " after correction for \(family) behaviours" : "") + "; \(needed) would be needed"
      + (scarce.limit == nil ? "" : ", and the contrast pairs have no more balanced labellings: add pairs")
  }

  /// Not inferior to the target's own vector, or weak.
  private func comparison(_ validation: Validation, _ beaten: String) -> Verdict {
    let share = 1 - margin
    let rules: [(rule: DoseRule, native: DoseResponse?)] = [
      (.equalNorm, validation.result(.native)?.response),
      (.equalDivergence, validation.nativeAtOwnDose?.response),
    ]
    var words: [String] = []
    for (rule, native) in rules {
      guard let native, studentMean(native.itemSlopes)?.sureSign == 1,
        let ratio = validation.transferRatio(rule), let lower = ratio.lower, let upper = ratio.upper
      else {
        return .weak(
          because:
            "\(beaten), but the target's own vector does not surely steer here at \(rule.rawValue): there is "
            + "nothing to hold it against")
      }
      let text = "\(short(ratio.value)) [\(short(lower)), \(short(upper))]"
      guard lower > share else {
        return .weak(
          because:
            "\(beaten), but at \(rule.rawValue) it has \(text) of the slope of the target's own vector, "
            + "not surely more than \(short(share))")
      }
      words.append("\(text) at \(rule.rawValue)")
    }
    return .transfers(
      because:
        "\(beaten), and has \(words.joined(separator: " and ")) of the slope of the target's own vector, surely more "
        + "than \(short(share))")
  }

  /// Can this trait be steered here at all?
  private func diagnosis(_ validation: Validation) -> String {
    let effect = validation.nativeEffect(.equalDivergence)
    let worst = validation.nulls.map { $0.equalDivergence.pValue(of: effect) }.max() ?? 1
    let p = "p = \(short(worst)) at equal divergence"
    return worst <= significance
      ? "the target's own vector does beat them all (\(p)), so the trait can be steered here and was lost on the way"
      : "nor does the target's own vector beat them all (\(p)): the trait can hardly be steered here"
  }
}

/// To three decimals, for sentences.
func short(_ value: Double) -> String { String((value * 1000).rounded() / 1000) }

extension Validation {
  /// The largest p-value over nulls and rules, and where it stands; p = 1 without a null.
  var strictest: (null: SteeringNull, rule: DoseRule, pValue: Double) {
    let all = nulls.flatMap { null in
      DoseRule.allCases.map { (null: null.null, rule: $0, pValue: null.slopes($0).pValue(of: effect)) }
    }
    return all.max { $0.pValue < $1.pValue } ?? (.permutedLabels, .equalNorm, 1)
  }
}
