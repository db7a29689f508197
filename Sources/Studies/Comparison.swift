internal import Foundation
public import Geometry
public import Tensors
public import Tokenizers

/// All measures of one pair of spaces over the same tokens; row `i` is the same token in both matrices.
public struct Comparison: Sendable, Codable {
  /// The measures under one normalisation.
  public struct Normalised: Sendable, Codable {
    public let normalisation: Normalisation
    public let orientation: RelativeOrientation
    public let cka: CKA
    public let mutualNeighbours: MutualNeighbours
    public let locallyLinear: LocallyLinearSimilarity
    /// The first model's tokens under the second model's weights.
    public let firstRebuilt: CrossReconstruction
    /// The second model's tokens under the first model's weights.
    public let secondRebuilt: CrossReconstruction
    /// nil where it was not asked for.
    public let graphs: NeighbourSimilarity?
    /// nil where it was not asked for.
    public let representational: RepresentationalSimilarity?
  }

  /// What one model's space looks like by itself, under one normalisation.
  public struct Shape: Sendable, Codable {
    public let model: String
    public let normalisation: Normalisation
    public let anisotropy: Anisotropy
    public let participation: ParticipationRatio
  }

  /// Intrinsic dimensions of both spaces as they are.
  public struct Dimension: Sendable, Codable {
    public let model: String
    public let localPCA: IntrinsicDimension
    public let twoNN: TwoNN
    public let levinaBickel: LevinaBickel
    /// Neighbours that Levina–Bickel looks at.
    static let neighbours = 20
    /// What TwoNN and Levina–Bickel find in Gaussian clouds.
    public let gaussian: DistanceDimensionNulls
    /// Rows that have an identical twin.
    public let duplicates: Int
  }

  public let tokens: Int
  /// What intervals keep together and nulls permute within; nil where tokens were not given.
  public let structure: TokenStructureSummary?
  public let similarities: [Normalised]
  public let shapes: [Shape]
  public let dimensions: [Dimension]
  public let dimensionAgreement: IntrinsicDimensionAgreement
  /// Measures that no invertible or orthogonal map of a space changes; nil where they were not asked for.
  public let linear: LinearSimilarity?
  /// nil where it was not asked for.
  public let isotropy: [IsotropyResult]?
  public let gauges: GaugeResult?
  public let profiles: TokenProfiles?
}

/// What is known of the compared tokens beside their rows: which are forms of one word, and of which kind they are.
public struct TokenStructure: Sendable {
  /// Forms of one word, which intervals keep together.
  public let forms: TokenGroups
  /// Kinds of tokens, within which nulls permute; nil permutes all.
  public let strata: TokenStrata?

  /// - Parameters:
  ///   - tokens: the compared tokens, as the first model spells them.
  ///   - isStratified: whether nulls permute within strata.
  public init(_ tokens: [Token], isStratified: Bool) {
    forms = .forms(of: tokens)
    strata = isStratified ? TokenStrata(tokens) : nil
  }

  var summary: TokenStructureSummary {
    TokenStructureSummary(
      forms: forms.count, strata: strata?.groups.count, pooledTokens: strata?.pooled)
  }
}

/// How many groups and strata a comparison had.
public struct TokenStructureSummary: Sendable, Equatable, Codable {
  /// Groups of tokens that are forms of one word.
  public let forms: Int
  /// nil where nulls permute all tokens.
  public let strata: Int?
  /// Tokens whose own stratum was too small.
  public let pooledTokens: Int?
}

/// One side of a comparison.
public struct ComparedSpace: Sendable {
  public let name: String
  /// Row i is the same token on both sides.
  public let rows: Matrix<Float>
  /// Where the rows' neighbour graphs are kept.
  public let neighbours: KeptNeighbours
  /// Of the whole unembedding; nil has it read where it is needed.
  let unembedding: RowCovariance?

  /// Rows of extreme size are taken in another unit, a power of two: measures of scale are those of that unit.
  public init(rows: Matrix<Float>, neighbours: KeptNeighbours, unembedding: RowCovariance? = nil) {
    (name, self.rows, self.neighbours) = (neighbours.name, rows.inModerateUnit, neighbours)
    self.unembedding = unembedding
  }
}

