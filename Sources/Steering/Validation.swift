internal import Geometry
internal import Tensors
public import Transformers

/// How a transfer is validated in the target model.
public struct ValidationOptions: Sendable {
  /// Multiples of the calibrated norm; 0 is added if it is missing; at least 7 for a report.
  public var doses: [Double] = [-1.5, -1, -0.5, 0, 0.5, 1, 1.5]
  /// Random vectors of equal norm; the smallest p-value is 1 / (count + 1).
  public var randomVectors = 20
  /// Held-out items used, the first ones of the set; more items narrow the interval and cost time in proportion.
  public var maximumItems = 40
  /// Resamples of the bootstrap over items.
  public var resamples = 1000
  /// Tokens of each generation; 0 writes none.
  public var generatedTokens = 24
  /// Prompts that are continued, the first ones of the set.
  public var generationPrompts = 4
  /// Doses at which texts are generated.
  public var generationDoses: [Double] = [-1, 0, 1]
  public var seed: UInt64 = 0
  public var calibration = CalibrationOptions()
  public var verdict = VerdictOptions()

  public init() {}
}

/// The vectors that a validation compares; all are rescaled to one norm, so only directions differ.
public struct ValidationVectors: Sendable {
  public var transferred: SteeringVector
  public var native: SteeringVector
  /// The source vector through maps fitted on shuffled token pairs.
  public var shuffled: [SteeringVector]
  /// The native vector through a map from the target to itself.
  public var selfTransferred: SteeringVector

  public init(
    transferred: SteeringVector, native: SteeringVector, shuffled: [SteeringVector],
    selfTransferred: SteeringVector
  ) {
    self.transferred = transferred
    self.native = native
    self.shuffled = shuffled
    self.selfTransferred = selfTransferred
  }
}

/// What a transferred vector does in the target model, against every control.
public struct Validation: Sendable, Codable {
  /// One arm's curve with the interval of its slope.
  public struct ArmResult: Sendable, Codable {
    public let arm: Arm
    public let response: DoseResponse
    public let slope: Interval?
    /// The same for the set's choice items; only of the transferred and the native vector, nil without choices.
    public let choice: DoseResponse?
  }

  public let behaviour: String
  public let point: ActivationPoint
  public let residual: ResidualScale
  public let calibration: Calibration
  public let arms: [ArmResult]
  /// P(random slope ≥ transferred slope) = (1 + #{random ≥ transferred}) / (draws + 1).
  public let pValue: Double
  /// Mean slope of transferred over mean slope of native, bootstrap over items; `nil` if native is not positive.
  public let transferRatio: Interval?
  /// Divergence on neutral text at dose ±1 of the native vector, whose norm is that of the transferred one.
  public let nativeDivergence: Double
  /// Cosine of the transferred with the native vector.
  public let cosineToNative: Double?
  /// Largest difference in log-odds between dose 0 and no intervention: 0 by construction, checked.
  public let doseZeroDeviation: Double
  /// Largest difference between the sign-flipped vector at d and the vector at -d, nats.
  public let signFlipDeviation: Double
  public let texts: [GeneratedTexts]
  public let verdict: Verdict

  /// Texts written under one arm at one dose.
  public struct GeneratedTexts: Sendable, Codable {
    public let arm: Arm
    public let dose: Double
    public let texts: [SteeredText]
  }

  /// The ratio that a native vector of equal divergence would leave, in place of one of equal norm.
  ///
  /// For small edits the divergence grows as the square of the norm and the log-odds linearly, so it is
  /// `ratio · √(D_native / D_transferred)`: an extrapolation, exact only in that limit.
  public var ratioAtEqualDivergence: Interval? {
    guard let ratio = transferRatio, calibration.divergence > 0 else { return nil }
    let factor = (nativeDivergence / calibration.divergence).squareRoot()
    return Interval(
      value: factor * ratio.value, lower: factor * ratio.lower, upper: factor * ratio.upper, n: ratio.n)
  }

