public import Statistics
public import Vocabularies

/// How spaces are measured: what all measures of a comparison share.
///
/// Parameters that only one measure has are that measure's own defaults.
public struct MeasureOptions: Sendable, Equatable {
  /// Neighbours of the graphs and of LLE; larger values look at larger neighbourhoods.
  public var neighbours = 10
  /// Neighbours of the local PCA; larger values look at larger balls.
  public var dimensionNeighbours = 1200
  /// Tokens whose local PCA is taken, drawn with the seed; more take longer.
  public var dimensionTokens = 4000
  /// Which pairs of tokens Spearman's correlation of orientations ranks.
  public var spearman = SpearmanMethod.sampled(pairs: 400_000)
  /// Of the similarities of linear subspaces and shapes; seed and groups are those of `resampling`.
  public var linear = LinearSimilarityOptions()
  /// Draws of intervals and nulls, with the seed of everything random; its groups are what intervals keep together, its strata
  /// what nulls permute within. One for all measures, so that draw k of each is of the same permutation (``MaxT``).
  public var resampling = Resampling()
  /// Which words are related; nil takes WordNet where its files are, and the classes of tokens otherwise.
  public var relations: RelationFile?

  public init() {}

  /// Of the similarities over all pairs of tokens.
  var orientation: RelativeOrientationOptions {
    var options = RelativeOrientationOptions()
    options.spearman = spearman
    (options.seed, options.groups) = (resampling.seed, resampling.groups)
    return options
  }

  /// Of the similarities of linear subspaces and shapes.
  var linearSimilarity: LinearSimilarityOptions {
    var options = linear
    (options.seed, options.groups) = (resampling.seed, resampling.groups)
    return options
  }

  /// Of the local PCA, whose values are not one a token.
  var localPCA: IntrinsicDimensionOptions {
    var options = IntrinsicDimensionOptions()
    (options.k, options.tokens) = (dimensionNeighbours, dimensionTokens)
    options.resampling = resampling.ungrouped
    return options
  }
}

extension MeasureOptions {
  /// What a measure can say that it depends on. Which groups are measured is no option of any measure.
  public enum Field: String, Sendable, CaseIterable {
    case neighbours
    case dimensionNeighbours = "dimension_neighbours"
    case dimensionTokens = "dimension_tokens"
    case spearman
    case linear
    /// Of everything random.
    case seed
    /// What nulls permute within.
    case strata
    case relations
  }
}

extension MeasureOptions {
  /// Of a measure of neighbours by cosine with an interval.
  var wideReach: [NeighbourMetric: Int] {
    [.cosine: NeighbourGraph.width(forIntervalsOf: neighbours, count: .max)]
  }
}
