extension MeasureInvariance {
  /// Every measure of this module, by group.
  public static let all: [MeasureInvariance] = global + linear + local + dimension + isotropy + gauges

  private static let angles: Set<Transformation> = [.orthogonal, .scaling, .rowScaling]
  private static let shape: Set<Transformation> = [.orthogonal, .scaling, .translation]
  private static let affine: Set<Transformation> = [.invertibleLinear, .translation]

  private static let global: [MeasureInvariance] = [
    .init("RelativeOrientation.pearson", "Relative orientation, Pearson of all cosines", .global, angles),
    .init(
      "RelativeOrientation.spearman", "Relative orientation, Spearman of sampled cosines", .global, angles),
    .init("AllPairsSpearman.correlation", "Relative orientation, Spearman of all cosines", .global, angles),
    .init(
      "RepresentationalSimilarity.orientation", "Representational similarity (Pearson rows)", .global,
      [.scaling, .dimensionPermutation, .rowScaling],
      remark: "also to a constant added to all numbers of a row"),
    .init("ClassOrientation.pearson", "Relative orientation within a class of tokens", .global, angles),
    .init("CKA.unbiased", "Linear CKA, unbiased", .global, shape),
    .init("CKA.biased", "Linear CKA, biased", .global, shape),
  ]

  private static let linear: [MeasureInvariance] = [
    .init("CanonicalCorrelation.meanCCA", "Mean canonical correlation", .linear, affine),
    .init("CanonicalCorrelation.meanSquaredCCA", "Mean squared canonical correlation", .linear, affine),
    .init("CanonicalCorrelation.svcca", "SVCCA", .linear, shape),
    .init(
      "CanonicalCorrelation.pwcca", "PWCCA", .linear, [.scaling, .translation, .dimensionPermutation],
      remark: "of the side that gives the weights; to any invertible map of the other"),
    .init(
      "LinearRegressionScore.firstFromSecond", "Linear regression R² of the first space on the second",
      .linear, shape, remark: "to any invertible map of the second space, the regressors"),
    .init(
      "LinearRegressionScore.secondFromFirst", "Linear regression R² of the second space on the first",
      .linear, shape, remark: "to any invertible map of the first space, the regressors"),
    .init("EigenspaceOverlap.overlap", "Eigenspace overlap", .linear, [.invertibleLinear]),
    .init(
      "Gulp.Regression.similarity", "GULP, cosine of ridge predictions", .linear, shape,
      remark: "to any invertible map where λ = 0"),
    .init("Gulp.Regression.distance", "GULP", .linear, shape, remark: "as its cosine"),
    .init(
      "ShapeDistance.Shape.similarity", "Shape similarity cos θ, α = 1 (Procrustes)", .linear, shape,
      remark: "to any invertible map where α = 0; for 0 < α < 1 as for α = 1"),
    .init("ShapeDistance.Shape.angle", "Shape distance θ, α = 1", .linear, shape, remark: "as cos θ"),
    .init(
      "ShapeDistance.Shape.euclidean", "Procrustes distance, α = 1", .linear, shape, remark: "as cos θ"),
  ]

  private static let local: [MeasureInvariance] = [
    .init("MutualNeighbours.overlap", "Mutual neighbours", .local, angles, remark: byCosine),
    .init("NeighbourJaccard.overlap", "Jaccard overlap of neighbours", .local, angles, remark: byCosine),
    .init("RankSimilarity.similarity", "Rank similarity", .local, angles, remark: byCosine),
    .init("CycleNeighbours.share", "Cycle neighbours", .local, angles, remark: byCosine),
    .init("SecondOrderCosine.similarity", "Second-order cosine", .local, angles),
    .init("CKNNA.alignment", "CKNNA", .local, angles),
    .init("Hubness.skewness", "Hubness (one space)", .local, angles, remark: byCosine),
    .init(
      "NeighbourCosine.meanCosine", "Mean cosine of neighbours (one space)", .local, angles),
    .init(
      "NeighbourCosine.corrected", "Mean cosine of neighbours less that of all pairs (one space)", .local,
      angles),
    .init(
      "LocallyLinearSimilarity.meanCosine", "Cosine of locally linear weights", .local,
      [.orthogonal, .scaling], remark: "the weights also to translation, the neighbours not"),
    .init(
      "CrossReconstruction.score", "Cross-reconstruction of the second space", .local,
      [.orthogonal, .scaling],
      remark: "of the second space also to translation, its ceiling not"),
  ]

