internal import Statistics
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

  /// What shares the Gram matrices.
  private static let measures: [any GramMeasure.Type] = [
    CanonicalCorrelation.self, ShapeDistance.self, LinearRegressionScore.self, EigenspaceOverlap.self,
    Gulp.self,
  ]

  /// - Parameters: matched rows: row i of both matrices is the same token; widths may differ.
  /// - Throws: `GeometryError.notFinite`, `.decomposition`, `.option`.
  /// - Precondition: equal numbers of rows.
  public init(
    _ a: Matrix<Float>, _ b: Matrix<Float>, _ options: LinearSimilarityOptions = LinearSimilarityOptions()
  ) throws(GeometryError) {
    if let reason = try reasonAgainstComparing(a, b) {
      canonicalCorrelation = CanonicalCorrelation(reason: reason, options)
      shapeDistance = ShapeDistance(reason: reason, options)
      linearRegression = LinearRegressionScore(reason: reason, options)
      eigenspaceOverlap = EigenspaceOverlap(reason: reason, options)
      gulp = Gulp(reason: reason, options)
      return
    }
    let resampling = try GramResampling(a, b, options, Self.measures, words: "linear similarity")
    canonicalCorrelation = CanonicalCorrelation(resampling, options)
    shapeDistance = ShapeDistance(resampling, options)
    linearRegression = LinearRegressionScore(resampling, options)
    eigenspaceOverlap = EigenspaceOverlap(resampling, options)
    gulp = Gulp(resampling, options)
  }
}

extension LinearSimilarity: PairMeasure {
  public static let name = "linear_similarity"
  public static let version = 1
  public static let group: MeasureGroup? = .linearSimilarity
  public static let gauges: [Gauge] = [.raw]
  public static let task = "linear_similarity"
  public static let depends: Set<MeasureOptions.Field> = [.linear, .seed]

  public static let concept: Concept? = Concept(
    meaning: "Canonical correlations, regression, shape distances: what is shared up to a linear map.",
    high:
      "High correlations, regressions, overlaps and GULP cosines mean that one space is nearly a linear image of the other; shape angles are distances, and there low ones mean it.",
    cite:
      "No gauge, as all of them centre the rows (eigenspace overlap does not); cite α = 1, the Procrustes angle, which is blind to rotation and scale only, and hold CCA against its null, which grows with the widths over the tokens."
  )

  public static func metrics(_ options: MeasureOptions) -> [Metric<LinearSimilarity>] {
    let fixed: [Metric<LinearSimilarity>] = [
      Metric("mean_cca", "mean canonical correlation", Invariance(.linear, .affine)) {
        $0.canonicalCorrelation.meanCCA
      },
      Metric("svcca", "SVCCA", Invariance(.linear, .shape)) { $0.canonicalCorrelation.svcca },
      Metric(
        "pwcca", "PWCCA",
        Invariance(
          .linear, [.scaling, .translation, .dimensionPermutation],
          remark: "of the side that gives the weights; to any invertible map of the other")
      ) { $0.canonicalCorrelation.pwcca },
      Metric(
        "regression_a_from_b", "linear regression, {a} from {b}",
        Invariance(.linear, .shape, remark: "to any invertible map of the regressors")
      ) { $0.linearRegression.firstFromSecond },
      Metric(
        "regression_b_from_a", "linear regression, {b} from {a}",
        Invariance(.linear, .shape, of: .second, remark: "to any invertible map of the regressors")
      ) { $0.linearRegression.secondFromFirst },
      Metric(
        "eigenspace_overlap", "eigenspace overlap", Invariance(.linear, [.invertibleLinear])
      ) { $0.eigenspaceOverlap.overlap },
    ]
    let shapes = options.linear.shapeAlphas.enumerated().map { index, alpha in
      Metric<LinearSimilarity>(
        "shape_angle_\(alpha)", "shape distance, α = \(alpha) (rad)",
        Invariance(.linear, alpha == 0 ? .affine : .shape)
      ) { $0.shapeDistance.shapes[index].angle }
    }
    let predictions = options.linear.gulpLambdas.enumerated().map { index, lambda in
      Metric<LinearSimilarity>(
        "gulp_\(lambda)", "GULP, cosine, λ = \(lambda)", Invariance(.linear, lambda == 0 ? .affine : .shape)
      ) { $0.gulp.regressions[index].similarity }
    }
    return fixed + shapes + predictions
  }

  public static func measure(_ pair: PairBench) throws -> LinearSimilarity {
    try LinearSimilarity(pair.a.rows, pair.b.rows, pair.options.linearSimilarity)
  }
}
