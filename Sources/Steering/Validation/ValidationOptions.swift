/// How a transfer is validated in the target model.
public struct ValidationOptions: Sendable {
  /// Multiples of the calibrated norm; 0 is added if it is missing; at least 7 for a report.
  public var doses: [Double] = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5]
  /// Draws of residual noise; the smallest p-value is 1 / (draws + 1). Directions are drawn in pairs with their opposites
  /// (``NullSlopes``). The draws of the other nulls are in ``ValidationVectors``.
  public var residualNoiseDraws = 199
  /// Held-out items used, the first ones of the set; more items narrow the interval and cost time in proportion.
  public var maximumItems = 40
  /// Items of these that the nulls are measured on, and the carried vector against them; fewer save time.
  public var nullItems = 10
  /// Neutral texts on which vectors are brought to equal divergence; fewer save time.
  public var nullTexts = 6
  /// Tokens that are read of each of them.
  public var nullTextTokens = 10
  /// The logarithm by which the divergence of a null's direction may miss that of the carried vector when its search ends; the power
  /// law of the directions before it then corrects the norm, which leaves about a tenth of that.
  public var nullTolerance = 0.6
  /// Tokens of each generation; 0 writes none.
  public var generatedTokens = 24
  /// Prompts that are continued, the first ones of the set.
  public var generationPrompts = 4
  /// Doses at which texts are generated.
  public var generationDoses: [Double] = [-1, 0, 1]
  public var seed: UInt64 = 0
  public var calibration = CalibrationOptions()

  public init() {}
}
