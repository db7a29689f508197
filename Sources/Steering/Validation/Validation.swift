public import Statistics
internal import Tensors
public import Transformers

/// What a transferred vector does in the target model, against every control.
public struct Validation: Sendable, Codable {
  /// One arm's curve with the interval of its slope.
  public struct ArmResult: Sendable, Codable {
    public let arm: Arm
    public let response: DoseResponse
    public let slope: Estimate?
    /// The same for the set's choice items; only of the transferred and the native vector, nil without choices.
    public let choice: DoseResponse?
  }

  public let behaviour: String
  public let point: ActivationPoint
  public let residual: ResidualScale
  public let calibration: Calibration
  public let arms: [ArmResult]
  /// The target's own vector at the norm where it disturbs neutral text as much as the transferred one does.
  public let nativeAtOwnDose: ArmResult?
  /// That norm over the transferred vector's; nil if no norm has the divergence.
  public let nativeDose: Double?
  /// Central slope of the transferred vector, `mean over items of (L(1) - L(-1)) / 2`, nats a dose: what is held against the nulls.
  public let effect: Double
  /// The same of the target's own vector, at equal norm and at equal divergence.
  public let nativeEffects: [Double]
  public let nulls: [NullResult]
  /// Items that the effects are means over.
  public let effectItems: Int
  /// Positions of neutral text on which vectors are brought to equal divergence.
  public let divergencePositions: Int
  /// Mean slope of transferred over mean slope of native at equal norm; `nil` if native is not surely positive.
  public let transferRatio: Estimate?
  /// The same with the native vector at its own dose of equal divergence.
  public let ratioAtEqualDivergence: Estimate?
  /// Divergence on neutral text at dose ±1 of the native vector, whose norm is that of the transferred one.
  public let nativeDivergence: Double
  /// Cosine of the transferred with the native vector.
  public let cosineToNative: Double?
  /// Largest difference in log-odds between dose 0 and no intervention: 0 by construction, checked.
  public let doseZeroDeviation: Double
  /// Largest difference between the sign-flipped vector at d and the vector at -d, nats.
  public let signFlipDeviation: Double
  public let texts: [GeneratedTexts]

  /// Texts written under one arm at one dose.
  public struct GeneratedTexts: Sendable, Codable {
    public let arm: Arm
    public let dose: Double
    public let texts: [SteeredText]
  }

  /// The effect of the target's own vector.
  public func nativeEffect(_ rule: DoseRule) -> Double { nativeEffects[rule == .equalNorm ? 0 : 1] }

  /// Slope of transferred over slope of native.
  public func transferRatio(_ rule: DoseRule) -> Estimate? {
    rule == .equalNorm ? transferRatio : ratioAtEqualDivergence
  }

  /// The smallest number of standard deviations between a null's draws and the transferred vector's effect, over all nulls and
  /// both rules; nil where draws do not vary.
  public var standardScore: Double? {
    let scores = nulls.flatMap { null in DoseRule.allCases.map { null.slopes($0).standardScore(of: effect) } }
    return scores.contains { $0 == nil } ? nil : scores.compactMap { $0 }.min()
  }

  /// The result of one arm.
  public func result(_ arm: Arm) -> ArmResult? { arms.first { $0.arm == arm } }
}

/// Measures dose–response curves of the transferred vector and of its controls in the target model, and its effect against three
/// nulls, at equal norm and at equal divergence.
///
/// Everything below the edit is run once; edits run as many a pass as fit. Cost: 6 curves of all doses over the held-out items; for each
/// direction of a null two passes over ``ValidationOptions/nullItems`` items by either rule, and about two double passes over
/// ``ValidationOptions/nullTexts`` neutral texts.
/// - Parameters:
///   - neutralTexts: for the residual norm, the residual noise and the divergence of the calibration.
///   - progress: called with the finished and the total number of measured vectors.
public func validate(
  _ vectors: ValidationVectors, on set: ContrastSet, in model: Model, neutralTexts: [String],
  options: ValidationOptions = ValidationOptions(), progress: (Int, Int) -> Void = { _, _ in }
) throws -> Validation {
  try ValidationBench(vectors, set, model, neutralTexts, options).validation(progress)
}

