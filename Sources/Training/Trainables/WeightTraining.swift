internal import Files
internal import Gradients
internal import Tensors
public import Transformers

/// A model learns to continue prompts by changing some of its weights: the factors of low-rank updates (LoRA: Hu et al. 2021), or
/// all weights of a small model.
///
/// ```swift
/// let lora = model.addingLowRank(to: [.query, .value], rank: 8, alpha: 16, seed: 1)
/// let training = WeightTraining(lora.lowRankWeights, of: lora, modelHash: hash, examples: examples)
/// let state = try train(training, options: options)
/// let adapted = try training.model(at: state.parameters)
/// ```
/// What is trained is f32 in memory, the rest stays mapped. Training begins from the weights that the model has, so a seed is that of
/// ``Model/addingLowRank(to:rank:alpha:seed:)``. Weight decay acts on matrices of blocks and on factors, not on
/// embeddings, norms and biases. Cost: about 4 forward passes for all weights, 3 for low-rank updates.
public struct WeightTraining: Trainable {
  private let weights: [Weight]
  private let model: Model
  private let modelHash: String
  private let examples: [Continuation]
  private let data: String

  /// - Parameters:
  ///   - modelHash: SHA-256 of the model's file, for checkpoints.
  ///   - examples: prompts of a token or more, whose continuations are to follow; only those are counted in the loss.
  public init(_ weights: [Weight], of model: Model, modelHash: String, examples: [Continuation]) {
    (self.weights, self.model, self.modelHash, self.examples) = (weights, model, modelHash, examples)
    data = examples.map { PseudoTokenExample([.tokens($0.prompt)], target: $0.continuation) }.sha256
  }

  public var identity: TrainableIdentity {
    let names = sha256Hex(of: Array(weights.map(\.name).joined(separator: " ").utf8)).prefix(12)
    return TrainableIdentity(
      what: "\(weights.count) weights of a model, \(names)", model: modelHash, data: data)
  }

  public var exampleCount: Int { examples.count }

  /// Those that the model has; the seed is of no influence.
  /// - Throws: `TransformerError` for a weight that the model does not have.
  public func initialParameters(seed: UInt64) throws -> ParameterSet {
    ParameterSet(
      try weights.map { Parameter($0.name, try model.values(of: $0), isDecayed: $0.isDecayed) })
  }

  /// The model with trained weights.
  /// - Throws: `TransformerError` for numbers that are not finite.
  public func model(at parameters: ParameterSet) throws(TransformerError) -> Model {
    try model.replacing(Dictionary(uniqueKeysWithValues: weights.map { ($0, parameters[$0.name]) }))
  }

  /// - Throws: `TransformerError` for tokens that do not fit the model, and beyond its context.
  public func loss(of examples: [Int], at parameters: ParameterSet) throws -> BatchLoss {
    let batch = examples.map { self.examples[$0] }
    let targets = batch.enumerated().flatMap { sequence, example in
      example.continuation.enumerated().map { offset, token in
        (SequencePosition(sequence: sequence, position: example.prompt.count - 1 + offset), token)
      }
    }
    guard !targets.isEmpty else { return BatchLoss(total: 0, count: 0, gradients: parameters.zeros) }
    // The last token is predicted, never read.
    let found = try model(at: parameters).lossGradients(
      of: batch.map { $0.prompt + $0.continuation.dropLast() }, targets: targets, Set(weights))
    var gradients = parameters.zeros
    for weight in weights {
      if let gradient = found.gradients[weight] { gradients[weight.name] = gradient }
    }
    gradients.scale(by: Float(targets.count))
    return BatchLoss(
      total: found.loss * Double(targets.count), count: targets.count, gradients: gradients)
  }
}

extension Model {
  /// Both factors of all its low-rank updates.
  public var lowRankWeights: [Weight] {
    weights.filter {
      switch $0 {
      case .lowRankA, .lowRankB: true
      default: false
      }
    }
  }
}

extension Weight {
  /// Whether weight decay acts on it.
  var isDecayed: Bool {
    switch self {
    case .matrix, .expert, .sharedExpert, .router, .sharedRouter, .lowRankA, .lowRankB: true
    case .embedding, .unembedding, .unembeddingBias, .positions, .embeddingNorm, .embeddingNormBias,
      .finalNorm,
      .finalNormBias, .bias, .norm, .normBias:
      false
    }
  }
}
