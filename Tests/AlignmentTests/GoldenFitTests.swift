import Alignment
import Tensors
import Testing

/// Fits against scipy and scikit-learn.
@Suite struct GoldenFitTests {
  let golden: Golden

  init() throws { golden = try Golden.load() }

  @Test func leastSquaresIsScipyLstsq() throws {
    let fitted = try LeastSquares().fit(source: golden.x, target: golden.y)
    #expect(distance(fitted.map.weights, golden.leastSquares) < 1e-5)
    #expect(abs(fitted.diagnostics.conditionNumber / golden.conditionNumber - 1) < 1e-9)
    #expect(fitted.diagnostics.rank == golden.sourceWidth)
    var options = AlignmentOptions()
    options.isCentred = false
    let raw = try LeastSquares().fit(source: golden.x, target: golden.y, options: options)
    #expect(distance(raw.map.weights, golden.leastSquaresRaw) < 1e-5)
    #expect(raw.map.sourceMean.allSatisfy { $0 == 0 })
  }

  @Test func ridgeChoosesTheLambdaOfScikitLearn() throws {
    var options = AlignmentOptions()
    options.lambdaGrid = golden.lambdaGrid.reversed()
    options.foldCount = golden.folds
    options.seed = golden.seed
    let fitted = try Ridge().fit(
      source: golden.x, target: golden.y, options: options)
    let path = try #require(fitted.diagnostics.ridgePath)
    #expect(path.lambdas == golden.lambdaGrid)
    #expect(path.best == golden.ridgeBest)
    for (ours, theirs) in zip(path.errors, golden.ridgeErrors) { #expect(abs(ours / theirs - 1) < 1e-9) }
    #expect(distance(fitted.map.weights, golden.ridge) < 1e-5)
    #expect(fitted.diagnostics.method as? Ridge == Ridge(lambda: golden.lambdaGrid[golden.ridgeBest]))
  }

  @Test func procrustesIsScipyOrthogonalProcrustes() throws {
    let rotation = try Procrustes(scaling: false).fit(source: golden.x, target: golden.y)
    #expect(distance(rotation.map.weights, golden.rotation) < 1e-5)
    let scaled = try Procrustes().fit(source: golden.x, target: golden.y)
    #expect(abs((scaled.diagnostics.scale ?? 0) / golden.scale - 1) < 1e-9)
    #expect(distance(scaled.map.weights, golden.rotation.map { $0 * golden.scale }) < 1e-5)
  }

  @Test func reducedRankIsTheCutOfItsPredictions() throws {
    let cut = try ReducedRank(rank: 3).fit(source: golden.x, target: golden.y)
    #expect(distance(cut.map.weights, golden.reducedRank3) < 1e-5)
    #expect(cut.diagnostics.rankPath == nil && cut.diagnostics.rank == golden.sourceWidth)
    var options = AlignmentOptions()
    options.foldCount = golden.folds
    options.seed = golden.seed
    let chosen = try ReducedRank().fit(
      source: golden.x, target: golden.y, options: options)
    let path = try #require(chosen.diagnostics.rankPath)
    #expect(path.errors.count == golden.rankErrors.count)
    for (ours, theirs) in zip(path.errors, golden.rankErrors) { #expect(abs(ours / theirs - 1) < 1e-9) }
    let least = golden.rankErrors.indices.dropFirst().min { golden.rankErrors[$0] < golden.rankErrors[$1] }
    #expect(path.best == least && !path.isFullRank)
    #expect(chosen.diagnostics.method as? ReducedRank == ReducedRank(rank: path.best))
  }

  @Test func canonicalCorrelationIsTheWhitenedRotation() throws {
    for (power, expected) in [
      (0.5, golden.canonicalHalf), (0, golden.canonicalNone), (1, golden.leastSquares),
    ] {
      let fitted = try CanonicalCorrelationMap(reweighting: power).fit(
        source: golden.x, target: golden.y)
      #expect(distance(fitted.map.weights, expected) < 1e-5, "γ \(power)")
      let correlations = try #require(fitted.diagnostics.correlations)
      #expect(correlations.count == golden.correlations.count)
      for (ours, theirs) in zip(correlations, golden.correlations) { #expect(abs(ours - theirs) < 1e-9) }
      #expect(abs(fitted.diagnostics.conditionNumber / golden.conditionNumber - 1) < 1e-9)
    }
  }

  @Test func logitMatchingIsTheTransposedRegressionBack() throws {
    let fitted = try LogitMatching().fit(source: golden.x, target: golden.y)
    #expect(distance(fitted.map.weights, golden.logitMatching) < 1e-5)
    #expect(fitted.map.targetMean.allSatisfy { $0 == 0 })
    #expect(fitted.predictsSourceRows)
  }
}
