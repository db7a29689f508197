internal import Checkpoints
internal import Distribution
internal import Files
internal import Foundation
public import Statistics
public import Stores
internal import Tensors
public import Transformers

/// How a tuned lens is fitted.
public struct TunedOptions: Sendable, Equatable, Codable {
  /// Tokens of a prompt at most.
  public var tokens = 128
  /// The share of the prompts, the last ones, that no fit sees: λ and the best step are chosen on them, at least one prompt.
  public var heldOut = 0.25
  /// Steps down the KL divergence after the ridge; 0 leaves it at that.
  public var steps = 200
  /// Tokens of a step; larger values steady it, at a cost that grows with them.
  public var batch = 64
  /// The first step of a coordinate, relative to the spread of the final state over √d; falls to 0 along the steps.
  public var rate = 0.02
  /// Of the tokens that each step draws.
  public var seed: UInt64 = 1

  public init() {}
}

/// An affine map a layer that foretells the final residual stream (Belrose et al. 2023): `M h + b`, M = I + A, so that
/// `W_U norm_f(M h + b)` comes near to the model's own distribution, in KL(model ‖ lens).
///
/// It begins at the ridge of h_final on h_l (`RidgeStart`), whose λ held-out prompts choose, and goes on with Adam on the KL
/// divergence, exact over the whole vocabulary: the gradient of a batch goes through unembedding and final norm alone
/// (`pullbackLogits`), no block is run for it. The best state of the held-out prompts is kept, so the steps never make it worse
/// there. Positions from the second on count: the first is an attention sink.
///
/// Cost: a forward pass over all prompts for as many layers as 512 MB hold the states of (8 n d bytes at least, for n tokens), and of a layer
/// O(n d² + d³) for the ridge, and for each step `4 · batch · vocabulary · d_model` operations: 0.15 s for 64 tokens of SmolLM2, 0.9 s of
/// Gemma 3 270M on two cores, with four logits a token of the batch. Layers are fitted one after the other, each kept when it is done.
///
/// Differs from the reference, which takes 250 steps of SGD on 2^18 tokens each from zero and weighs all positions: fewer tokens,
/// a better start.
public struct TunedFit: Sendable {
  /// What a fit found of a layer, in nats on tokens of held-out prompts, with intervals over prompts.
  public struct Score: Sendable, Equatable, Codable {
    public let layer: Int
    /// The ridge's λ, as a multiple of the median variance of the layer's directions.
    public let lambda: Double
    /// KL(model ‖ lens) of the logit lens, of the ridge, and after the steps.
    public let logitLens: Estimate
    public let ridge: Estimate
    public let tuned: Estimate
    /// The step whose state was best; 0 is the ridge.
    public let bestStep: Int
  }

  /// A layer's map and what was found of it, as they are kept.
  private struct Kept: Codable {
    let map: [Float]
    let score: Score
  }

  let model: Model
  let identity: StoreReference
  let corpus: LensCorpus
  let sequences: [[Int]]
  let options: TunedOptions
  private let kept: BlockFolder?
  private let toolVersion: String
  private static let version = "tuned lens 1"

  /// - Parameters:
  ///   - identity: the model's name and the SHA-256 of its checkpoint.
  ///   - prompts: how many texts of the corpus, from the first on; nil takes all.
  ///   - folder: where finished layers are kept, so that a fit that was killed goes on where it was; nil keeps none.
  /// - Throws: ``LensError`` for texts that are too few or too short.
  public init(
    _ model: Model, _ identity: StoreReference, corpus: LensCorpus = .passages, prompts: Int? = nil,
    options: TunedOptions = TunedOptions(), keepingIn folder: String? = nil, toolVersion: String
  ) throws(LensError) {
    sequences = try corpus.sequences(
      for: model, count: prompts, tokens: options.tokens, needed: (2, "a tuned lens"))
    guard sequences.count >= 2 else {
      throw .fewPrompts(corpus: corpus.name, count: sequences.count, needed: 2)
    }
    (self.model, self.identity, self.corpus, self.options) = (model, identity, corpus, options)
    self.toolVersion = toolVersion
    kept = folder.map { BlockFolder(URL(filePath: $0), version: Self.version) }
  }

