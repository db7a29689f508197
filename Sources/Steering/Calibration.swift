internal import Tensors
internal import Tokenizers
internal import Transformers

/// How strong "dose 1" is.
public struct CalibrationOptions: Sendable {
  /// Mean KL divergence of the unsteered from the steered model at dose 1, nats a token; larger values steer harder.
  public var targetDivergence = 0.5
  /// Upper end of the search, as a share of the residual stream's median norm.
  public var largestShare = 4.0
  /// Bisection steps; each halves the interval of the logarithm of the norm.
  public var steps = 9

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
  /// False if even the largest share stays below the target divergence.
  public let converged: Bool
  /// Positions that the divergence is a mean over.
  public let positions: Int
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
    baseline = (0..<logits.rows).map { NextTokenDistribution(logits, row: $0) }
  }

  func divergence(_ intervention: Intervention) throws -> Double {
    let logits = try model.logits(continuing: prefix, selecting: selection, intervention: intervention)
    let total = (0..<logits.rows).reduce(0.0) { sum, row in
      sum + baseline[row].divergence(from: NextTokenDistribution(logits, row: row))
    }
    return total / Double(logits.rows)
  }
}

/// Finds the norm at which `vector` moves the model by the target divergence, averaged over both signs.
///
/// Bisection on the logarithm of the norm between 1/1000 and `largestShare` of the residual stream's median
/// norm; the divergence grows with the norm in this range, and the result says what was reached.
func calibrate(
  _ vector: SteeringVector, scale: ResidualScale, meter: DivergenceMeter, options: CalibrationOptions
) throws -> Calibration {
  func divergence(_ share: Double) throws -> Double {
    let unit = vector.scaled(toNorm: share * scale.medianNorm)
    return try (meter.divergence(unit.intervention(dose: 1)) + meter.divergence(unit.intervention(dose: -1)))
      / 2
  }
  var low = 0.001
  var high = options.largestShare
  let largest = try divergence(high)
  guard vector.norm > 0, largest >= options.targetDivergence else {
    return Calibration(
      norm: high * scale.medianNorm, shareOfResidual: high, divergence: largest, converged: false,
      positions: meter.selection.count)
  }
  var reached = largest
  for _ in 0..<options.steps {
    let middle = (low * high).squareRoot()
    let value = try divergence(middle)
    if value < options.targetDivergence {
      low = middle
    } else {
      high = middle
      reached = value
    }
  }
  return Calibration(
    norm: high * scale.medianNorm, shareOfResidual: high, divergence: reached, converged: true,
    positions: meter.selection.count)
}
