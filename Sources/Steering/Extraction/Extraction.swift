internal import Checkpoints
internal import Tensors
internal import Tokenizers
public import Transformers

/// How steering vectors are extracted.
public struct ExtractionOptions: Sendable {
  /// The estimator of the direction.
  public var estimator: any DirectionEstimator = MeanDifference()
  /// The positions whose activations are read: the last token of each text, which has seen all of it, or the mean
  /// over its tokens but the first.
  public var positions = ActivationPositions.last

  public init() {}
}

/// One steering vector a block from a contrast set, read at the output of each block.
///
/// Cost: one forward pass over all training texts.
/// - Parameters:
///   - set: the training pairs are used, the test items never.
///   - blocks: blocks whose output (`residualPost`) is read.
///   - identity: the model's name and hash, for the provenance.
/// - Throws: `SteeringError.tooFewPairs` with less than two pairs; what the model throws.
public func extractVectors(
  _ set: ContrastSet, from model: Model, blocks: [Int], identity: ModelIdentity,
  options: ExtractionOptions = ExtractionOptions()
) throws -> [SteeringVector] {
  let differences = try pairDifferences(set, in: model, blocks: blocks, positions: options.positions)
  let provenance = VectorProvenance(
    of: model, identity, behaviour: set.name, method: options.estimator.name,
    tokenPosition: options.positions.rawValue, pairCount: set.train.count)
  return try zip(blocks, differences).map { block, differences in
    SteeringVector(
      direction: try options.estimator.direction(of: differences).map(Float.init),
      point: ActivationPoint(block: block, site: .residualPost), provenance: provenance)
  }
}

/// For each block, row `i` is `h⁺ᵢ - h⁻ᵢ` of training pair `i` at the block's output.
func pairDifferences(
  _ set: ContrastSet, in model: Model, blocks: [Int], positions: ActivationPositions
) throws -> [Matrix<Double>] {
  guard set.train.count >= 2 else { throw SteeringError.tooFewPairs(name: set.name, count: set.train.count) }
  let texts = set.train.map(\.positive) + set.train.map(\.negative)
  let points = blocks.map { ActivationPoint(block: $0, site: .residualPost) }
  let activations = try model.activations(
    texts.map { model.tokenizer.encode($0) }, at: points, positions: positions)
  return try points.map { point in
    guard let rows = activations[point] else { throw SteeringError.missingActivation(point) }
    return pairDifferences(rows)
  }
}

/// The positive texts are the first half of the rows.
private func pairDifferences(_ activations: Matrix<Float>) -> Matrix<Double> {
  let half = activations.elements.count / 2
  let differences = (0..<half).map {
    Double(activations.elements[$0]) - Double(activations.elements[half + $0])
  }
  return Matrix(rows: activations.rows / 2, columns: activations.columns, elements: differences)
}

extension VectorProvenance {
  /// Of a vector that was found in a model.
  init(
    of model: Model, _ identity: ModelIdentity, behaviour: String, method: String, tokenPosition: String,
    pairCount: Int = 0
  ) {
    self.init(
      model: identity.name, modelHash: identity.hash, architecture: model.configuration.architecture,
      behaviour: behaviour, method: method, tokenPosition: tokenPosition, pairCount: pairCount)
    tokenizerHash = identity.tokenizerHash
    blockCount = model.configuration.blockCount
  }

  /// How the vector was made; nil where no estimator of ours has the name that it gives.
  public var extraction: ExtractionOptions? {
    guard let estimator = DirectionEstimators.named(method) else { return nil }
    var options = ExtractionOptions()
    options.estimator = estimator
    options.positions = tokenPosition == ActivationPositions.mean.rawValue ? .mean : .last
    return options
  }
}