  /// Fits, or goes on.
  /// - Throws: `TransformerError` of a pass, `LinearAlgebraError` of a ridge.
  public func run() throws -> LensRecord {
    let (width, layers) = (model.configuration.width, model.configuration.blockCount)
    var (matrices, offsets): ([Float], [Float]) = ([], [])
    var scores: [Score] = []
    let last = layers - 1
    var held: [Int: TokenStates] = [:]
    let progress = JobProgress.current
    for index in 0..<layers {
      let layer = index - 1
      let fitted = try progress.part(index, of: layers, "layer \(layerWords(layer))") {
        if let found = read(layer) { return found }
        if held[layer] == nil {
          held = [:]
          held = try states(Array(layer..<min(layer + layersTogether, last)) + [last])
        }
        guard let source = held[layer], let target = held[last] else {
          preconditionFailure("no states of layer \(layer)")
        }
        let fitted = try fit(layer, source, target)
        kept?.write(Array(try JSONEncoder().encode(fitted)), key, layer + 1)
        return fitted
      }
      matrices += fitted.map.prefix(width * width)
      offsets += fitted.map.suffix(width)
      scores.append(fitted.score)
    }
    return LensRecord(
      kind: LensKind.tuned.rawValue, model: identity, layers: (0..<layers).map { Int32($0 - 1) },
      matrices: Matrix(rows: layers * width, columns: width, elements: matrices),
      offsets: Matrix(rows: layers, columns: width, elements: offsets), corpus: corpus.name,
      corpusSHA256: corpus.sha256, prompts: sequences.count, seed: options.seed, options: try json(options),
      scores: try json(scores), toolVersion: toolVersion, date: Date.now.ISO8601Format())
  }

  /// Removes what was kept, once the lens is written.
  public func removeKept() {
    for layer in 0..<model.configuration.blockCount { _ = kept?.read(key, layer) }
    kept?.removeUsed()
  }

  private var key: String {
    BlockKey(
      "tuned", [.text(identity.identity), .text("\(options)")] + sequences.map { .integers($0) }
    ).hash(version: Self.version, count: model.configuration.blockCount)
  }

  private func read(_ layer: Int) -> Kept? {
    guard let bytes = kept?.read(key, layer + 1) else { return nil }
    return try? JSONDecoder().decode(Kept.self, from: Data(bytes))
  }

  // MARK: - A layer

  private var heldOutPrompts: Int {
    min(sequences.count - 1, max(1, Int((options.heldOut * Double(sequences.count)).rounded())))
  }

  /// Layers whose states are held at once, of at most 512 MB: one pass over the prompts serves them all.
  private var layersTogether: Int {
    max(1, (512 << 20) / (4 * model.configuration.width * sequences.reduce(0) { $0 + $1.count }))
  }

  /// The states of layers at all positions but the first of each prompt.
  private func states(_ layers: [Int]) throws -> [Int: TokenStates] {
    var rows: [Int: [Float]] = [:]
    for tokens in sequences {
      for (layer, states) in try model.states(of: [tokens], at: layers) {
        rows[layer, default: []] += states.elements.dropFirst(states.columns)
      }
    }
    let width = model.configuration.width
    return rows.mapValues {
      TokenStates(
        rows: Matrix(rows: $0.count / width, columns: width, elements: $0),
        counts: sequences.map { $0.count - 1 },
        heldOut: heldOutPrompts)
    }
  }

  private func fit(_ layer: Int, _ source: TokenStates, _ target: TokenStates) throws -> Kept {
    let start = try RidgeStart(
      training: (source.training, target.training), heldOut: (source.heldOut, target.heldOut))
    let judge = HeldOutDivergence(model, source, target)
    let identity = try judge.divergence { $0 }
    let ridge = try judge.divergence(start.map.applied(to:))
    let steps = DivergenceSteps(
      model, from: start.map, source: source.training, target: target.training, options: options)
    let found = try steps.run(judge: judge, start: ridge)
    return Kept(
      map: found.map.matrix.elements + found.map.offset,
      score: Score(
        layer: layer, lambda: start.lambda, logitLens: judge.estimate(identity), ridge: judge.estimate(ridge),
        tuned: judge.estimate(found.divergence), bestStep: found.step))
  }
}

/// States of a layer, prompt after prompt; the last prompts are held out.
struct TokenStates {
  let rows: Matrix<Float>
  /// Rows of each prompt.
  let counts: [Int]
  /// How many prompts.
  let heldOutPrompts: Int

  init(rows: Matrix<Float>, counts: [Int], heldOut: Int) {
    (self.rows, self.counts, heldOutPrompts) = (rows, counts, heldOut)
  }

  private var trainingRows: Int { counts.dropLast(heldOutPrompts).reduce(0, +) }
  var training: Matrix<Float> { rows.selecting(rows: Array(0..<trainingRows)) }
  var heldOut: Matrix<Float> { rows.selecting(rows: Array(trainingRows..<rows.rows)) }
  /// Rows of each prompt that is held out.
  var heldOutCounts: [Int] { Array(counts.suffix(heldOutPrompts)) }
}
