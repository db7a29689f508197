internal import Foundation
public import Statistics
internal import Tensors
internal import Tokenizers
public import Vocabularies

/// How the coherence of neighbourhoods is measured.
public struct SemanticCoherenceOptions: Sendable, Equatable, Codable {
  /// Neighbours that must be known words, and not forms of the token's own, for the token to have a value; at
  /// least 1. Larger values give steadier shares and leave out more tokens.
  public var minimumKnown = 5
  /// Tokens in each draw of the mean's null; fewer widen it, which errs on the careful side.
  public var nullTokens = 2048
  public var resampling = Resampling()

  public init() {}
}

/// Are the neighbours of a token words of related meaning?
///
///     cᵢ = #{j ∈ S'(i) : j related to i} / #S'(i)
///
/// over S'(i), the neighbours of i that have a meaning and are not spellings or inflections of i's own word
/// (see ``TokenRelations``). Unknown neighbours count neither way: a missing entry is no evidence. Lee et al. 2025
/// say that tokens of low intrinsic dimension have coherent neighbourhoods; their score was not to be had, this
/// is a score of the same question. O(n k) after the graph; deterministic in the seed.
///
/// *Uncertainty* of the mean: none, since tokens share neighbours. *Null*: the meanings of the known tokens permuted, the
/// graph kept: what neighbourhoods are worth when they do not follow meaning.
public struct SemanticCoherence: Sendable, Equatable, Codable {
  public let mean: Evaluation
  /// cᵢ of each query; nil where it has none.
  public let perToken: [Double?]
  public let spread: Quantiles?
  /// Where the relations come from.
  public let source: String
  public let k: Int
  /// Queries that have no meaning themselves.
  public let unknown: Int
  /// Queries with a meaning and too few neighbours with one.
  public let isolated: Int

  /// - Parameters:
  ///   - graph: neighbours of all rows, or of a sample of them.
  ///   - relations: of all rows of the graph's matrix.
  /// - Throws: `GeometryError.option` for `minimumKnown` below 1.
  /// - Precondition: as many tokens in the relations as candidates in the graph.
  public init(
    _ graph: NeighbourGraph, _ relations: TokenRelations,
    _ options: SemanticCoherenceOptions = SemanticCoherenceOptions()
  ) throws(GeometryError) {
    precondition(
      relations.count == graph.candidates,
      "relations of \(relations.count) tokens with a graph of \(graph.candidates)")
    try requireOption("minimumKnown", options.minimumKnown, "1 or more", options.minimumKnown >= 1)
    (source, k) = (relations.source, graph.k)
    let counted: [[Int]] = parallelMap(count: graph.count, chunk: 256) { query in
      let row = graph.queries[query]
      guard relations.isKnown(row) else { return [] }
      return graph.neighbours(query).lazy.map(Int.init).filter {
        relations.isKnown($0) && !relations.areSameWord(row, $0)
      }
    }
    let least = options.minimumKnown
    perToken = parallelMap(count: graph.count, chunk: 256) { query in
      let row = graph.queries[query]
      guard counted[query].count >= least else { return nil }
      return Double(counted[query].count { relations.areRelated(row, $0) }) / Double(counted[query].count)
    }
    let values = perToken.compactMap { $0 }
    let unknown = graph.queries.count { !relations.isKnown($0) }
    self.unknown = unknown
    isolated = graph.count - unknown - values.count
    spread = Quantiles(values)
    guard !values.isEmpty else {
      mean = .notEvaluable(
        reason: "none of \(graph.count) tokens has a meaning and \(least) neighbours with one, by "
          + relations.source)
      return
    }
    let draws = Self.chance(graph.queries, counted, least, relations, options)
    mean = meanEstimate(
      values,
      null: .sampled(
        draws, observed: values.reduce(0, +) / Double(values.count), maximum: 1,
        significance: options.resampling.significance, meaning: "the meanings of the known tokens permuted"))
  }