  private static let byCosine = "of a Euclidean graph: orthogonal, scale, translation"

  private static let dimension: [MeasureInvariance] = [
    .init(
      "IntrinsicDimension.mean", "Local principal components", .dimension, [.orthogonal, .scaling],
      remark: "with neighbours by cosine; by distance also to translation"),
    .init(
      "LocalDimensions.mean", "Local dimension by any criterion", .dimension, [.orthogonal, .scaling],
      remark: "with neighbours by cosine; by distance also to translation"),
    .init("TwoNN.fitted", "TwoNN, fitted", .dimension, shape),
    .init("TwoNN.maximumLikelihood", "TwoNN, maximum likelihood", .dimension, shape),
    .init("LevinaBickel.dimension", "Levina–Bickel", .dimension, shape),
    .init("GrideScale.dimension", "GRIDE at a scale", .dimension, shape),
    .init(
      "IntrinsicDimensionAgreement.pearson", "Agreement of local dimensions, Pearson", .dimension, shape,
      remark: "of Levina–Bickel dimensions in two spaces"),
    .init(
      "IntrinsicDimensionAgreement.spearman", "Agreement of local dimensions, Spearman", .dimension, shape,
      remark: "of Levina–Bickel dimensions in two spaces"),
    .init("SemanticCoherence.mean", "Semantic coherence of neighbours", .dimension, angles, remark: byCosine),
    .init(
      "CoherenceByDimension.correlation", "Semantic coherence against local dimension", .dimension, shape,
      remark: "of Levina–Bickel dimensions, neighbours by distance"),
  ]

  private static let isotropy: [MeasureInvariance] = [
    .init("Anisotropy.meanCosine", "Anisotropy (mean cosine)", .isotropy, angles),
    .init(
      "DimensionContribution.share", "Largest share of a dimension in the anisotropy", .isotropy,
      [.scaling, .dimensionPermutation, .rowScaling], remark: "rogue dimensions are a matter of the basis"),
    .init("ParticipationRatio.participationRatio", "Participation ratio", .isotropy, shape),
    .init("ParticipationRatio.isoScore", "IsoScore", .isotropy, shape),
    .init(
      "IsoScoreStar.isoScore", "IsoScore*, shrunk to the identity", .isotropy, [.orthogonal, .translation],
      remark: "shrunk to the mean variance also to scale"),
    .init("PartitionScore.score", "Partition score", .isotropy, [.orthogonal], remark: "exp has a unit"),
    .init("NormsByRank.spearman", "Spearman of norm and rank", .isotropy, [.orthogonal, .scaling]),
    .init("NormsByRank.Part.meanNorm", "Mean norm by rank", .isotropy, [.orthogonal]),
  ]

  /// Pearson's r of all cosines stands for every measure that looks at cosines only.
  private static let gauges: [MeasureInvariance] = [
    .init("Gauge.raw", "raw", .gauge, angles),
    .init("Gauge.centred", "centred", .gauge, shape),
    .init(
      "Gauge.standardised", "standardised", .gauge, [.scaling, .translation, .dimensionPermutation],
      remark: "also to a scale for each dimension"),
    .init("Gauge.allButTheTop", "all but the top", .gauge, shape),
    .init("Gauge.whitened", "whitened, ε = 0", .gauge, affine),
    .init(
      "Gauge.causal", "causal, by a covariance held fixed", .gauge, [.scaling, .rowScaling],
      remark: "to any invertible map of the unembedding and the rows together"),
  ]
}
