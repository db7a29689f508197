internal import Foundation
internal import Tensors
internal import Transformers

/// How strong "dose 1" is.
public struct CalibrationOptions: Sendable {
  /// Mean KL divergence of the unsteered from the steered model at dose 1, nats a token; larger values steer harder.
  public var targetDivergence = 0.5
  /// Upper end of the search, as a share of the residual stream's median norm.
  public var largestShare = 4.0
  /// The divergence may miss the target by this share; smaller values take more steps.
  public var tolerance = 0.02
  /// Norms that are tried at most.
  public var steps = 12

  public init() {}
}

/// The norm that a direction needs to move the model by a chosen divergence.
public struct Calibration: Sendable, Equatable, Codable {
  /// Norm of dose 1, in units of the residual stream.
  public let norm: Double
  /// The same as a share of the residual stream's median norm at this point.
  public let shareOfResidual: Double
  /// The divergence that was reached, nats a token.
  public let divergence: Double
  /// False if no norm up to the largest share was found that reaches the target divergence.
  public let converged: Bool
  /// Positions that the divergence is a mean over.
  public let positions: Int

  package init(norm: Double, shareOfResidual: Double, divergence: Double, converged: Bool, positions: Int) {
    (self.norm, self.shareOfResidual, self.divergence) = (norm, shareOfResidual, divergence)
    (self.converged, self.positions) = (converged, positions)
  }
}

/// Mean next-token KL(unsteered ‖ steered) over neutral text, for many interventions at one block or above.
struct DivergenceMeter: Sendable {
  let model: Model
  private let places: NeutralPlaces
  private let baseline: [NextTokenDistribution]

  /// Positions that are measured.
  var selection: [SequencePosition] { places.selection }
  private var prefix: PrefixStates { places.prefix }

  /// - Parameter tokens: the most that are read of a text.
  init(model: Model, texts: [String], at point: ActivationPoint, tokens: Int = .max) throws {
    self.model = model
    places = try NeutralPlaces(model, texts: texts, at: point, tokens: tokens)
    let logits = try model.logits(
      continuing: places.prefix, selecting: places.selection, intervention: .none)
    baseline = parallelMap(count: logits.rows) { NextTokenDistribution(logits, row: $0) }
  }

  /// The divergence at dose 1, averaged over both signs.
  func atDoseOne(_ vector: SteeringVector) throws -> Double { try atDoseOne([vector])[0] }

  /// The divergence of each vector at dose 1, averaged over both signs; as many vectors a pass as it takes rows.
  func atDoseOne(_ vectors: [SteeringVector]) throws -> [Double] {
    try prefix.sweep(vectors.flatMap { [$0.measured(dose: 1, in: model), $0.measured(dose: -1, in: model)] })
    {
      states, interventions in
      let final = try model.finalStates(
        continuing: states,
        selecting: selection.repeated(interventions.count, sequences: prefix.lengths.count),
        interventions: interventions.flatMap { Array(repeating: $0, count: prefix.lengths.count) })
      return try divergences(final)
    }.pairs.map { ($0 + $1) / 2 }
  }

  /// The mean divergence of each copy of the selected positions; 64 rows are unembedded at a time.
  private func divergences(_ final: Matrix<Float>) throws -> [Double] {
    var rows: [Double] = []
    for start in stride(from: 0, to: final.rows, by: 64) {
      let part = Array(start..<min(final.rows, start + 64))
      let logits = try model.unembed(final.selecting(rows: part))
      rows += parallelMap(count: part.count) { row in
        baseline[(start + row) % baseline.count].divergence(from: NextTokenDistribution(logits, row: row))
      }
    }
    return stride(from: 0, to: rows.count, by: baseline.count).map { start in
      rows[start..<start + baseline.count].reduce(0, +) / Double(baseline.count)
    }
  }
}

/// The search for the norm with a given divergence, one norm at a time.
///
/// The divergence grows as the square of a small norm, so the search runs on the logarithms of both: secant steps
/// that begin with slope 2, kept inside the interval that is known to hold the target (bisection where they leave
/// it), between 1/1000 and `largestShare` of the residual stream's median norm.
struct NormSearch: Sendable {
  /// What was measured last.
  struct Found: Sendable {
    let share: Double
    let divergence: Double
    let converged: Bool
    /// The share corrected to the target by the local power law; not measured.
    let corrected: Double
    /// The exponent of that law, as far as it was measured.
    let slope: Double
  }

  private let options: CalibrationOptions
  private var low = log(0.001)
  private var high: Double
  private var share: Double
  private var slope: Double
  private var before: (share: Double, excess: Double)?
  private var tried = 0
  /// The end of the search; nil while it goes on.
  private(set) var found: Found?

  /// - Parameters:
  ///   - first: the share that is tried first.
  ///   - slope: the exponent that the first step takes.
  init(_ options: CalibrationOptions, first: Double = 0.05, slope: Double = 2) {
    self.options = options
    self.slope = slope
    high = log(options.largestShare)
    share = log(min(first, options.largestShare))
  }

  /// The norm to be tried next, as a share of the residual stream's median norm.
  var next: Double { exp(share) }

  /// Takes the divergence at ``next`` and moves on, or ends.
  mutating func record(_ divergence: Double) {
    tried += 1
    // An edit that is lost in rounding has a divergence of zero.
    let excess = log(max(divergence, 1e-12) / options.targetDivergence)
    let converged = abs(excess) <= options.tolerance
    if excess < 0 { low = share } else { high = share }
    if let before, share != before.share {
      slope = min(max((excess - before.excess) / (share - before.share), 0.5), 8)
    }
    if converged || tried >= options.steps || high - low <= 1e-9 {
      found = Found(
        share: next, divergence: divergence, converged: converged,
        corrected: converged ? exp(share - excess / slope) : next, slope: slope)
      return
    }
    before = (share, excess)
    let next = share - excess / slope
    // The upper end itself is tried once before it is given up.
    share = next >= high && high == log(options.largestShare) && low < high ? high : next
    if !(low...high).contains(share) || share == low { share = (low + high) / 2 }
  }
}

/// The norms at which vectors move the model by the target divergence, averaged over both signs; all searches take their
/// steps together.
func searchNorms(
  _ vectors: [SteeringVector], scale: ResidualScale, meter: DivergenceMeter, options: CalibrationOptions,
  first: Double = 0.05, slope: Double = 2
) throws -> [NormSearch.Found] {
  var searches = vectors.map { _ in NormSearch(options, first: first, slope: slope) }
  while true {
    let open = searches.indices.filter { searches[$0].found == nil }
    guard !open.isEmpty else { break }
    let divergences = try meter.atDoseOne(
      open.map { vectors[$0].scaled(toNorm: searches[$0].next * scale.medianNorm) })
    for (index, divergence) in zip(open, divergences) { searches[index].record(divergence) }
  }
  return searches.compactMap(\.found)
}

/// Finds the norm at which `vector` moves the model by the target divergence, averaged over both signs (``NormSearch``).
func calibrate(
  _ vector: SteeringVector, scale: ResidualScale, meter: DivergenceMeter, options: CalibrationOptions
) throws -> Calibration {
  let found = try searchNorms([vector], scale: scale, meter: meter, options: options)[0]
  return Calibration(
    norm: found.share * scale.medianNorm, shareOfResidual: found.share, divergence: found.divergence,
    converged: found.converged, positions: meter.selection.count)
}
