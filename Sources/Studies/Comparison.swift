internal import Foundation
public import Geometry
public import Tensors

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

/// One side of a comparison.
public struct ComparedSpace: Sendable {
  public let name: String
  /// Row i is the same token on both sides.
  public let rows: Matrix<Float>
  /// Where the rows' neighbour graphs are kept.
  public let neighbours: KeptNeighbours

  /// Rows of extreme size are taken in another unit, a power of two: measures of scale are those of that unit.
  public init(rows: Matrix<Float>, neighbours: KeptNeighbours) {
    (name, self.rows, self.neighbours) = (neighbours.name, rows.inModerateUnit, neighbours)
  }
}

/// Runs every measure on one pair.
///
/// Cost: the two kNN graphs of every normalisation, O(n² d), and the local PCA of the sample dominate.
/// - Parameter relations: the words of `options.relations`, read; nil takes WordNet.
/// - Throws: `GeometryError` for rows that cannot be measured.
public func compare(
  _ a: ComparedSpace, _ b: ComparedSpace, options: Study.CompareOptions, relations: RelationFile? = nil,
  seed: UInt64
) throws -> Comparison {
  var resampling = Resampling()
  resampling.seed = seed
  let raw = try [a, b].map { try RawGraphs($0, options) }
  var similarities: [Comparison.Normalised] = []
  var shapes: [Comparison.Shape] = []
  for normalisation in Normalisation.allCases {
    let (x, y) = (normalisation.applied(to: a.rows), normalisation.applied(to: b.rows))
    let graphs =
      normalisation == .raw
      ? raw.map { $0.cosine.prefix(options.neighbours) }
      : try [(a, x), (b, y)].map { side, rows in
        try side.neighbours.graph(of: rows, normalisation: normalisation, k: options.neighbours)
      }
    similarities.append(
      try similarity(
        (x, graphs[0]), (y, graphs[1]), normalisation: normalisation, options: options, resampling: resampling
      )
    )
    for (name, rows) in [(a.name, x), (b.name, y)] {
      shapes.append(
        Comparison.Shape(
          model: name, normalisation: normalisation, anisotropy: try Anisotropy(rows),
          participation: try ParticipationRatio(rows)))
    }
  }
  var local = IntrinsicDimensionOptions()
  local.k = options.dimensionNeighbours
  local.tokens = options.dimensionTokens
  local.resampling = resampling
  let dimensions = try zip([a, b], raw).map { try dimension(of: $0, $1.euclidean, local, resampling) }
  var linear = LinearSimilarityOptions()
  linear.seed = seed
  return Comparison(
    tokens: a.rows.rows, similarities: similarities, shapes: shapes, dimensions: dimensions,
    dimensionAgreement: IntrinsicDimensionAgreement(
      dimensions[0].localPCA, dimensions[1].localPCA, resampling),
    linear: options.also.contains(.linearSimilarity) ? try LinearSimilarity(a.rows, b.rows, linear) : nil,
    isotropy: options.also.contains(.isotropy) ? try [a, b].map { try IsotropyResult($0, resampling) } : nil,
    gauges: options.also.contains(.gauges)
      ? try GaugeResult(a, b, k: options.neighbours, resampling) : nil,
    profiles: options.also.contains(.tokenProfiles)
      ? try TokenProfiles(
        [(a, raw[0], dimensions[0]), (b, raw[1], dimensions[1])],
        orientation: similarities[0].orientation, relations: relations, local: local, resampling) : nil)
}

/// The neighbours of a space as it is, as many as the measures that were asked for need: one search serves them all.
struct RawGraphs {
  let cosine: NeighbourGraph
  let euclidean: NeighbourGraph

  /// Cost: two searches, O(n² d).
  init(_ space: ComparedSpace, _ options: Study.CompareOptions) throws {
    let isProfiled = options.also.contains(.tokenProfiles)
    func graph(_ k: Int, profiled: Int, _ metric: NeighbourMetric) throws -> NeighbourGraph {
      let widest = isProfiled ? max(k, min(profiled, space.rows.rows - 1)) : k
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
  if options.also.contains(.allPairRanks) { orientation.spearman = .exact }
  var linear = LocallyLinearOptions()
  linear.resampling = resampling
  let weightsX = LocallyLinearWeights(x, graphX, linear)
  let weightsY = LocallyLinearWeights(y, graphY, linear)
  return Comparison.Normalised(
    normalisation: normalisation, orientation: try RelativeOrientation(x, y, orientation), cka: try CKA(x, y),
    mutualNeighbours: MutualNeighbours(graphX, graphY, resampling),
    locallyLinear: LocallyLinearSimilarity(weightsX, weightsY, linear),
    firstRebuilt: CrossReconstruction(weights: weightsY, of: x, own: weightsX, resampling),
    secondRebuilt: CrossReconstruction(weights: weightsX, of: y, own: weightsY, resampling),
    graphs: options.also.contains(.neighbourGraphs)
      ? try NeighbourSimilarity(x, graphX, y, graphY, resampling) : nil,
    representational: options.also.contains(.representationalSimilarity)
      ? try RepresentationalSimilarity(x, y, orientation) : nil)
}

private func dimension(
  of space: ComparedSpace, _ euclidean: NeighbourGraph, _ local: IntrinsicDimensionOptions,
  _ resampling: Resampling
) throws -> Comparison.Dimension {
  let rows = space.rows
  var twoNN = TwoNNOptions()
  twoNN.resampling = resampling
  let graph = euclidean.prefix(Comparison.Dimension.neighbours)
  var clouds = DistanceDimensionNullOptions()
  (clouds.k, clouds.twoNN, clouds.resampling) = (graph.k, twoNN, resampling)
  clouds.reach = min(clouds.reach, rows.rows - 1)
  let gaussian = try DistanceDimensionNulls(like: rows, clouds)
  return Comparison.Dimension(
    model: space.name, localPCA: try IntrinsicDimension(rows, local),
    twoNN: TwoNN(graph.prefix(2), twoNN).against(gaussian),
    levinaBickel: LevinaBickel(graph, resampling).against(gaussian), gaussian: gaussian,
    duplicates: Neighbours.duplicateRows(of: rows))
}
