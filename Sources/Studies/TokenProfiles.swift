internal import Foundation
public import Geometry
internal import Stores
internal import Tensors
internal import Tokenizers

/// One space token by token: its dimension across scales and by class of token, and whether neighbourhoods of low
/// dimension are coherent.
public struct TokenProfile: Sendable, Codable {
  public let model: String
  public let scales: [GrideScale]
  /// Local dimension of a sample of tokens by other criteria than the share of variance.
  public let criteria: [LocalDimensions]
  /// Levina–Bickel's dimension of each token, by class.
  public let dimensions: [TokenClassSummary]
  /// What says that two words are related.
  public let relations: String
  /// Neighbours that the coherence looks at.
  public let neighbours: Int
  public let coherence: Evaluation
  public let coherenceByDimension: CoherenceByDimension
  /// Tokens that the relations do not know, or whose neighbours they do not know.
  public let unknown: Int

  /// Neighbours that GRIDE's widest scale needs.
  static let scaleNeighbours = 64
  static let coherenceNeighbours = 50

  /// Cost: seconds; the graphs are given.
  init(
    _ space: ComparedSpace, _ graphs: RawGraphs, _ dimension: Comparison.Dimension, tokens: [Token],
    relations file: RelationFile?, local: IntrinsicDimensionOptions, _ resampling: Resampling
  ) throws {
    model = space.name
    scales = Gride(graphs.euclidean).against(dimension.gaussian).scales
    criteria = try IntrinsicDimension.local(
      space.rows, queries: IntrinsicDimension.sample(of: space.rows.rows, local), criteria: Self.criteria,
      local)
    let perToken = dimension.levinaBickel.perToken
    let classes = TokenClass.classes(of: tokens)
    dimensions = ByTokenClass(perToken, classes: classes).rows
    var options = SemanticCoherenceOptions()
    options.resampling = resampling
    let coherent = graphs.cosine.prefix(min(Self.coherenceNeighbours, graphs.cosine.k))
    let coherence = SemanticCoherence(coherent, try Self.relations(tokens, classes, file), options)
    (relations, neighbours, self.coherence) = (coherence.source, coherence.k, coherence.mean)
    unknown = coherence.unknown + coherence.isolated
    coherenceByDimension = CoherenceByDimension(coherence, dimensions: perToken, resampling)
  }

  private static let criteria: [DimensionCriterion] = [
    .participationRatio, .fukunagaOlsen(share: 0.05), .kaiser, .largestGap, .brokenStick,
  ]

  /// The user's file, or else WordNet where its files are, the classes of tokens otherwise.
  private static func relations(
    _ tokens: [Token], _ classes: [TokenClass], _ file: RelationFile?
  ) throws -> TokenRelations {
    if let file { return TokenRelations(file, words: TokenRelations.words(of: tokens)) }
    guard FileManager.default.fileExists(atPath: WordNet.debianFolder) else {
      return TokenRelations(classes: classes)
    }
    return TokenRelations(try WordNet(), words: TokenRelations.words(of: tokens))
  }
}

/// The profiles of both sides, and the orientation of each class of tokens.
public struct TokenProfiles: Sendable, Codable {
  public let spaces: [TokenProfile]
  /// Per-token relative orientation, by class of the first model's tokens.
  public let orientation: [TokenClassSummary]
  /// Orientation among the tokens of each class.
  public let withinClasses: [ClassOrientation]

  /// - Parameters:
  ///   - sides: the two spaces, each with its graphs and its dimension.
  ///   - relations: nil takes WordNet where its files are, the classes of tokens otherwise.
  init(
    _ sides: [(space: ComparedSpace, graphs: RawGraphs, dimension: Comparison.Dimension)],
    orientation: RelativeOrientation, relations: RelationFile?, local: IntrinsicDimensionOptions,
    _ resampling: Resampling
  ) throws {
    let tokens = try sides.map { side in
      let all = try side.space.neighbours.store.readTokens()
      return side.space.neighbours.rows.map { all[$0] }
    }
    spaces = try zip(sides, tokens).map {
      try TokenProfile(
        $0.space, $0.graphs, $0.dimension, tokens: $1, relations: relations, local: local, resampling)
    }
    let classes = TokenClass.classes(of: tokens[0])
    self.orientation = ByTokenClass(orientation.perToken, classes: classes).rows
    var options = RelativeOrientationOptions()
    options.seed = resampling.seed
    withinClasses = try ClassOrientation.all(
      sides[0].space.rows, sides[1].space.rows, classes: classes, options)
  }
}
