internal import Files
public import Geometry
public import Statistics
internal import Tensors
public import Tokenizers
public import Transformers
public import Vocabularies

/// How the hidden states of two models are compared layer by layer.
public struct LayerOptions: Sendable, Equatable, Codable {
  /// Matched tokens, a seeded sample. Time and memory grow with the square: 1000 tokens of models of 30
  /// and 18 blocks take two to three minutes on two processors and 0.9 GB.
  public var tokens = 1000
  /// Text that each token follows, behind the begin of sequence. Empty: the token stands alone there, where some
  /// models take it for a second attention sink: in SmolLM2 one dimension then holds 98 % of the variance, and the
  /// similarity of the middle layers falls from 0.7 to 0.02.
  public var carrier = "The next word in the list is"
  /// Where the state of a text is read: its `last` token, or the `mean` over all but the first.
  public var position = ActivationPositions.last
  /// Neighbours of the mutual kNN.
  public var neighbours = 10
  /// Permutations of the null; more of them allow smaller p-values.
  public var permutations = 200
  /// What is done to the states of each layer first.
  public var normalisations = [Gauge.centred, .standardised]
  /// Also fit a map between the states of each pair of layers of matched depth.
  public var maps = true

  public init() {}
}

/// Two models layer by layer.
public struct LayerComparison: Sendable, Codable {
  public let a: String
  public let b: String
  /// What each token followed; empty for nothing but the begin of sequence.
  public let carrier: String
  public let samples: [LayerSample]
  /// Maps from A to B at matched depth; empty when they were not asked for.
  public let maps: [LayerMapResult]
}

/// What one kind of samples shows.
public struct LayerSample: Sendable, Codable {
  /// What the samples are.
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Matched tokens, each by itself behind the begin of sequence or a carrier.
    case tokens
    /// The same texts, read by both; all end in the same token.
    case texts
  }

  public let kind: Kind
  public let n: Int
  /// One a layer, from the embedding on.
  public let profilesA: [LayerProfile]
  public let profilesB: [LayerProfile]
  public let searches: [LayerSearch]
}

/// One measure, after one normalisation, over all layer pairs.
public struct LayerSearch: Sendable, Codable {
  public let normalisation: Gauge
  public let grid: LayerGrid
  /// The pairs of matched depth, with intervals and the grid's null.
  public let matched: [MatchedLayers]
}

/// A measure of two layers at the same share of the depth.
public struct MatchedLayers: Sendable, Codable {
  public let layers: LayerPair
  public let evaluation: Evaluation
}

extension LayerSample {
  /// Compares the states of the same samples in two models.
  ///
  /// Cost: one ``LayerSimilarity`` a normalisation and measure, and the measure itself for each pair of matched depth.
  /// - Throws: `GeometryError`.
  public init(
    _ kind: Kind, _ a: LayerStates, _ b: LayerStates, options: LayerOptions = LayerOptions(), seed: UInt64 = 1
  ) throws {
    self.kind = kind
    n = a.count
    profilesA = try a.layers.map { try LayerProfile($0) }
    profilesB = try b.layers.map { try LayerProfile($0) }
    var similarity = LayerSimilarityOptions()
    similarity.k = options.neighbours
    similarity.resampling.permutations = options.permutations
    similarity.resampling.seed = seed
    let progress = JobProgress.current
    let count = options.normalisations.count * LayerMeasure.allCases.count
    var done = 0
    searches = try options.normalisations.flatMap { normalisation in
      let (x, y) = (
        try a.layers.map { try normalisation.applied(to: $0) },
        try b.layers.map { try normalisation.applied(to: $0) }
      )
      return try LayerMeasure.allCases.map { measure in
        progress.tell(done, of: count, "\(measure.rawValue), \(normalisation.rawValue)")
        done += 1
        let found = try LayerSimilarity(x, y, measure, similarity)
        return LayerSearch(
          normalisation: normalisation, grid: found.grid,
          matched: try Self.matched(x, y, found, similarity))
      }
    }
  }