/// Runs every measure on one pair.
///
/// Cost: the two kNN graphs of every normalisation, O(n² d), and the local PCA of the sample dominate.
/// - Parameters:
///   - structure: of the compared tokens; nil takes each token by itself and permutes all.
///   - relations: the words of `options.relations`, read; nil takes WordNet.
/// - Throws: `GeometryError` for rows that cannot be measured.
public func compare(
  _ a: ComparedSpace, _ b: ComparedSpace, options: Study.CompareOptions, structure: TokenStructure? = nil,
  relations: RelationFile? = nil, seed: UInt64
) throws -> Comparison {
  var resampling = Resampling()
  resampling.seed = seed
  (resampling.groups, resampling.strata) = (structure?.forms, structure?.strata?.groups)
  let raw = try [a, b].map { try RawGraphs($0, options) }
  var similarities: [Comparison.Normalised] = []
  var shapes: [Comparison.Shape] = []
  for normalisation in Normalisation.allCases {
    let (x, y) = (normalisation.applied(to: a.rows), normalisation.applied(to: b.rows))
    let graphs =
      normalisation == .raw
      ? raw.map(\.cosine)
      : try [(a, x), (b, y)].map { side, rows in
        try side.neighbours.graph(
          of: rows, normalisation: normalisation,
          k: NeighbourGraph.width(forIntervalsOf: options.neighbours, count: rows.rows))
      }
    similarities.append(
      try similarity(
        (x, graphs[0]), (y, graphs[1]), normalisation: normalisation, options: options, resampling: resampling
      )
    )
    for (name, rows) in [(a.name, x), (b.name, y)] {
      shapes.append(
        Comparison.Shape(
          model: name, normalisation: normalisation, anisotropy: try Anisotropy(rows, resampling.interval),
          participation: try ParticipationRatio(rows, resampling.interval)))
    }
  }
  var local = IntrinsicDimensionOptions()
  local.k = options.dimensionNeighbours
  local.tokens = options.dimensionTokens
  local.resampling = resampling.ungrouped
  let dimensions = try zip([a, b], raw).map { try dimension(of: $0, $1.euclidean, local, resampling) }
  var linear = LinearSimilarityOptions()
  (linear.seed, linear.groups) = (seed, structure?.forms)
  return Comparison(
    tokens: a.rows.rows, structure: structure?.summary, similarities: similarities, shapes: shapes,
    dimensions: dimensions,
    dimensionAgreement: IntrinsicDimensionAgreement(
      dimensions[0].localPCA, dimensions[1].localPCA, resampling.selecting(dimensions[0].localPCA.tokens)),
    linear: options.also.contains(.linearSimilarity) ? try LinearSimilarity(a.rows, b.rows, linear) : nil,
    isotropy: options.also.contains(.isotropy)
      ? try [a, b].map { try IsotropyResult($0, resampling) } : nil,
    gauges: options.also.contains(.gauges)
      ? try GaugeResult(a, b, k: options.neighbours, resampling.ungrouped) : nil,
    profiles: options.also.contains(.tokenProfiles)
      ? try TokenProfiles(
        [(a, raw[0], dimensions[0]), (b, raw[1], dimensions[1])],
        orientation: similarities[0].orientation, relations: relations, local: local,
        resampling.ungrouped) : nil)
}

/// The neighbours of a space as it is, as many as the measures that were asked for need: one search serves them all.
struct RawGraphs {
  let cosine: NeighbourGraph
  let euclidean: NeighbourGraph

  /// Cost: two searches, O(n² d).
  init(_ space: ComparedSpace, _ options: Study.CompareOptions) throws {
    let isProfiled = options.also.contains(.tokenProfiles)
    func graph(_ k: Int, profiled: Int, _ metric: NeighbourMetric) throws -> NeighbourGraph {
      let wide = NeighbourGraph.width(forIntervalsOf: k, count: space.rows.rows)
      let widest = isProfiled ? max(wide, min(profiled, space.rows.rows - 1)) : wide
      return try space.neighbours.graph(of: space.rows, normalisation: .raw, k: widest, metric: metric)
    }
    cosine = try graph(options.neighbours, profiled: TokenProfile.coherenceNeighbours, .cosine)
    euclidean = try graph(
      Comparison.Dimension.neighbours, profiled: TokenProfile.scaleNeighbours, .euclidean)
  }
}

private func similarity(
  _ a: (rows: Matrix<Float>, graph: NeighbourGraph), _ b: (rows: Matrix<Float>, graph: NeighbourGraph),
  normalisation: Normalisation, options: Study.CompareOptions, resampling: Resampling
) throws -> Comparison.Normalised {
  let (x, graphX, y, graphY) = (a.rows, a.graph, b.rows, b.graph)
  var orientation = RelativeOrientationOptions()
  orientation.seed = resampling.seed
  orientation.groups = resampling.groups
  if options.also.contains(.allPairRanks) { orientation.spearman = .exact }
  var linear = LocallyLinearOptions()
  linear.resampling = resampling
  let k = options.neighbours
  let weightsX = LocallyLinearWeights(x, graphX.prefix(k), linear)
  let weightsY = LocallyLinearWeights(y, graphY.prefix(k), linear)
  let halves = LocallyLinearHalves(x, graphX, y, graphY, k: k, linear)
  return Comparison.Normalised(
    normalisation: normalisation,
    orientation: try RelativeOrientation(x, y, orientation).held(against: x, y, resampling),
    cka: try CKA(x, y, resampling.interval).held(against: x, y, resampling),
    mutualNeighbours: MutualNeighbours(graphX, graphY, k: k, resampling),
    locallyLinear: LocallyLinearSimilarity(weightsX, weightsY, linear, halves: halves),
    firstRebuilt: CrossReconstruction(
      weights: weightsY, of: x, own: weightsX, resampling, interval: halves?.first),
    secondRebuilt: CrossReconstruction(
      weights: weightsX, of: y, own: weightsY, resampling, interval: halves?.second),
    graphs: options.also.contains(.neighbourGraphs)
      ? try NeighbourSimilarity(x, graphX, y, graphY, k: k, resampling) : nil,
    representational: options.also.contains(.representationalSimilarity)
      ? try RepresentationalSimilarity(x, y, orientation).held(against: x, y, resampling) : nil)
}

private func dimension(
  of space: ComparedSpace, _ euclidean: NeighbourGraph, _ local: IntrinsicDimensionOptions,
  _ resampling: Resampling
) throws -> Comparison.Dimension {
  let rows = space.rows
  var twoNN = TwoNNOptions()
  twoNN.resampling = resampling
  let k = Comparison.Dimension.neighbours
  var clouds = DistanceDimensionNullOptions()
  (clouds.k, clouds.resampling) = (k, resampling.ungrouped)
  clouds.reach = min(clouds.reach, rows.rows - 1)
  let gaussian = try DistanceDimensionNulls(like: rows, clouds)
  return Comparison.Dimension(
    model: space.name, localPCA: try IntrinsicDimension(rows, local),
    twoNN: TwoNN(euclidean, twoNN).against(gaussian),
    levinaBickel: LevinaBickel(euclidean, k: k, resampling).against(gaussian), gaussian: gaussian,
    duplicates: Neighbours.duplicateRows(of: rows))
}