  /// The mean under permuted meanings. A neighbour whose permuted word is the token's own counts as unrelated.
  private static func chance(
    _ queries: [Int], _ counted: [[Int]], _ least: Int, _ relations: TokenRelations,
    _ options: SemanticCoherenceOptions
  ) -> [Double] {
    let known = relations.known
    var position = [Int](repeating: 0, count: relations.count)
    for (index, row) in known.enumerated() { position[row] = index }
    let measured = queries.indices.filter { counted[$0].count >= least }
    let places = position
    return TokenPermutations(count: known.count, options.resampling).map { image, random in
      let taken =
        measured.count > options.nullTokens
        ? random.sample(options.nullTokens, of: measured.count).map { measured[$0] } : measured
      let total = taken.reduce(0.0) { total, query in
        let row = known[image[places[queries[query]]]]
        let related = counted[query].count {
          let other = known[image[places[$0]]]
          return relations.areRelated(row, other) && !relations.areSameWord(row, other)
        }
        return total + Double(related) / Double(counted[query].count)
      }
      return total / Double(taken.count)
    }
  }
}

/// Does a token's intrinsic dimension go with the semantic coherence of its neighbourhood?
///
/// A negative correlation is what "tokens of low dimension have coherent neighbourhoods" predicts. It says
/// that the two go together, not why: frequent words may have both.
public struct CoherenceByDimension: Sendable, Equatable, Codable {
  /// Spearman's ρ over the tokens that have both.
  ///
  /// *Uncertainty*: none, since tokens share neighbours. *Null*: the dimensions permuted among the tokens;
  /// of |ρ|, since no direction is given away: the p-value is two-sided, the null's mean that of |ρ|.
  public let correlation: Evaluation
  /// Mean coherence of the fifth of the tokens with the lowest dimension; equal dimensions by their order.
  public let lowestFifth: Evaluation
  /// Mean coherence of the fifth with the highest.
  public let highestFifth: Evaluation
  /// Tokens with a dimension and no coherence: unknown words, or too few known neighbours.
  public let withoutCoherence: Int
  /// Tokens with a coherence and no dimension.
  public let withoutDimension: Int

  /// - Parameters:
  ///   - coherence: of some queries.
  ///   - dimensions: of the same, such as ``LevinaBickel/perToken``; nil where there is none.
  /// - Precondition: as many dimensions as queries.
  public init(
    _ coherence: SemanticCoherence, dimensions: [Double?], _ options: Resampling = Resampling()
  ) {
    precondition(
      coherence.perToken.count == dimensions.count,
      "\(coherence.perToken.count) coherences with \(dimensions.count) dimensions")
    let pairs = zip(coherence.perToken, dimensions)
    withoutCoherence = pairs.count { $0 == nil && $1 != nil }
    withoutDimension = pairs.count { $0 != nil && $1 == nil }
    let both = pairs.compactMap { c, d in c.flatMap { c in d.map { (coherence: c, dimension: $0) } } }
    correlation = Self.twoSided(both.map(\.coherence), both.map(\.dimension), options)
    let order = both.indices.sorted { (both[$0].dimension, $0) < (both[$1].dimension, $1) }
    let fifth = order.count / 5
    func mean(_ positions: ArraySlice<Int>) -> Evaluation {
      meanEstimate(positions.map { both[$0].coherence })
    }
    (lowestFifth, highestFifth) = (mean(order.prefix(fifth)), mean(order.suffix(fifth)))
  }

  private static func twoSided(_ x: [Double], _ y: [Double], _ options: Resampling) -> Evaluation {
    let (a, b) = (averageRanks(x), averageRanks(y))
    guard x.count >= 10 else {
      return .notEvaluable(reason: "needs 10 tokens with a coherence and a dimension, got \(x.count)")
    }
    guard let observed = pearson(a, b) else {
      return .notEvaluable(reason: "all \(x.count) tokens have the same coherence, or the same dimension")
    }
    let draws = TokenPermutations(count: b.count, options).map { image, _ in
      abs(pearson(a, b.indices.map { b[image[$0]] }) ?? 0)
    }
    return .estimate(
      Estimate(
        value: observed, n: a.count, confidence: options.confidence,
        null: .sampled(
          draws, observed: abs(observed), maximum: 1, significance: options.significance,
          meaning: "|ρ| with the dimensions permuted among the tokens")))
  }
}

