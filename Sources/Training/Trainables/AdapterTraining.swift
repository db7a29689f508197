internal import Checkpoints
internal import Files
public import Tensors
internal import Tokenizers
public import Transformers

/// An adapter learns to make a model write the texts that belong to vectors; some of the model's weights may learn with
/// it.
///
/// Without weights the model is frozen. With both factors of low-rank updates (``Model/lowRankWeights``) adapter and
/// LoRA get their gradients from one pass; with all weights the whole model learns. What is trained of the model is f32
/// in memory and begins as the model has it; low-rank updates can leave out inputs at random while they learn. Weight decay acts on matrices, not on biases, norms and embeddings.
public struct AdapterTraining: Trainable {
  public let adapter: Adapter
  private let start: ParameterSet?
  private let isFixed: Bool
  private let weights: [Weight]
  private let dropout: LowRankDropout?
  private let model: Model
  private let modelHash: String
  private let inputs: Matrix<Float>
  private let examples: [PseudoTokenExample]
  private let data: String

  /// - Parameters:
  ///   - start: the adapter's first parameters; nil draws them by the seed.
  ///   - isFixed: whether the adapter stays as it starts, and the weights learn alone; asks for both.
  ///   - weights: what learns of the model.
  ///   - dropout: what low-rank updates leave out; every batch draws anew by the seed and its number.
  ///   - modelHash: SHA-256 of the model's file, for checkpoints.
  ///   - inputs: `[vectors x d]`; a vector's number in an example is its row.
  /// - Precondition: the widths of vectors and model are the adapter's; every example's vectors are there.
  public init(
    _ adapter: Adapter, startingFrom start: ParameterSet? = nil, isFixed: Bool = false,
    weights: [Weight] = [], dropout: LowRankDropout? = nil,
    for model: Model, modelHash: String, inputs: Matrix<Float>, examples: [PseudoTokenExample]
  ) {
    precondition(
      examples.allSatisfy { $0.vectors.allSatisfy { (0..<inputs.rows).contains($0) } }
        && inputs.columns == adapter.inputWidth && model.configuration.width == adapter.modelWidth,
      "\(inputs.rows) x \(inputs.columns) vectors for an adapter of \(adapter.inputWidth), a model of \(model.configuration.width)"
    )
    precondition(
      !isFixed || (start != nil && !weights.isEmpty), "an adapter that is fixed needs a start, and weights")
    (self.adapter, self.start, self.isFixed, self.weights) = (adapter, start, isFixed, weights)
    (self.dropout, self.model, self.modelHash) = (
      dropout.flatMap { $0.rate > 0 ? $0 : nil }, model, modelHash
    )
    (self.inputs, self.examples) = (inputs, examples)
    let first = start.map { $0.parameters.flatMap(\.values.elements) } ?? []
    data = sha256Hex(
      of: Array((examples.sha256 + Self.sha256(inputs.elements) + Self.sha256(first)).utf8))
  }

  private static func sha256(_ numbers: [Float]) -> String {
    var hash = SHA256()
    hash.update(numbers.span)
    return hexadecimal(hash.finalized())
  }

  public var identity: TrainableIdentity {
    let layers =
      switch adapter.layers {
      case .linear: "linear adapter"
      case .two(let hidden): "adapter of two layers, \(hidden) between"
      }
    let names = sha256Hex(of: Array(weights.map(\.name).joined(separator: " ").utf8)).prefix(12)
    return TrainableIdentity(
      what:
        "\(layers), from \(adapter.inputWidth) to \(adapter.tokenCount) pseudo-tokens of norm \(adapter.norm)"
        + (isFixed ? ", fixed" : "")
        + (weights.isEmpty ? "" : ", with \(weights.count) weights of the model, \(names)")
        + (dropout.map { ", dropout \($0.rate) by seed \($0.seed)" } ?? ""),
      model: modelHash, data: data)
  }

  public var exampleCount: Int { examples.count }

  /// Those of the adapter, unless it is fixed, and of the weights.
  /// - Throws: `TransformerError` for a weight that the model does not have.
  public func initialParameters(seed: UInt64) throws -> ParameterSet {
    let own = isFixed ? [] : (start ?? adapter.initialParameters(seed: seed)).parameters
    return ParameterSet(
      own + (try weights.map { Parameter($0.name, try model.values(of: $0), isDecayed: $0.isDecayed) }))
  }

  /// The adapter's own parameters, of all those that are trained.
  public func adapterParameters(of parameters: ParameterSet) -> ParameterSet {
    if isFixed, let start { return start }
    let others = Set(weights.map(\.name))
    return ParameterSet(parameters.parameters.filter { !others.contains($0.name) })
  }

  /// The model with trained weights.
  /// - Throws: `TransformerError` for numbers that are not finite.
  public func model(at parameters: ParameterSet) throws(TransformerError) -> Model {
    guard !weights.isEmpty else { return model }
    return try model.replacing(Dictionary(uniqueKeysWithValues: weights.map { ($0, parameters[$0.name]) }))
  }

  /// Nothing is left out: the loss of what is learned.
  /// - Throws: `TransformerError` for tokens that do not fit the model, and beyond its context.
  public func loss(of examples: [Int], at parameters: ParameterSet) throws -> BatchLoss {
    try loss(of: examples, at: parameters, leavingOut: nil)
  }

  /// - Throws: as ``loss(of:at:)``.
  public func loss(of examples: [Int], at parameters: ParameterSet, batch: Int) throws -> BatchLoss {
    try loss(
      of: examples, at: parameters,
      leavingOut: dropout.map {
        LowRankDropout(rate: $0.rate, seed: $0.seed &+ UInt64(batch) &* 0x9E37_79B9_7F4A_7C15)
      })
  }

  private func loss(
    of examples: [Int], at parameters: ParameterSet, leavingOut dropout: LowRankDropout?
  ) throws -> BatchLoss {
    let batch = examples.map { self.examples[$0] }
    let vectors = inputs.selecting(rows: batch.flatMap(\.vectors))
    let own = adapterParameters(of: parameters)
    let trace = adapter.forward(vectors, own)
    let found = try model(at: parameters).droppingLowRank(dropout).pseudoTokenLoss(
      of: batch, rows: trace.tokens, Set(weights))
    var gradients = parameters.zeros
    if !isFixed {
      for parameter in adapter.gradients(found.cotangents, trace, vectors, own).parameters {
        gradients[parameter.name] = parameter.values
      }
    }
    for weight in weights {
      if let gradient = found.gradients[weight] { gradients[weight.name] = gradient }
    }
    return BatchLoss(total: found.total, count: found.count, gradients: gradients)
  }
}

extension Model {
  /// The median norm of its tokens' rows as they enter block 0: what an ``Adapter`` gives its pseudo-tokens.
  ///
  /// Cost: decodes the input embedding, a part at a time.
  public var medianTokenNorm: Float {
    var norms: [Float] = []
    for start in stride(from: 0, to: tokenizer.namedCount, by: 4096) {
      let rows = embed(Array(start..<min(tokenizer.namedCount, start + 4096)))
      norms += parallelMap(count: rows.rows, chunk: 256) { row in
        let values = rows.elements.span.extracting(rows.range(ofRow: row))
        return dot(values, values).squareRoot()
      }
    }
    norms.sort()
    return norms[norms.count / 2]
  }
}
