internal import Checkpoints
internal import Files
public import Tensors
internal import Tokenizers
public import Transformers

/// An adapter learns to make a frozen model write the texts that belong to vectors.
public struct AdapterTraining: Trainable {
  public let adapter: Adapter
  private let model: Model
  private let modelHash: String
  private let inputs: Matrix<Float>
  private let examples: [PseudoTokenExample]
  private let data: String

  /// - Parameters:
  ///   - inputs: `[examples x d]`, a vector each.
  ///   - modelHash: SHA-256 of the model's file, for checkpoints.
  /// - Precondition: the widths of vectors and model are the adapter's; a vector an example.
  public init(
    _ adapter: Adapter, for model: Model, modelHash: String, inputs: Matrix<Float>,
    examples: [PseudoTokenExample]
  ) {
    precondition(
      inputs.rows == examples.count && inputs.columns == adapter.inputWidth
        && model.configuration.width == adapter.modelWidth,
      "\(inputs.rows) x \(inputs.columns) vectors for \(examples.count) examples and an adapter of \(adapter.inputWidth)"
    )
    (self.adapter, self.model, self.modelHash) = (adapter, model, modelHash)
    (self.inputs, self.examples) = (inputs, examples)
    var hash = SHA256()
    hash.update(inputs.elements.span)
    data = sha256Hex(of: Array((examples.sha256 + hexadecimal(hash.finalized())).utf8))
  }

  public var identity: TrainableIdentity {
    let layers =
      switch adapter.layers {
      case .linear: "linear adapter"
      case .two(let hidden): "adapter of two layers, \(hidden) between"
      }
    return TrainableIdentity(
      what:
        "\(layers), from \(adapter.inputWidth) to \(adapter.tokenCount) pseudo-tokens of norm \(adapter.norm)",
      model: modelHash, data: data)
  }

  public var exampleCount: Int { examples.count }

  /// Those of the adapter.
  public func initialParameters(seed: UInt64) -> ParameterSet { adapter.initialParameters(seed: seed) }

  /// - Throws: `TransformerError` for tokens that do not fit the model, and beyond its context.
  public func loss(of examples: [Int], at parameters: ParameterSet) throws -> BatchLoss {
    let vectors = inputs.selecting(rows: examples)
    let trace = adapter.forward(vectors, parameters)
    let found = try model.pseudoTokenLoss(of: examples.map { self.examples[$0] }, rows: trace.tokens)
    return BatchLoss(
      total: found.total, count: found.count,
      gradients: adapter.gradients(found.cotangents, trace, vectors, parameters))
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