  /// How many standard deviations of the random vectors' slopes the transferred slope lies above their mean.
  public var standardScore: Double? {
    let slopes = arms.filter(\.arm.isRandom).map(\.response.slope)
    guard slopes.count > 1, let slope = result(.transferred)?.response.slope else { return nil }
    let mean = slopes.reduce(0, +) / Double(slopes.count)
    let squares = slopes.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / Double(slopes.count - 1)).squareRoot()
    return deviation > 0 ? (slope - mean) / deviation : nil
  }

  /// The result of one arm.
  public func result(_ arm: Arm) -> ArmResult? { arms.first { $0.arm == arm } }
}

/// Measures dose–response curves of the transferred vector and of every control in the target model.
///
/// Cost: (4 + shuffled + random) · doses passes over the held-out items from the edited block upwards.
/// - Parameters:
///   - neutralTexts: for the residual norm and the divergence of the calibration.
///   - progress: called with the finished and the total number of arms.
public func validate(
  _ vectors: ValidationVectors, on set: ContrastSet, in model: Model, neutralTexts: [String],
  options: ValidationOptions = ValidationOptions(), progress: (Int, Int) -> Void = { _, _ in }
) throws -> Validation {
  let point = vectors.transferred.point
  let residual = try residualScale(of: model, at: point, texts: neutralTexts)
  let divergence = try DivergenceMeter(model: model, texts: neutralTexts, before: point.block)
  let calibration = try calibrate(
    vectors.transferred, scale: residual, meter: divergence, options: options.calibration)
  let items = set.test.prefix(options.maximumItems).map { ($0.prompt, $0.positive, $0.negative) }
  let meter = try LogOddsMeter(
    TestContinuations(Array(items), model: model), model: model, before: point.block)
  let choices = set.choice.map { ($0.question, $0.answer($0.positive), $0.answer($0.negative)) }
  let choiceMeter =
    choices.isEmpty
    ? nil : try LogOddsMeter(TestContinuations(choices, model: model), model: model, before: point.block)

  let doses = (options.doses.contains(0) ? options.doses : options.doses + [0]).sorted()
  let candidates = controls(vectors, options: options)
  let unsteered = try meter.logOdds(.none)
  let unsteeredChoices = try choiceMeter?.logOdds(.none) ?? []
  var arms: [Validation.ArmResult] = []
  for (index, (arm, vector)) in candidates.enumerated() {
    let scaled = vector.scaled(toNorm: calibration.norm)
    func curve(_ meter: LogOddsMeter, _ baseline: [Double]) throws -> DoseResponse {
      DoseResponse(
        doses: doses,
        logOdds: try doses.map { $0 == 0 ? baseline : try meter.logOdds(scaled.intervention(dose: $0)) })
    }
    let response = try curve(meter, unsteered)
    let slopes = response.itemSlopes
    let choice =
      arm == .transferred || arm == .native ? try choiceMeter.map { try curve($0, unsteeredChoices) } : nil
    let slope = bootstrapInterval(items: slopes.count, resamples: options.resamples, seed: options.seed) {
      chosen in
      chosen.reduce(0.0) { $0 + slopes[$1] } / Double(chosen.count)
    }
    arms.append(Validation.ArmResult(arm: arm, response: response, slope: slope, choice: choice))
    progress(index + 1, candidates.count)
  }
  let nativeDivergence = try divergence.atDoseOne(vectors.native.scaled(toNorm: calibration.norm))
  return try summarise(
    arms, nativeDivergence: nativeDivergence, vectors: vectors, set: set, model: model, residual: residual,
    calibration: calibration,
    zeroEdit: meter, unsteered: unsteered, options: options)
}