  private static func matched(
    _ x: [Matrix<Float>], _ y: [Matrix<Float>], _ found: LayerSimilarity, _ options: LayerSimilarityOptions
  ) throws -> [MatchedLayers] {
    try LayerPair.matchedDepth(layersA: x.count, layersB: y.count).map { pair in
      let grid = found.grid
      if let reason = grid.reasonsA[pair.a] ?? grid.reasonsB[pair.b] {
        return MatchedLayers(layers: pair, evaluation: .notEvaluable(reason: reason))
      }
      let measured = try measure(grid.measure, x[pair.a], y[pair.b], options)
      guard let estimate = measured.estimate else {
        return MatchedLayers(layers: pair, evaluation: measured)
      }
      return MatchedLayers(
        layers: pair,
        evaluation: .estimate(
          Estimate(
            value: estimate.value, n: estimate.n, standardError: estimate.standardError,
            lower: estimate.lower, upper: estimate.upper, confidence: estimate.confidence,
            uncertainty: estimate.uncertainty,
            null: .sampled(
              found.draws.map { $0[pair.a][pair.b] }, observed: estimate.value, maximum: 1,
              significance: options.resampling.significance, meaning: "the second model's samples permuted")))
      )
    }
  }

  /// The measure with its own interval.
  private static func measure(
    _ measure: LayerMeasure, _ x: Matrix<Float>, _ y: Matrix<Float>, _ options: LayerSimilarityOptions
  ) throws -> Evaluation {
    switch measure {
    case .alignment: return try CKA(x, y).unbiased
    case .orientation:
      var orientation = RelativeOrientationOptions()
      // Spearman is not used here.
      orientation.spearman = .sampled(pairs: 100)
      return try RelativeOrientation(x, y, orientation).pearson
    case .neighbours:
      let width = NeighbourGraph.width(forIntervalsOf: options.k, count: x.rows)
      return MutualNeighbours(
        try Neighbours.graph(of: x, k: width), try Neighbours.graph(of: y, k: width), k: options.k,
        options.resampling
      ).overlap
    }
  }
}

/// Two loaded models to be compared layer by layer.
public struct LayerBench: Sendable {
  let a: (name: String, model: Model)
  let b: (name: String, model: Model)
  let options: LayerOptions
  let seed: UInt64

  public init(
    _ a: (name: String, model: Model), _ b: (name: String, model: Model),
    options: LayerOptions = LayerOptions(), seed: UInt64 = 1
  ) {
    (self.a, self.b, self.options, self.seed) = (a, b, options, seed)
  }

  /// The matched tokens of two vocabularies that are made of letters; no norm is looked at.
  public static func letterTokens(
    _ a: Tokenizer, _ b: Tokenizer, wholeWords: Bool = false
  ) -> [TokenPair] {
    let match = TokenMatch(a.vocabulary, b.vocabulary)
    var filter = TokenFilter()
    filter.lettersOnly = true
    filter.wholeWords = wholeWords
    return filter.applied(
      to: match, vocabularyA: a.vocabulary, normsA: a.vocabulary.map { _ in 1 },
      normsB: b.vocabulary.map { _ in 1 }
    ).pairs
  }

  /// States of tokens and texts, their similarity, and the maps between them.
  ///
  /// - Parameter pairs: matched tokens; a seeded sample of them is used.
  /// - Throws: what the models and the measures throw; `WorkflowError.tooFewTokens` for less than 50 pairs.
  public func compare(_ pairs: [TokenPair]) throws -> LayerComparison {
    guard pairs.count >= 50 else {
      throw WorkflowError.tooFewTokens(pair: "\(a.name)--\(b.name)", count: pairs.count, needed: 50)
    }
    var random = SeededRandom(seed: seed)
    let sample = random.sample(min(options.tokens, pairs.count), of: pairs.count).map { pairs[$0] }
    let progress = JobProgress.current
    let shares = options.maps ? [0, 0.5, 0.6, 1.0] : [0, 0.8, 1.0]
    let tokens = try progress.part(
      shares[0]...shares[1], "\(sample.count) tokens through \(a.name) and \(b.name)"
    ) {
      try LayerSample(
        .tokens, .tokens(sample.map(\.rowA), of: a.model, after: options.carrier),
        .tokens(sample.map(\.rowB), of: b.model, after: options.carrier), options: options, seed: seed)
    }
    let texts = LayerTexts.equalEndings(
      try LayerTexts.bundled().oneOfEach, [a.model.tokenizer, b.model.tokenizer])
    let read = try progress.part(
      shares[1]...shares[2], "\(texts.count) texts through \(a.name) and \(b.name)"
    ) {
      try LayerSample(
        .texts, .texts(texts, of: a.model, positions: options.position),
        .texts(texts, of: b.model, positions: options.position), options: options, seed: seed)
    }
    let maps =
      options.maps
      ? try progress.part(shares[2]...shares[3]) { try self.maps(LayerTexts.bundled()).map(\.result) } : []
    return LayerComparison(
      a: a.name, b: b.name, carrier: options.carrier, samples: [tokens, read], maps: maps)
  }
}
