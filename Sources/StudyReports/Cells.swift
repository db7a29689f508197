internal import Reports
internal import Statistics
internal import Steering
internal import Workflow

extension Table.Cell {
  /// An estimate with its interval, or the reason why there is none.
  static func evaluation(_ evaluation: Evaluation) -> Table.Cell {
    guard let estimate = evaluation.estimate else { return .notEvaluable(evaluation.reason ?? "unknown") }
    guard let lower = estimate.lower, let upper = estimate.upper else { return .number(estimate.value) }
    return .estimate(estimate.value, lower: lower, upper: upper)
  }

  /// How many tokens or pairs it rests on.
  static func count(_ evaluation: Evaluation) -> Table.Cell {
    evaluation.estimate.map { .integer($0.n) } ?? .notEvaluable(evaluation.reason ?? "")
  }

  /// The mean of the null.
  static func nullMean(_ evaluation: Evaluation) -> Table.Cell {
    evaluation.estimate?.null.map { .number($0.mean) } ?? .notEvaluable(evaluation.reason ?? noNull)
  }

  /// P(null ≥ observed).
  static func pValue(_ evaluation: Evaluation) -> Table.Cell {
    guard let null = evaluation.estimate?.null else { return .notEvaluable(evaluation.reason ?? noNull) }
    return .optional(null.pValue, noSpread)
  }

  /// Where p comes from: draws of the null, or a bound on its exact moments.
  static func pValueKind(_ evaluation: Evaluation) -> Table.Cell {
    guard let null = evaluation.estimate?.null else { return .notEvaluable(evaluation.reason ?? noNull) }
    guard null.pValue != nil else { return .notEvaluable(noSpread) }
    return .text(null.pValueIsBound ? "upper bound" : "\(null.draws) draws")
  }

  /// The score above the null's threshold.
  static func calibrated(_ evaluation: Evaluation) -> Table.Cell {
    guard let null = evaluation.estimate?.null else { return .notEvaluable(evaluation.reason ?? noNull) }
    return .optional(null.calibrated, noSpread)
  }

  private static let noNull = "no null was computed: it would need the ranks of all pairs"
  private static let noSpread = "only the mean of the null is known, not its spread"

  static func interval(_ estimate: Estimate?, _ reason: String) -> Table.Cell {
    estimate.map { .score($0) } ?? .notEvaluable(reason)
  }

  static func optionalEvaluation(_ evaluation: Evaluation?, _ reason: String) -> Table.Cell {
    evaluation.map { .evaluation($0) } ?? .notEvaluable(reason)
  }

  static func score(_ estimate: Estimate) -> Table.Cell { .evaluation(.estimate(estimate)) }

  static func optional(_ value: Double?, _ reason: String) -> Table.Cell {
    value.map { .number($0) } ?? .notEvaluable(reason)
  }
}
