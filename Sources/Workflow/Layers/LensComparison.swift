internal import Geometry
public import Lenses
internal import Statistics
internal import Tensors
internal import Tokenizers
internal import Transformers
internal import Vocabularies

/// How the lenses of two models are compared.
public struct LensComparisonOptions: Sendable, Equatable, Codable {
  /// Matched tokens, a seeded sample; time and memory grow with the square.
  public var tokens = 1000
  /// Neighbours of the mutual kNN.
  public var neighbours = 10
  /// Permutations of the null; more of them allow smaller p-values.
  public var permutations = 200
  public var seed: UInt64 = 1

  public init() {}
}

/// Two models' lenses, layer by layer, over the tokens that both know.
///
/// A lens is a matrix from the residual stream to logits; its rows are the directions that promote each token,
/// `M_lᵀ (γ ⊙ W_U[t])`. Rows of the same token in two models are matched points of two spaces, compared centred by the measures of
/// `LayerSimilarity`, against the second model's tokens permuted. Over the vocabularies as they are, what differs is the vocabularies;
/// the match table takes that away.
public struct LensComparison: Sendable, Codable {
  public let a: String
  public let b: String
  /// `logit`, `tuned` or `jacobian`.
  public let lensA: String
  public let lensB: String
  /// The layers of each lens, in the order of the sample's: of a logit lens, whose directions are the same at all layers, the last.
  public let layersA: [Int]
  public let layersB: [Int]
  /// Tokens made of letters that both know; the sample is drawn of them.
  public let matched: Int
  public let sample: LayerSample

  /// Cost: the directions, `2 · tokens · d²` operations a layer, and `LayerSimilarity` of as many samples: minutes for 1000 tokens.
  /// - Throws: `WorkflowError.tooFewTokens` for less than 50 tokens; `GeometryError`; what the lenses throw.
  public init(
    _ a: (name: String, lens: any Lens), _ b: (name: String, lens: any Lens),
    options: LensComparisonOptions = LensComparisonOptions()
  ) throws {
    let pairs = LayerBench.letterTokens(a.lens.model.tokenizer, b.lens.model.tokenizer)
    guard pairs.count >= 50 else {
      throw WorkflowError.tooFewTokens(pair: "\(a.name)--\(b.name)", count: pairs.count, needed: 50)
    }
    var random = SeededRandom(seed: options.seed)
    let drawn = random.sample(min(options.tokens, pairs.count), of: pairs.count).map { pairs[$0] }
    func states(_ lens: any Lens, _ rows: [Int]) throws -> LayerStates {
      LayerStates(layers: try lens.layersOfDirections.map { try lens.directions(promoting: rows, layer: $0) })
    }
    var layerOptions = LayerOptions()
    layerOptions.neighbours = options.neighbours
    layerOptions.permutations = options.permutations
    layerOptions.normalisations = [.centred]
    sample = try LayerSample(
      .tokens, states(a.lens, drawn.map(\.rowA)), states(b.lens, drawn.map(\.rowB)), options: layerOptions,
      seed: options.seed)
    (self.a, self.b, lensA, lensB) = (a.name, b.name, a.lens.name, b.lens.name)
    (layersA, layersB, matched) = (a.lens.layersOfDirections, b.lens.layersOfDirections, pairs.count)
  }
}
