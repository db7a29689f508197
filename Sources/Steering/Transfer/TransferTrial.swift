internal import Alignment
internal import Transformers

/// How a vector is carried into another model and tested there.
public struct TrialOptions: Sendable {
  /// How the target's own vector is made: as the carried one was.
  public var extraction = ExtractionOptions()
  /// Draws of permuted labels, the second null.
  public var permutedLabels = 199
  /// Draws of maps fitted on shuffled pairs, the third null.
  public var shuffledMaps = 199
  /// The first null, the items and the doses. Its seed is that of all nulls.
  public var validation = ValidationOptions()
  public var verdict = VerdictOptions()

  public init() {}
}

/// A carried vector with what its test found.
public struct TestedVector: Sendable {
  /// Of the norm at dose 1; its provenance says what came out.
  public let vector: SteeringVector
  public let validation: Validation
  /// The verdict of the vector by itself, without other behaviours to be corrected for.
  public let judgement: Judgement
}

/// Two models and a map between them: where vectors are carried over and tested, each with its controls.
public struct TransferTrial: Sendable {
  /// The model that vectors are read in.
  public let source: NamedModel
  /// The model that they are carried into.
  public let target: NamedModel
  public let carrier: Carrier
  public let controls: any MapControls

  public init(
    from source: NamedModel, to target: NamedModel, through carrier: Carrier, controls: any MapControls
  ) {
    (self.source, self.target, self.carrier, self.controls) = (source, target, carrier, controls)
  }

  /// Carries a vector of the source into the target and holds it against the target's own vector and three nulls.
  ///
  /// The permuted labels are read in the source, at the vector's block, and go through the same map; see
  /// ``permutedLabelVectors(_:from:block:count:seed:identity:positions:)`` for vectors that are no mean differences.
  /// Cost: a pass of each model over the training pairs, the shuffled maps, and
  /// ``validate(_:on:in:neutralTexts:options:progress:)``.
  /// - Parameters:
  ///   - set: its training pairs make the target's own vector and the permuted labels; its test items judge.
  ///   - block: of the target, at whose output the vector is added.
  ///   - progress: called with the finished and the total number of measured vectors.
  /// - Throws: `SteeringError`; what the models and the shuffled maps throw.
  public func test(
    _ vector: SteeringVector, on set: ContrastSet, at block: Int, options: TrialOptions = TrialOptions(),
    progress: (Int, Int) -> Void = { _, _ in }
  ) throws -> TestedVector {
    let (extraction, seed) = (options.extraction, options.validation.seed)
    let native = try extractVectors(
      set, from: target.model, blocks: [block], identity: target.identity, options: extraction)[0]
    let transferred = try carrier.carried(vector, into: target, at: block)
    let directions = NullSlopes.directions(for: options.permutedLabels)
    let labellings = try permutedLabelVectors(
      set, from: source.model, block: vector.point.block, count: directions, seed: seed,
      identity: source.identity, positions: extraction.positions)
    let shuffled = try controls.carriedThroughShuffled(
      vector.direction, count: NullSlopes.directions(for: options.shuffledMaps), seed: seed)
    let toItself = Carrier(
      controls.selfMap, words: "\(controls.selfMap.method) map of \(target.identity.name) to itself")
    let vectors = ValidationVectors(
      transferred: transferred, native: native,
      selfTransferred: try toItself.carried(native, into: target, at: block),
      permutedLabels: try labellings.map { try carrier.carried($0, into: target, at: block) },
      shuffledMaps: shuffled.map { transferred.with(direction: $0) },
      labellingsAreExhausted: labellings.count < directions)
    let validation = try validate(
      vectors, on: set, in: target.model, neutralTexts: ContrastSet.neutralTexts(),
      options: options.validation, progress: progress)
    let judgement = options.verdict.judge([validation])[0]
    var calibrated = transferred.scaled(toNorm: validation.calibration.norm)
    calibrated.provenance.calibration = validation.calibration
    calibrated.provenance.testedOn =
      "\(set.name) alone: \(judgement.verdict.word), \(judgement.verdict.reason) (seed \(seed))"
    return TestedVector(vector: calibrated, validation: validation, judgement: judgement)
  }
}
