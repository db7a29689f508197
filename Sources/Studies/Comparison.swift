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
    /// nil where it was not asked for.
    public let graphs: NeighbourSimilarity?
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
}

/// Runs every measure on one pair.
///
/// Cost: the two kNN graphs of every normalisation, O(n² d), and the local PCA of the sample dominate.
/// - Throws: `GeometryError` for rows that cannot be measured.
public func compare(
  _ a: (name: String, rows: Matrix<Float>), _ b: (name: String, rows: Matrix<Float>),
  options: Study.CompareOptions, seed: UInt64
) throws -> Comparison {
  var resampling = Resampling()
  resampling.seed = seed
  var similarities: [Comparison.Normalised] = []
  var shapes: [Comparison.Shape] = []
  for normalisation in Normalisation.allCases {
    let (x, y) = (normalisation.applied(to: a.rows), normalisation.applied(to: b.rows))
    similarities.append(
      try similarity(x, y, normalisation: normalisation, options: options, resampling: resampling))
    for (name, rows) in [(a.name, x), (b.name, y)] {
      shapes.append(
        Comparison.Shape(
          model: name, normalisation: normalisation, anisotropy: try Anisotropy(rows),
          participation: try ParticipationRatio(rows)))
    }
  }
  let dimensions = try [a, b].map { name, rows in
    try dimension(of: rows, name: name, options: options, resampling: resampling)
  }
  var linear = LinearSimilarityOptions()
  linear.seed = seed
  return Comparison(
    tokens: a.rows.rows, similarities: similarities, shapes: shapes, dimensions: dimensions,
    dimensionAgreement: IntrinsicDimensionAgreement(
      dimensions[0].localPCA, dimensions[1].localPCA, resampling),
    linear: options.also.contains(.linearSimilarity) ? try LinearSimilarity(a.rows, b.rows, linear) : nil)
}

private func similarity(
  _ x: Matrix<Float>, _ y: Matrix<Float>, normalisation: Normalisation, options: Study.CompareOptions,
  resampling: Resampling
) throws -> Comparison.Normalised {
  var orientation = RelativeOrientationOptions()
  orientation.seed = resampling.seed
  if options.also.contains(.allPairRanks) { orientation.spearman = .exact }
  var linear = LocallyLinearOptions()
  linear.resampling = resampling
  let graphX = try Neighbours.graph(of: x, k: options.neighbours)
  let graphY = try Neighbours.graph(of: y, k: options.neighbours)
  return Comparison.Normalised(
    normalisation: normalisation, orientation: try RelativeOrientation(x, y, orientation), cka: try CKA(x, y),
    mutualNeighbours: MutualNeighbours(graphX, graphY, resampling),
    locallyLinear: LocallyLinearSimilarity(
      LocallyLinearWeights(x, graphX, linear), LocallyLinearWeights(y, graphY, linear), linear),
    graphs: options.also.contains(.neighbourGraphs)
      ? try NeighbourSimilarity(x, graphX, y, graphY, resampling) : nil)
}

private func dimension(
  of rows: Matrix<Float>, name: String, options: Study.CompareOptions, resampling: Resampling
) throws -> Comparison.Dimension {
  var local = IntrinsicDimensionOptions()
  local.k = options.dimensionNeighbours
  local.tokens = options.dimensionTokens
  local.resampling = resampling
  var twoNN = TwoNNOptions()
  twoNN.resampling = resampling
  let graph = try Neighbours.graph(of: rows, k: 20, metric: .euclidean)
  return Comparison.Dimension(
    model: name, localPCA: try IntrinsicDimension(rows, local), twoNN: TwoNN(graph.prefix(2), twoNN),
    levinaBickel: LevinaBickel(graph, resampling), duplicates: Neighbours.duplicateRows(of: rows))
}
