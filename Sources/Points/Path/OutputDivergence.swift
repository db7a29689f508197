internal import Checkpoints
internal import Lenses
internal import Statistics
internal import Steering
internal import Tensors
internal import Tokenizers
internal import Transformers

/// How far an addition at one place of a model moves its next-token distribution on neutral texts:
///
///     KL(p ‖ q) = Σ p (ln p - ln q),  nats; q with the addition at all positions
///
/// The mean over the middle and the last position of each text, then over texts, with Student's interval over texts.
struct OutputDivergence {
  /// Texts that are read.
  var texts: Int { sequences.count }

  private let model: Model
  private let point: ActivationPoint
  private let scale: Float
  private let sequences: [[Int]]
  private let prefix: PrefixStates
  private let places: [SequencePosition]
  private let baseline: Matrix<Float>

  /// Texts that are read at most.
  private static let mostTexts = 24

  /// Cost: one pass over the texts.
  /// - Throws: ``PointGap`` for a space that nothing is added to; what the model throws.
  init(_ named: PointModel, _ space: PointSpace) throws {
    guard let model = named.runnable?.model else { throw named.gap ?? PointGap("\(named.name) can't be run") }
    let point: ActivationPoint
    switch space {
    case .input:
      // A shift passes a table of positions, but not a norm.
      guard model.embeddingNorm.isEmpty else {
        throw PointGap(
          "between the embedding and block 0 stands a norm: a shift of the one is none of the other")
      }
      point = ActivationPoint(block: 0, site: .residualPre)
    case .output: throw PointGap("the unembedding is no place where something is added to a pass")
    case .residual, .added: point = space.activationPoint ?? ActivationPoint(block: 0, site: .residualPre)
    }
    (self.model, self.point) = (model, point)
    scale = space == .input ? model.configuration.embeddingScale : 1
    let sequences = try ContrastSet.neutralTexts().prefix(Self.mostTexts).map { model.tokenizer.encode($0) }
      .filter { $0.count > 3 }
    guard !sequences.isEmpty else { throw SteeringError.noNeutralText }
    self.sequences = sequences
    prefix = try model.prefix(sequences, before: point.block)
    places = sequences.indices.flatMap { index in
      [sequences[index].count / 2, sequences[index].count - 1].map {
        SequencePosition(sequence: index, position: $0)
      }
    }
    baseline = try model.logits(continuing: prefix, selecting: places)
  }

  /// The divergence of each point less the start, added.
  func ofAdding(_ points: Matrix<Float>, from start: [Float]) throws -> [Evaluation] {
    try (0..<points.rows).map { row in
      let shift = zip(points.row(row), start).map { scale * ($0 - $1) }
      guard shift.contains(where: { $0 != 0 }) else {
        return .estimate(Estimate(value: 0, n: texts))
      }
      let intervention = Intervention([Edit(.add(shift), at: point)])
      let logits = try model.logits(
        continuing: prefix, selecting: places, interventions: sequences.map { _ in intervention })
      return evaluation(logits)
    }
  }

  private func evaluation(_ logits: Matrix<Float>) -> Evaluation {
    let values = divergences(baseline, logits)
    let means = stride(from: 0, to: values.count, by: 2).map { (values[$0] + values[$0 + 1]) / 2 }
    guard let estimate = studentMean(means, least: 0) else {
      return .estimate(Estimate(value: means.reduce(0, +) / Double(max(1, means.count)), n: means.count))
    }
    return .estimate(estimate)
  }
}
