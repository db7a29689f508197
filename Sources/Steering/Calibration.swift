internal import Foundation
internal import Tensors
internal import Tokenizers
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
  private let prefix: PrefixStates
  let selection: [SequencePosition]
  private let baseline: [NextTokenDistribution]

  /// The last token and the middle one of every text are measured: enough to average, little to unembed.
  init(model: Model, texts: [String], before block: Int) throws {
    let sequences = texts.map { model.tokenizer.encode($0) }.filter { $0.count > 3 }
    guard !sequences.isEmpty else { throw SteeringError.noNeutralText }
    self.model = model
    prefix = try model.prefix(sequences, before: block)
    selection = sequences.indices.flatMap { index in
      [sequences[index].count / 2, sequences[index].count - 1].map {
        SequencePosition(sequence: index, position: $0)
      }
    }
    let logits = try model.logits(continuing: prefix, selecting: selection, intervention: .none)
    baseline = parallelMap(count: logits.rows) { NextTokenDistribution(logits, row: $0) }
  }

  /// The divergence at dose 1, averaged over both signs.
  func atDoseOne(_ vector: SteeringVector) throws -> Double {
    try (divergence(vector.intervention(dose: 1)) + divergence(vector.intervention(dose: -1))) / 2
  }

  private func divergence(_ intervention: Intervention) throws -> Double {
    let logits = try model.logits(continuing: prefix, selecting: selection, intervention: intervention)
    let divergences: [Double] = parallelMap(count: logits.rows) { row in
      baseline[row].divergence(from: NextTokenDistribution(logits, row: row))
    }
    return divergences.reduce(0, +) / Double(logits.rows)
  }
}

/// Finds the norm at which `vector` moves the model by the target divergence, averaged over both signs.
///
/// The divergence grows as the square of a small norm, so the search runs on the logarithms of both: secant steps
/// that begin with slope 2, kept inside the interval that is known to hold the target (bisection where they leave
/// it), between 1/1000 and `largestShare` of the residual stream's median norm.
func calibrate(
  _ vector: SteeringVector, scale: ResidualScale, meter: DivergenceMeter, options: CalibrationOptions
) throws -> Calibration {
  func divergence(_ share: Double) throws -> Double {
    try meter.atDoseOne(vector.scaled(toNorm: share * scale.medianNorm))
  }
  func result(_ share: Double, _ divergence: Double, converged: Bool) -> Calibration {
    Calibration(
      norm: share * scale.medianNorm, shareOfResidual: share, divergence: divergence, converged: converged,
      positions: meter.selection.count)
  }
  var low = log(0.001)
  var high = log(options.largestShare)
  var share = log(min(0.05, options.largestShare))
  var slope = 2.0
  var before: (share: Double, divergence: Double)?
  var reached = 0.0
  for _ in 0..<options.steps where vector.norm > 0 {
    reached = try divergence(exp(share))
    // An edit that is lost in rounding has a divergence of zero.
    let excess = log(max(reached, 1e-12) / options.targetDivergence)
    if abs(excess) <= options.tolerance { return result(exp(share), reached, converged: true) }
    if excess < 0 { low = share } else { high = share }
    guard high - low > 1e-9 else { break }
    if let before, share != before.share {
      slope = min(max((excess - before.divergence) / (share - before.share), 0.5), 8)
    }
    before = (share, excess)
    let next = share - excess / slope
    // The upper end itself is tried once before it is given up.
    share = next >= high && high == log(options.largestShare) && low < high ? high : next
    if !(low...high).contains(share) || share == low { share = (low + high) / 2 }
  }
  return result(exp(share), reached, converged: false)
}
