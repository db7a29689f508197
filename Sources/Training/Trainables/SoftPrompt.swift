internal import Checkpoints
internal import Tensors
internal import Tokenizers
public import Transformers

/// K vectors in front of a frozen model's text, the same for all examples (Lester, Al-Rfou, Constant 2021).
///
/// They begin as rows of K tokens drawn by the seed, and are in the units of the residual stream that enters block 0.
public struct SoftPrompt: Trainable {
  private let model: Model
  private let modelHash: String
  private let examples: [PseudoTokenExample]
  private let length: Int
  private let data: String

  /// - Parameters:
  ///   - length: K, 1 or more.
  ///   - modelHash: SHA-256 of the model's file, for checkpoints.
  public init(of length: Int, for model: Model, modelHash: String, examples: [PseudoTokenExample]) {
    precondition(length > 0, "a soft prompt of \(length) vectors")
    (self.model, self.modelHash, self.examples, self.length) = (model, modelHash, examples, length)
    data = examples.sha256
  }

  public var identity: TrainableIdentity {
    TrainableIdentity(what: "soft prompt of \(length) vectors", model: modelHash, data: data)
  }

  public var exampleCount: Int { examples.count }

  /// Where training starts.
  public func initialParameters(seed: UInt64) -> ParameterSet {
    var random = SeededRandom(seed: seed)
    let tokens = (0..<length).map { _ in Int.random(in: 0..<model.tokenizer.namedCount, using: &random) }
    return ParameterSet([Parameter("prompt", model.embed(tokens), isDecayed: false)])
  }

  /// - Throws: `TransformerError` for tokens that do not fit the model, and beyond its context.
  public func loss(of examples: [Int], at parameters: ParameterSet) throws -> BatchLoss {
    let batch = examples.map { self.examples[$0] }
    let prompt = parameters["prompt"]
    let all = Matrix(
      rows: batch.count * length, columns: prompt.columns,
      elements: batch.flatMap { _ in prompt.elements })
    let found = try model.pseudoTokenLoss(of: batch, rows: all)
    var gradients = parameters.zeros
    for example in batch.indices {
      gradients["prompt"].add(found.cotangents.rows(example * length..<(example + 1) * length))
    }
    return BatchLoss(total: found.total, count: found.count, gradients: gradients)
  }
}