/// What all measurements of one validation share.
private struct ValidationBench {
  let vectors: ValidationVectors
  let set: ContrastSet
  let model: Model
  let options: ValidationOptions
  let doses: [Double]
  let residual: ResidualScale
  let calibration: Calibration
  let divergence: DivergenceMeter
  let meter: LogOddsMeter
  let choiceMeter: LogOddsMeter?
  let nulls: NullBench

  init(
    _ vectors: ValidationVectors, _ set: ContrastSet, _ model: Model, _ neutralTexts: [String],
    _ options: ValidationOptions
  ) throws {
    (self.vectors, self.set, self.model, self.options) = (vectors, set, model, options)
    let point = vectors.transferred.point
    doses = (options.doses.contains(0) ? options.doses : options.doses + [0]).sorted()
    let states = try residualStates(of: model, at: point, texts: neutralTexts)
    residual = ResidualScale(point: point, states: states)
    divergence = try DivergenceMeter(model: model, texts: neutralTexts, at: point)
    calibration = try calibrate(
      vectors.transferred, scale: residual, meter: divergence, options: options.calibration)
    let items = set.test.prefix(options.maximumItems).map { ($0.prompt, $0.positive, $0.negative) }
    meter = try LogOddsMeter(TestContinuations(Array(items), model: model), model: model, at: point)
    let choices = set.choice.map { ($0.question, $0.answer($0.positive), $0.answer($0.negative)) }
    choiceMeter =
      choices.isEmpty
      ? nil : try LogOddsMeter(TestContinuations(choices, model: model), model: model, at: point)
    nulls = try NullBench(
      vectors.transferred.scaled(toNorm: calibration.norm), states: states, scale: residual,
      meter: LogOddsMeter(
        TestContinuations(Array(items.prefix(options.nullItems)), model: model), model: model, at: point),
      divergence: DivergenceMeter(
        model: model, texts: spread(neutralTexts, options.nullTexts), at: point,
        tokens: options.nullTextTokens),
      options: options)
  }

  func validation(_ progress: (Int, Int) -> Void) throws -> Validation {
    let noise = nulls.residualNoise()
    let total = noise.count + vectors.permutedLabels.count + vectors.shuffledMaps.count
    progress(0, total)
    let unsteered = try meter.logOdds([.none])[0]
    let arms = try self.arms(noise, unsteered)
    var done = 0
    func against(_ null: SteeringNull, _ directions: [SteeringVector]) throws -> NullResult {
      let isExhausted = null == .permutedLabels && vectors.labellingsAreExhausted
      let result = try nulls.against(null, directions, limit: isExhausted ? directions.count : nil) {
        done += $0
        progress(done, total)
      }
      return result
    }
    let results = [
      try against(.residualNoise, noise), try against(.permutedLabels, vectors.permutedLabels),
      try against(.shuffledMaps, vectors.shuffledMaps),
    ]
    let native = vectors.native.scaled(toNorm: calibration.norm)
    let own = try nulls.atEqualDivergence(native)
    let atOwnDose = try arm(.native, own.vector, unsteered, withChoice: false)
    let transferred = arms[0].response
    return Validation(
      behaviour: set.name, point: residual.point, residual: residual, calibration: calibration, arms: arms,
      nativeAtOwnDose: atOwnDose, nativeDose: own.isReached ? own.vector.norm / calibration.norm : nil,
      effect: try nulls.effects([nulls.carried])[0], nativeEffects: try nulls.effects([native, own.vector]),
      nulls: results, effectItems: nulls.meter.continuations.itemCount,
      divergencePositions: nulls.divergence.selection.count,
      transferRatio: ratio(transferred, arms[1].response),
      ratioAtEqualDivergence: ratio(transferred, atOwnDose.response),
      nativeDivergence: try divergence.atDoseOne(native),
      cosineToNative: vectors.transferred.cosine(vectors.native),
      doseZeroDeviation: try doseZeroDeviation(unsteered), signFlipDeviation: signFlipDeviation(arms),
      texts: try generatedTexts(
        vectors, control: vectors.permutedLabels.first, set: set, model: model, norm: calibration.norm,
        options: options))
  }