/// Every arm with its vector, in the order of the report.
private func controls(_ vectors: ValidationVectors, options: ValidationOptions) -> [(Arm, SteeringVector)] {
  var arms: [(Arm, SteeringVector)] = [
    (.transferred, vectors.transferred), (.native, vectors.native), (.selfTransfer, vectors.selfTransferred),
    (.signFlip, -vectors.transferred),
  ]
  arms += vectors.shuffled.enumerated().map { (.shuffledMap($0.offset), $0.element) }
  var random = SeededRandom(seed: options.seed)
  arms += (0..<options.randomVectors).map { index in
    let direction = vectors.transferred.direction.map { _ in Float(random.normal()) }
    return (.random(index), vectors.transferred.with(direction: direction))
  }
  return arms
}

private func summarise(
  _ arms: [Validation.ArmResult], nativeDivergence: Double, vectors: ValidationVectors, set: ContrastSet,
  model: Model, residual: ResidualScale, calibration: Calibration, zeroEdit meter: LogOddsMeter,
  unsteered: [Double],
  options: ValidationOptions
) throws -> Validation {
  func response(_ arm: Arm) -> DoseResponse? { arms.first { $0.arm == arm }?.response }
  let transferred = arms[0]
  let native = arms[1]
  let randomSlopes = arms.filter(\.arm.isRandom).map(\.response.slope)
  let pValue =
    Double(1 + randomSlopes.count { $0 >= transferred.response.slope }) / Double(randomSlopes.count + 1)
  let zero = vectors.transferred.with(direction: vectors.transferred.direction.map { _ in 0 })
  let atZero = try meter.logOdds(Intervention([Edit(.add(zero.direction), at: zero.point)]))
  let flipped = response(.signFlip)
  let mirrored = zip(flipped?.logOdds ?? [], transferred.response.logOdds.reversed())
  let isSymmetric = transferred.response.doses == transferred.response.doses.reversed().map { -$0 }
  let verdict = options.verdict.verdict(
    items: unsteered.count, slope: transferred.slope, pValue: pValue,
    shuffledSlopes: arms.filter(\.arm.isShuffled).map(\.response.slope), native: native.response.slope,
    calibrated: calibration.converged)
  return Validation(
    behaviour: set.name, point: vectors.transferred.point, residual: residual, calibration: calibration,
    arms: arms, pValue: pValue,
    transferRatio: transferRatio(transferred.response, native.response, options: options),
    nativeDivergence: nativeDivergence, cosineToNative: vectors.transferred.cosine(vectors.native),
    doseZeroDeviation: largestDifference(atZero, unsteered),
    signFlipDeviation: isSymmetric ? mirrored.map { largestDifference($0, $1) }.max() ?? 0 : 0,
    texts: try generatedTexts(vectors, set: set, model: model, norm: calibration.norm, options: options),
    verdict: verdict)
}

private func transferRatio(
  _ transferred: DoseResponse, _ native: DoseResponse, options: ValidationOptions
) -> Interval? {
  let (numerators, denominators) = (transferred.itemSlopes, native.itemSlopes)
  guard native.slope > 0 else { return nil }
  return bootstrapInterval(items: numerators.count, resamples: options.resamples, seed: options.seed) {
    chosen in
    let denominator = chosen.reduce(0.0) { $0 + denominators[$1] }
    return denominator > 0 ? chosen.reduce(0.0) { $0 + numerators[$1] } / denominator : nil
  }
}

private func generatedTexts(
  _ vectors: ValidationVectors, set: ContrastSet, model: Model, norm: Double, options: ValidationOptions
) throws -> [Validation.GeneratedTexts] {
  let prompts = Array(set.generationPrompts.prefix(options.generationPrompts))
  guard options.generatedTokens > 0, !prompts.isEmpty else { return [] }
  var generation = GenerationOptions()
  generation.maximumTokens = options.generatedTokens
  var random = SeededRandom(seed: options.seed)
  let randomVector = vectors.transferred.with(
    direction: vectors.transferred.direction.map { _ in Float(random.normal()) })
  let arms: [(Arm, SteeringVector)] = [
    (.transferred, vectors.transferred), (.native, vectors.native), (.random(0), randomVector),
  ]
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
  package var isRandom: Bool { if case .random = self { true } else { false } }
  package var isShuffled: Bool { if case .shuffledMap = self { true } else { false } }
}
