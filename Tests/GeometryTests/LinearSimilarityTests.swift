import Foundation
import Geometry
import LinearAlgebra
import Statistics
import Tensors
import TestSupport
import Testing

/// CCA, SVCCA, PWCCA, shape distances, regression score, eigenspace overlap and RSA with Pearson rows.
@Suite struct LinearSimilarityTests {
  /// Values that Golden/generate_shape_measures.py wrote.
  struct ShapeGolden: Decodable {
    let meanCCA: Double
    let meanSquaredCCA: Double
    let svcca99: Double
    let svcca80: Double
    let pwcca: Double
    let alphas: [Double]
    let shapeCosines: [Double]
    let procrustesDisparity: Double
    let regressionAFromB: Double
    let regressionBFromA: Double
    let eigenspaceOverlap: Double
    let lambdas: [Double]
    /// Cosine and distance of the hat matrices.
    let gulp: [[Double]]
    let rsaPearson: Double
    let rsaSpearman: Double

    static func load() throws -> ShapeGolden {
      let url = Bundle.module.bundleURL.appending(path: "Golden/shape_measures.json")
      return try JSONDecoder().decode(ShapeGolden.self, from: Data(contentsOf: url))
    }
  }

  /// Neither permutations nor anything else that the test does not look at.
  private func quick(permutations: Int = 0, alphas: [Double] = [0, 0.5, 1]) -> LinearSimilarityOptions {
    var options = LinearSimilarityOptions()
    options.permutations = permutations
    options.shapeAlphas = alphas
    return options
  }

