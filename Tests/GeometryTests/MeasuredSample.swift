import Geometry
import Statistics
import Tensors
import TestSupport

/// Every measure of one draw whose interval is claimed to cover.
struct MeasuredSample: Sendable {
  var estimates: [String: Estimate] = [:]

  static let k = 10
  static let names = [
    "relative orientation", "orientation, Spearman", "CKA", "mutual kNN", "second-order cosine", "CKNNA",
    "hubness",
    "LLE cosine", "rebuilt", "RSA", "anisotropy", "participation ratio", "IsoScore*", "TwoNN", "MLE",
    "mean CCA", "SVCCA", "PWCCA", "regression", "eigenspace overlap", "shape distance", "GULP",
  ]

  /// - Parameter isWhole: with the measures that only `make coverage` has time for.
  init(_ spaces: SimulatedSpaces, tokens: Int, seed: UInt64, isWhole: Bool) throws {
    let (a, b, groups) = spaces.draw(tokens: tokens, seed: seed)
    var options = Resampling()
    (options.permutations, options.halfSplits, options.groups) = (
      isWhole ? 199 : 59, isWhole ? 100 : 40, groups
    )
    options.seed = seed
    let wide = NeighbourGraph.width(forIntervalsOf: Self.k, count: tokens)
    let (graphA, graphB) = (try Neighbours.graph(of: a, k: wide), try Neighbours.graph(of: b, k: wide))
    var interval = IntervalOptions()
    interval.groups = groups
    var pairs = RelativeOrientationOptions()
    (pairs.groups, pairs.seed) = (groups, seed)
    pairs.spearman = .sampled(pairs: 20_000)
    let orientation = try RelativeOrientation(a, b, pairs).held(against: a, b, options)
    add("relative orientation", orientation.pearson)
    add("orientation, Spearman", orientation.spearman)
    add("CKA", try CKA(a, b, interval).held(against: a, b, options).unbiased)
    add("mutual kNN", MutualNeighbours(graphA, graphB, k: Self.k, options).overlap)
    add("anisotropy", try Anisotropy(a, interval).meanCosine)
    add("participation ratio", try ParticipationRatio(a, interval).participationRatio)
    guard isWhole else { return }
    add("second-order cosine", try SecondOrderCosine(a, graphA, b, graphB, k: Self.k, options).similarity)
    add("CKNNA", CKNNA(graphA, graphB, k: Self.k, options).alignment)
    add("hubness", Hubness(graphA, k: Self.k, options).skewness)
    var lle = LocallyLinearOptions()
    lle.resampling = options
    let (x, y) = (
      LocallyLinearWeights(a, graphA.prefix(Self.k), lle), LocallyLinearWeights(b, graphB.prefix(Self.k), lle)
    )
    let halves = LocallyLinearHalves(a, graphA, b, graphB, k: Self.k, lle)
    add("LLE cosine", LocallyLinearSimilarity(x, y, lle, halves: halves).meanCosine)
    add("rebuilt", CrossReconstruction(weights: x, of: b, own: y, options, interval: halves?.second).score)
    let euclidean = try Neighbours.graph(
      of: a, k: NeighbourGraph.width(forIntervalsOf: 20, count: tokens), metric: .euclidean)
    var nearest = TwoNNOptions()
    nearest.resampling = options
    add("TwoNN", TwoNN(euclidean, nearest).fitted)
    add("RSA", try RepresentationalSimilarity(a, b, pairs).orientation.pearson)
    var star = IsoScoreStarOptions()
    (star.target, star.interval) = (.meanVariance, interval)
    add("IsoScore*", try IsoScoreStar(a, star).isoScore)
    var linear = LinearSimilarityOptions()
    (linear.groups, linear.permutations, linear.seed) = (groups, 19, seed)
    let subspaces = try LinearSimilarity(a, b, linear)
    add("mean CCA", subspaces.canonicalCorrelation.meanCCA)
    add("SVCCA", subspaces.canonicalCorrelation.svcca)
    add("PWCCA", subspaces.canonicalCorrelation.pwcca)
    add("regression", subspaces.linearRegression.firstFromSecond)
    add("eigenspace overlap", subspaces.eigenspaceOverlap.overlap)
    add("shape distance", subspaces.shapeDistance.shapes[0].angle)
    add("GULP", subspaces.gulp.regressions[0].similarity)
    add("MLE", LevinaBickel(euclidean, k: 20, options).dimension)
  }

  private mutating func add(_ name: String, _ evaluation: Evaluation) {
    estimates[name] = evaluation.estimate
  }
}
