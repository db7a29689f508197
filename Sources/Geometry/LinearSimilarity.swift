public import Tensors

/// All measures of linear subspaces and shapes at once, from the same Gram matrices, left-out groups of tokens
/// and permutations: several times cheaper than one after the other, and comparable draw by draw.
///
/// O(n d_A d_B) for the Gram matrices, again for the groups and for each permutation; O(d³) for each of 20 groups
/// and K permutations. Never an n × n matrix; up to width 2048 each processor holds a few d × d matrices in
/// Double, above it one computation at a time does. 46 145 tokens of widths 576 and 640: 46 s on two shared
/// processors, two thirds of it for 19 permutations. Deterministic in the seed up to the rounding of BLAS.
public struct LinearSimilarity: Sendable, Equatable, Codable {
  public let canonicalCorrelation: CanonicalCorrelation
  public let shapeDistance: ShapeDistance
  public let linearRegression: LinearRegressionScore
  public let eigenspaceOverlap: EigenspaceOverlap
  public let gulp: Gulp

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`.
  /// - Precondition: equal numbers of rows; options inside their ranges.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions = LinearSimilarityOptions()
  ) throws(GeometryError) {
    if let reason = try reasonAgainstComparing(a, b) {
      canonicalCorrelation = CanonicalCorrelation(reason: reason)
      shapeDistance = ShapeDistance(reason: reason, options)
      linearRegression = LinearRegressionScore(reason: reason)
      eigenspaceOverlap = EigenspaceOverlap(reason: reason)
      gulp = Gulp(reason: reason, options)
      return
    }
    let resampling = try GramResampling(a, b, options, measure: "linear similarity", needsRaw: true) {
      view throws(GeometryError) in
      try CanonicalCorrelation.statistics(view, options) + ShapeDistance.statistics(view, options)
        + LinearRegressionScore.statistics(view) + EigenspaceOverlap.statistics(view)
        + Gulp.statistics(view, options)
    }
    let shapes = CanonicalCorrelation.statisticCount
    let regression = shapes + ShapeDistance.statisticCount(options)
    let overlap = regression + LinearRegressionScore.statisticCount
    canonicalCorrelation = CanonicalCorrelation(resampling, from: 0)
    shapeDistance = ShapeDistance(resampling, from: shapes, options)
    linearRegression = LinearRegressionScore(resampling, from: regression)
    eigenspaceOverlap = EigenspaceOverlap(resampling, from: overlap)
    gulp = Gulp(resampling, from: overlap + EigenspaceOverlap.statisticCount, options)
  }
}