  @Test func equalTheDefinitionsInRowSpace() throws {
    let golden = try Golden.load()
    let expected = try ShapeGolden.load()
    var options = quick(alphas: expected.alphas)
    options.gulpLambdas = expected.lambdas
    let result = try LinearSimilarity(golden.matrixA, golden.matrixB, options)
    let canonical = result.canonicalCorrelation
    #expect(isClose(canonical.meanCCA.value, expected.meanCCA, 1e-9))
    #expect(isClose(canonical.meanSquaredCCA.value, expected.meanSquaredCCA, 1e-9))
    #expect(isClose(canonical.svcca.value, expected.svcca99, 1e-9))
    #expect(isClose(canonical.pwcca.value, expected.pwcca, 1e-9))
    for (shape, cosine) in zip(result.shapeDistance.shapes, expected.shapeCosines) {
      #expect(isClose(shape.similarity.value, cosine, 1e-9), "α \(shape.alpha)")
      #expect(isClose(shape.angle.value, acos(cosine), 1e-9), "α \(shape.alpha)")
      #expect(isClose(shape.euclidean.value, (2 - 2 * cosine).squareRoot(), 1e-9), "α \(shape.alpha)")
    }
    let procrustes = try #require(result.shapeDistance.shapes.last?.similarity.value)
    #expect(isClose(1 - procrustes * procrustes, expected.procrustesDisparity, 1e-9))
    #expect(isClose(result.linearRegression.firstFromSecond.value, expected.regressionAFromB, 1e-9))
    #expect(isClose(result.linearRegression.secondFromFirst.value, expected.regressionBFromA, 1e-9))
    #expect(isClose(result.eigenspaceOverlap.overlap.value, expected.eigenspaceOverlap, 1e-9))
    for (regression, values) in zip(result.gulp.regressions, expected.gulp) {
      #expect(isClose(regression.similarity.value, values[0], 1e-9), "λ \(regression.lambda)")
      #expect(isClose(regression.distance.value, values[1], 1e-9), "λ \(regression.lambda)")
    }
    options.svccaVariance = 0.8
    #expect(
      isClose(
        try CanonicalCorrelation(golden.matrixA, golden.matrixB, options).svcca.value, expected.svcca80, 1e-9)
    )
  }

  @Test func pearsonRowsEqualScipy() throws {
    let golden = try Golden.load()
    let expected = try ShapeGolden.load()
    let result = try RepresentationalSimilarity(golden.matrixA, golden.matrixB).orientation
    #expect(isClose(result.pearson.value, expected.rsaPearson, 1e-6))
    #expect(abs(try #require(result.spearman.value) - expected.rsaSpearman) < 0.015)
  }

  @Test func pearsonRowsIgnoreAShiftOfEachRow() throws {
    let a = gaussian(60, 7, seed: 1)
    var b = gaussian(60, 5, seed: 1)
    let before = try RepresentationalSimilarity(a, b).orientation.pearson.value
    for i in 0..<60 { for j in 0..<5 { b[i, j] = 2 * b[i, j] + Float(i % 7) } }
    #expect(isClose(try RepresentationalSimilarity(a, b).orientation.pearson.value, before, 1e-5))
    for j in 0..<5 { b[3, j] = 0.1 }
    #expect(try RepresentationalSimilarity(a, b).orientation.zeroRows == 1)
  }

  @Test func togetherEqualOneByOne() throws {
    let (a, b) = related(90, 6, 4, seed: 3)
    let options = quick(permutations: 3)
    // On one thread, since BLAS rounds otherwise on another number of them, and other tests change it.
    try withSingleThreadedBLAS {
      let all = try LinearSimilarity(a, b, options)
      #expect(all.canonicalCorrelation == (try CanonicalCorrelation(a, b, options)))
      #expect(all.shapeDistance == (try ShapeDistance(a, b, options)))
      #expect(all.linearRegression == (try LinearRegressionScore(a, b, options)))
      #expect(all.eigenspaceOverlap == (try EigenspaceOverlap(a, b, options)))
      #expect(all.gulp == (try Gulp(a, b, options)))
    }
  }

  @Test func areBlindToARotationIntoMoreDimensions() throws {
    try forSeeds(0..<3) { seed in
      let a = gaussian(80, 6, seed: seed, shift: 0.3)
      var turned = product(a, orthonormalRows(6, 9, seed: seed + 7))
      for i in turned.elements.indices { turned.elements[i] *= 3 }
      let result = try LinearSimilarity(a, turned, quick())
      for value in similarities(result) { #expect(isClose(value, 1, 1e-6), "seed \(seed)") }
      for shape in result.shapeDistance.shapes {
        #expect(try #require(shape.angle.value) < 1e-3 && shape.euclidean.value ?? 1 < 1e-3, "seed \(seed)")
      }
      for regression in result.gulp.regressions {
        #expect(try #require(regression.distance.value) < 1e-3, "seed \(seed)")
      }
    }
  }

  @Test func areBlindToAShiftUnlessTheyLookAtZero() throws {
    let (a, b) = related(80, 6, 5, seed: 2)
    var moved = b
    for i in moved.elements.indices { moved.elements[i] += Float(i % 5) + 1 }
    let (before, after) = (try LinearSimilarity(a, b, quick()), try LinearSimilarity(a, moved, quick()))
    for (x, y) in zip(similarities(before).dropLast(), similarities(after).dropLast()) {
      #expect(isClose(x, y, 1e-5))
    }
    #expect(!isClose(similarities(before).last ?? nil, similarities(after).last ?? nil, 1e-3))
  }

  /// Mean CCA, R²_CCA, the shape with α = 0, the regression on the changed side and the overlap survive any
  /// invertible map; the others must not.
  @Test func invertibleMapsAreSeenOnlyByThoseThatSaySo() throws {
    try forSeeds(0..<3) { seed in
      let (a, b) = related(120, 6, 5, seed: seed)
      let changed = product(b, gaussian(5, 5, seed: seed + 30))
      let (before, after) = (try LinearSimilarity(a, b, quick()), try LinearSimilarity(a, changed, quick()))
      func differences(_ value: (LinearSimilarity) -> Double?) -> Double {
        abs((value(before) ?? 0) - (value(after) ?? 1))
      }
      #expect(differences { $0.canonicalCorrelation.meanCCA.value } < 1e-5, "seed \(seed)")
      #expect(differences { $0.canonicalCorrelation.meanSquaredCCA.value } < 1e-5, "seed \(seed)")
      #expect(differences { $0.shapeDistance.shapes[0].similarity.value } < 1e-5, "seed \(seed)")
      #expect(differences { $0.linearRegression.firstFromSecond.value } < 1e-5, "seed \(seed)")
      #expect(differences { $0.eigenspaceOverlap.overlap.value } < 1e-5, "seed \(seed)")
      #expect(differences { $0.gulp.regressions[0].similarity.value } < 1e-2, "seed \(seed)")
      #expect(differences { $0.gulp.regressions[1].similarity.value } > 1e-3, "seed \(seed)")
      #expect(differences { $0.shapeDistance.shapes[1].similarity.value } > 1e-4, "seed \(seed)")
      #expect(differences { $0.shapeDistance.shapes[2].similarity.value } > 1e-3, "seed \(seed)")
      #expect(differences { $0.linearRegression.secondFromFirst.value } > 1e-3, "seed \(seed)")
      #expect(differences { $0.canonicalCorrelation.pwcca.value } > 1e-4, "seed \(seed)")
    }
  }

  @Test func anglesKeepTheTriangleInequality() throws {
    try forSeeds(0..<6) { seed in
      let (a, b) = related(60, 5, 4, seed: seed)
      let c = gaussian(60, 6, seed: seed + 90)
      func angles(_ x: Matrix<Float>, _ y: Matrix<Float>) throws -> [Double] {
        try ShapeDistance(x, y, quick()).shapes.compactMap(\.angle.value)
      }
      let (ab, bc, ac) = (try angles(a, b), try angles(b, c), try angles(a, c))
      #expect(ab.count == 3)
      for i in ab.indices { #expect(ac[i] <= ab[i] + bc[i] + 1e-12, "seed \(seed), shape \(i)") }
      #expect(try angles(b, a).elementsEqual(ab) { abs($0 - $1) < 1e-9 }, "seed \(seed)")
    }
  }

  @Test func leavingOutGroupsEqualsComputingWithoutThem() throws {
    let (a, b) = related(100, 5, 4, seed: 5)
    let options = quick()
    var random = SeededRandom(seed: options.seed)
    let order = random.permutation(100)
    let left = try (0..<20).map { group in
      let gone = Set(stride(from: group, to: 100, by: 20).map { order[$0] })
      let rows = (0..<100).filter { !gone.contains($0) }
      return try LinearSimilarity(a.selecting(rows: rows), b.selecting(rows: rows), options)
    }
    let result = try LinearSimilarity(a, b, options)
    for (index, estimate) in estimates(result).enumerated() {
      let values = try left.map { try #require(estimates($0)[index]).value }
      let mean = values.reduce(0, +) / 20
      let error = (19.0 / 20 * values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
      #expect(isClose(try #require(estimate).standardError, error, 1e-9), "statistic \(index)")
    }
  }

  @Test func permutedPairingsScoreTheirExpectation() throws {
    let (a, b) = related(200, 6, 4, seed: 6)
    let result = try LinearSimilarity(a, b, quick(permutations: 60))
    func mean(_ evaluation: Evaluation) -> Double { evaluation.estimate?.null?.mean ?? .nan }
    #expect(abs(mean(result.linearRegression.firstFromSecond) - 4.0 / 199) < 0.004)
    #expect(abs(mean(result.linearRegression.secondFromFirst) - 6.0 / 199) < 0.004)
    #expect(abs(mean(result.canonicalCorrelation.meanSquaredCCA) - 6.0 / 199) < 0.004)
    let null = try #require(result.canonicalCorrelation.meanCCA.estimate?.null)
    #expect(null.draws == 60 && isClose(null.pValue, 1.0 / 61, 1e-12))
    #expect(try #require(null.calibrated) > 0.5)
  }

  /// Both tails: related models are nearer than chance, unrelated ones are not.
  @Test func distancesAreJudgedByTheLowerTail() throws {
    let (a, b) = related(200, 6, 4, seed: 7)
    let near = try ShapeDistance(a, b, quick(permutations: 39)).shapes[2].angle.estimate
    let null = try #require(near?.null)
    #expect(isClose(null.pValue, 1.0 / 40, 1e-12))
    #expect(null.mean > (near?.value ?? .infinity) && (null.threshold ?? 0) > (near?.value ?? .infinity))
    #expect((null.calibrated ?? 0) > 0.3)
    let far = try ShapeDistance(a, gaussian(200, 4, seed: 70), quick(permutations: 39)).shapes[2].angle
      .estimate
    #expect((far?.null?.pValue ?? 0) > 0.05)
    #expect((far?.null?.calibrated ?? 1) < 0.1)
  }

  @Test func permutedCrossGramEqualsThatOfPermutedRows() throws {
    // More rows than a block of the cross-Gram.
    let (a, b) = related(5000, 3, 2, seed: 8)
    let options = quick(permutations: 1)
    var resampling = Resampling()
    (resampling.permutations, resampling.seed) = (1, options.seed)
    let permuted = b.selecting(rows: TokenPermutations(count: 5000, resampling)[0])
    let null = try #require(CanonicalCorrelation(a, b, options).meanCCA.estimate?.null)
    #expect(isClose(null.mean, try CanonicalCorrelation(a, permuted, quick()).meanCCA.value, 1e-9))
  }

  @Test func sayWhyThereIsNoNumber() throws {
    let few = try LinearSimilarity(gaussian(39, 3, seed: 1), gaussian(39, 3, seed: 2))
    for evaluation in evaluations(few) { #expect(evaluation.reason == "needs 40 tokens, got 39") }
    let same = Matrix<Float>(rows: 50, columns: 3, repeating: 0.1)
    let constant = try LinearSimilarity(gaussian(50, 3, seed: 1), same)
    for evaluation in evaluations(constant) {
      #expect(evaluation.reason == "the rows of the second model do not vary")
    }
    let wide = try LinearSimilarity(gaussian(50, 30, seed: 1), gaussian(50, 20, seed: 2), quick())
    #expect(wide.canonicalCorrelation.pwcca.reason?.contains("30 + 20 directions") == true)
    #expect(
      wide.shapeDistance.shapes[1].angle.reason != nil && wide.shapeDistance.shapes[2].angle.value != nil)
    var bad = gaussian(50, 3, seed: 4)
    bad[7, 1] = .infinity
    #expect(throws: GeometryError.notFinite(matrix: "second model", row: 7)) {
      try LinearSimilarity(gaussian(50, 3, seed: 1), bad)
    }
  }

  @Test func singularValuesAloneEqualThoseWithFactors() throws {
    for (rows, columns) in [(7, 4), (5, 5), (4, 7), (1, 3)] {
      let matrix = gaussian(rows, columns, seed: 9).widened()
      let values = try singularValues(of: matrix)
      let expected = try singularValueDecomposition(matrix).singularValues
      #expect(values.count == min(rows, columns))
      #expect(zip(values, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    }
    #expect(try singularValues(of: Matrix<Double>(rows: 0, columns: 3, repeating: 0)).isEmpty)
  }

  // MARK: - Support

  /// Two noisy linear images of one latent cloud.
  private func related(
    _ rows: Int, _ widthA: Int, _ widthB: Int, seed: UInt64
  ) -> (Matrix<Float>, Matrix<Float>) {
    let latent = gaussian(rows, 3, seed: seed + 1000)
    func image(_ width: Int, _ seed: UInt64) -> Matrix<Float> {
      var image = product(latent, gaussian(3, width, seed: seed))
      let noise = gaussian(rows, width, seed: seed + 1)
      for i in image.elements.indices { image.elements[i] += 0.6 * noise.elements[i] + 0.5 }
      return image
    }
    return (image(widthA, seed + 2000), image(widthB, seed + 3000))
  }

  private func evaluations(_ result: LinearSimilarity) -> [Evaluation] {
    let canonical = result.canonicalCorrelation
    return [canonical.meanCCA, canonical.meanSquaredCCA, canonical.svcca, canonical.pwcca]
      + result.shapeDistance.shapes.flatMap { [$0.similarity, $0.angle, $0.euclidean] }
      + result.gulp.regressions.flatMap { [$0.similarity, $0.distance] }
      + [
        result.linearRegression.firstFromSecond, result.linearRegression.secondFromFirst,
        result.eigenspaceOverlap.overlap,
      ]
  }

  private func estimates(_ result: LinearSimilarity) -> [Estimate?] { evaluations(result).map(\.estimate) }

  /// All that are 1 for equal clouds; the overlap, which looks at zero, last.
  private func similarities(_ result: LinearSimilarity) -> [Double?] {
    let canonical = result.canonicalCorrelation
    return [canonical.meanCCA.value, canonical.svcca.value, canonical.pwcca.value]
      + result.shapeDistance.shapes.map(\.similarity.value)
      + result.gulp.regressions.map(\.similarity.value)
      + [
        result.linearRegression.firstFromSecond.value, result.linearRegression.secondFromFirst.value,
        result.eigenspaceOverlap.overlap.value,
      ]
  }
}