// MARK: - The measure

/// How coherent the neighbourhoods of a space are, and whether those of low dimension are more so.
public struct NeighbourCoherence: Sendable, Equatable, Codable {
  /// What says that two words are related.
  public let relations: String
  /// Neighbours that were looked at.
  public let neighbours: Int
  public let mean: Evaluation
  public let byDimension: CoherenceByDimension
  /// Tokens that the relations do not know, or whose neighbours they do not know.
  public let unknown: Int

  /// Neighbours that are looked at, where there are so many.
  private static let widest = 50
}

extension NeighbourCoherence: SpaceMeasure {
  public static let name = "coherence"
  public static let version = 1
  public static let group: MeasureGroup? = .tokenProfiles
  public static let gauges: [Gauge] = [.raw]
  public static let task = "coherence/{model}"
  public static let needsTokens = true
  public static let depends: Set<MeasureOptions.Field> = [.seed, .relations]
  public static let uses: [any SpaceMeasure.Type] = [DistanceDimensions.self]

  public static let concept: Concept? = Concept(
    meaning:
      "The share of a token's neighbours that are related to it in meaning, and whether neighbourhoods of "
      + "low dimension have more.",
    high:
      "High values mean that the neighbours of a token are words of related meaning; a negative `with_dimension` that flat neighbourhoods are the coherent ones.",
    cite:
      "Of raw rows; cite it with the source of the relations, since a file of your own, WordNet and token classes give different numbers."
  )

  public static func reach(_ options: MeasureOptions) -> [NeighbourMetric: Int] { [.cosine: widest] }

  public static func metrics(_ options: MeasureOptions) -> [Metric<NeighbourCoherence>] {
    [
      Metric(
        "mean", "semantic coherence of neighbours",
        Invariance(.dimension, .angles, remark: "of a Euclidean graph: orthogonal, scale, translation")
      ) { $0.mean },
      Metric(
        "with_dimension", "semantic coherence against local dimension",
        Invariance(.dimension, [.orthogonal, .scaling], remark: "the dimensions also to translation")
      ) { $0.byDimension.correlation },
      Metric("lowest_fifth", "coherence of the fifth of lowest dimension") { $0.byDimension.lowestFifth },
      Metric("highest_fifth", "coherence of the fifth of highest dimension") {
        $0.byDimension.highestFifth
      },
    ]
  }

  public static func measure(_ space: SpaceView) throws -> NeighbourCoherence {
    let (bench, resampling) = (space.bench, space.options.resampling.ungrouped)
    let graph = try bench.graph(in: space.gauge, k: min(widest, bench.rows.rows - 1))
    var options = SemanticCoherenceOptions()
    options.resampling = resampling
    let coherence = try SemanticCoherence(
      graph, try TokenRelations(of: bench.tokens, from: space.options.relations), options)
    return NeighbourCoherence(
      relations: coherence.source, neighbours: coherence.k, mean: coherence.mean,
      byDimension: CoherenceByDimension(
        coherence, dimensions: try space.finding(DistanceDimensions.self).levinaBickel.perToken, resampling),
      unknown: coherence.unknown + coherence.isolated)
  }
}

extension TokenRelations {
  /// Of the user's file, or else of WordNet where its files are, of the classes of tokens otherwise.
  fileprivate init(of tokens: [Token], from file: RelationFile?) throws {
    if let file {
      self.init(file, words: Self.words(of: tokens))
    } else if FileManager.default.fileExists(atPath: WordNet.debianFolder) {
      self.init(try WordNet(), words: Self.words(of: tokens))
    } else {
      self.init(classes: TokenClass.classes(of: tokens))
    }
  }
}