  /// The curves at equal norm, in the order of the report.
  private func arms(_ noise: [SteeringVector], _ unsteered: [Double]) throws -> [Validation.ArmResult] {
    var arms: [(Arm, SteeringVector)] = [
      (.transferred, vectors.transferred), (.native, vectors.native),
      (.selfTransfer, vectors.selfTransferred),
      (.signFlip, -vectors.transferred),
    ]
    let firsts = [noise.first, vectors.permutedLabels.first, vectors.shuffledMaps.first]
    for (null, first) in zip(SteeringNull.allCases, firsts) {
      if let first { arms.append((.null(null), first)) }
    }
    return try arms.map { arm, vector in
      try self.arm(
        arm, vector.scaled(toNorm: calibration.norm), unsteered,
        withChoice: arm == .transferred || arm == .native)
    }
  }

  private func arm(
    _ arm: Arm, _ vector: SteeringVector, _ unsteered: [Double], withChoice: Bool
  ) throws -> Validation.ArmResult {
    let response = try curve(vector, meter, unsteered)
    let choice =
      withChoice
      ? try choiceMeter.map { try curve(vector, $0, $0.logOdds([.none])[0]) } : nil
    return Validation.ArmResult(
      arm: arm, response: response, slope: studentMean(response.itemSlopes), choice: choice)
  }

  private func curve(
    _ vector: SteeringVector, _ meter: LogOddsMeter, _ unsteered: [Double]
  ) throws -> DoseResponse {
    let steered = doses.filter { $0 != 0 }
    let measured = try meter.logOdds(steered.map { (vector, $0) })
    return DoseResponse(
      doses: doses,
      logOdds: doses.map { dose in steered.firstIndex(of: dose).map { measured[$0] } ?? unsteered })
  }

  private func ratio(_ transferred: DoseResponse, _ native: DoseResponse) -> Estimate? {
    native.slope > 0 ? fiellerRatio(transferred.itemSlopes, over: native.itemSlopes) : nil
  }

  private func doseZeroDeviation(_ unsteered: [Double]) throws -> Double {
    let point = residual.point.measured(in: model)
    let zero = vectors.transferred.direction.map { _ in Float(0) }
    return largestDifference(
      try meter.logOdds([Intervention([Edit(.add(zero), at: point)])])[0], unsteered)
  }

  private func signFlipDeviation(_ arms: [Validation.ArmResult]) -> Double {
    let transferred = arms[0].response
    guard transferred.doses == transferred.doses.reversed().map({ -$0 }) else { return 0 }
    let flipped = arms.first { $0.arm == .signFlip }?.response.logOdds ?? []
    return zip(flipped, transferred.logOdds.reversed()).map { largestDifference($0, $1) }.max() ?? 0
  }
}

/// `count` of the texts, spread over all.
private func spread(_ texts: [String], _ count: Int) -> [String] {
  let count = min(count, texts.count)
  return (0..<count).map { texts[$0 * texts.count / count] }
}

private func generatedTexts(
  _ vectors: ValidationVectors, control: SteeringVector?, set: ContrastSet, model: Model, norm: Double,
  options: ValidationOptions
) throws -> [Validation.GeneratedTexts] {
  let prompts = Array(set.generationPrompts.prefix(options.generationPrompts))
  guard options.generatedTokens > 0, !prompts.isEmpty else { return [] }
  var generation = GenerationOptions()
  generation.maximumTokens = options.generatedTokens
  var arms: [(Arm, SteeringVector)] = [(.transferred, vectors.transferred), (.native, vectors.native)]
  if let control { arms.append((.null(.permutedLabels), control)) }
  return try arms.flatMap { arm, vector in
    // Dose 0 is the same text for every vector: it is written once, under the first arm.
    try options.generationDoses.filter { $0 != 0 || arm == .transferred }.map { dose in
      let intervention = vector.scaled(toNorm: norm).intervention(dose: dose)
      return Validation.GeneratedTexts(
        arm: arm, dose: dose,
        texts: try steeredTexts(prompts, model: model, intervention: intervention, options: generation))
    }
  }
}

private func largestDifference(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).map { abs($0 - $1) }.max() ?? 0
}

extension Arm {
  package var isNull: Bool { if case .null = self { true } else { false } }
}
