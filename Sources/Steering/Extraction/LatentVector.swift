internal import Tensors
internal import Tokenizers
internal import Training
public import Transformers

/// How a latent steering vector is looked for.
public struct LatentVectorOptions: Sendable {
  /// Updates at most, 1 or more.
  public var steps = 400
  /// The most that a coordinate moves in a step, as a share of `‖h‖ / √d_model`, ‖h‖ the text's median residual norm; larger
  /// values are quicker, and miss more.
  public var learningRate = 0.1
  /// Ends the search once the text costs so little, nats a token; smaller values search longer for a firmer vector.
  public var enough = 0.05
  /// Vectors of the null.
  public var draws = 19
  /// Of the null.
  public var seed: UInt64 = 1

  public init() {}
}

/// How well a model writes a text: with a latent steering vector, without it, and with random vectors as long.
public struct Recovery: Sendable, Equatable, Codable {
  /// How well a text is recovered.
  public struct Score: Sendable, Equatable, Codable {
    /// Mean `-ln p` of the text's tokens, each given those before it, nats.
    public let nats: Double
    /// The share of the text's tokens that greedy decoding writes at their places.
    public let recovered: Double
  }

  /// Tokens of the text.
  public let tokens: Int
  public let without: Score
  public let with: Score
  /// Directions from N(0, Σ) with the covariance of the text's own states, as long as the vector.
  public let random: [Score]
  /// Updates that were made.
  public let steps: Int
  /// The vector's norm as a share of the text's median residual norm: above 1 it is longer than what it is added to.
  public let shareOfResidual: Double

  /// What was found, in a sentence without its full stop.
  public var words: String {
    let best = random.min { $0.nats < $1.nats } ?? without
    return "of \(tokens) tokens greedy decoding writes \(percent(with.recovered)) with the vector, "
      + "\(percent(without.recovered)) without, \(percent(random.map(\.recovered).max() ?? 0)) with the best of "
      + "\(random.count) random vectors as long; nats a token \(short(with.nats)), \(short(without.nats)), "
      + "\(short(best.nats)); its norm is \(short(shareOfResidual)) of the residual stream's"
  }

  private func percent(_ share: Double) -> String { "\(Int((100 * share).rounded())) %" }
}

/// A vector that, added to the residual stream of a frozen model, makes it write one text (Subramani, Suresh, Peters 2022):
///
///     z* = argmax_z Σ_t ln p(x_t | x_<t; h_l,s + z at all positions s)
///
/// By AdamW without decay, from z = 0. The paper adds z at chosen positions of GPT-2; here it is all of them, prompt and text, as
/// steering adds a vector at all positions: `sextant generate PROMPT --vector FILE` writes the text. A vector has d_model numbers, so
/// long texts are not recovered whole. Deterministic. Cost: a pass forward and back through the blocks above l a step.
public struct LatentVector: Sendable {
  public static let name = "latentVector"

  /// The text, and what stands before it.
  public let text: String
  public let prompt: String
  public var options = LatentVectorOptions()

  /// - Parameter prompt: may be empty for a model that begins its texts with a token of their own.
  public init(of text: String, after prompt: String = "") { (self.text, self.prompt) = (text, prompt) }

  /// Looks for the vector at the output of a block.
  ///
  /// - Parameter behaviour: what files call the text.
  /// - Returns: the vector, at whose dose 1 the text is written, and how well.
  /// - Throws: `SteeringError.option` for a text or a prompt without tokens, and where no token ends with the prompt; what the
  ///   model throws.
  public func vector(
    in model: Model, block: Int, identity: ModelIdentity, behaviour: String
  ) throws -> (vector: SteeringVector, recovery: Recovery) {
    let search = try LatentSearch(split(model), in: model, block: block)
    var training = TrainingOptions()
    (training.steps, training.batchSize, training.learningRate) = (options.steps, 1, options.learningRate)
    (training.optimiser.weightDecay, training.schedule) = (0, .cosine(warmUp: 10, floor: 0.05))
    let state = try train(search, options: training) { point, _ in Double(point.loss) > options.enough }
    let point = ActivationPoint(block: block, site: .residualPost)
    var vector = SteeringVector(
      direction: search.vector(state.parameters), point: point,
      provenance: VectorProvenance(
        of: model, identity, behaviour: behaviour, method: Self.name, tokenPosition: "all"))
    let recovery = try recovery(of: vector, search, steps: state.step)
    vector.provenance.testedOn = recovery.words
    return (vector, recovery)
  }

  private func split(_ model: Model) throws -> (prompt: [Int], text: [Int]) {
    let split = model.tokenizer.encode(prompt, continuedBy: text)
    guard !split.second.isEmpty else {
      throw SteeringError.option(name: "text", expected: "a text", actual: "nothing")
    }
    guard !split.first.isEmpty else {
      throw SteeringError.option(
        name: "prompt", expected: "some text: \(model.name) has no token of its own that begins a text",
        actual: "\"\(prompt)\"")
    }
    if let token = split.straddling {
      throw SteeringError.option(
        name: "prompt", expected: "a prompt that ends where a token of \(model.name) does",
        actual: "a token \"\(token)\" of both prompt and text")
    }
    return (split.first, split.second)
  }

  private func recovery(of vector: SteeringVector, _ search: LatentSearch, steps: Int) throws -> Recovery {
    let random = vector.residualNoise(like: search.states, count: options.draws, seed: options.seed)
    let scores = try search.scores(
      of: [vector.intervention(dose: 0), vector.intervention(dose: 1)]
        + random.map { $0.intervention(dose: 1) })
    return Recovery(
      tokens: search.text.count, without: scores[0], with: scores[1], random: Array(scores[2...]),
      steps: steps, shareOfResidual: vector.norm / search.medianNorm)
  }
}
