import Alignment
import Geometry
import LinearAlgebra
import Statistics
import Tensors
import TestSupport
import Testing

/// Identities that the methods must satisfy, over seeds.
@Suite struct FitPropertyTests {
  static let widths = [(6, 9), (8, 8), (9, 6)]

  @Test(arguments: widths) func linearImageIsRecovered(source: Int, target: Int) throws {
    try forSeeds(0..<4) { seed in
      let x = randomMatrix(200, source, seed: seed, mean: 0.5)
      let a = randomMatrix(source, target, seed: seed + 50)
      let y = multiply(x, a)
      let fitted = try LeastSquares().fit(source: x, target: y)
      #expect(distance(fitted.map.weights, a) < 1e-5, "seed \(seed)")
      let scores = try fitted.scores(
        source: x, target: y, heldOut: Array(0..<50), options: quickScoring())
      #expect(scores.r2.value > 1 - 1e-9, "seed \(seed)")
      #expect(scores.amongHeldOut.csls.at1.value == 1, "seed \(seed)")
    }
  }

  @Test func logitMatchingOfALinearImageIsThePseudoInverseTransposed() throws {
    try forSeeds(0..<4) { seed in
      let x = randomMatrix(150, 6, seed: seed)
      let a = randomMatrix(6, 9, seed: seed + 50)
      var options = AlignmentOptions()
      options.isCentred = false
      let k = try LogitMatching().fit(source: x, target: multiply(x, a), options: options)
      // (Aᵀ)⁺ = (A Aᵀ)⁻¹ A for independent rows.
      let wide = a.widened()
      let expected = try solvePositiveDefinite(multiply(wide, wide, transposingB: true), wide)
      #expect(distance(k.map.weights, expected.elements) < 1e-4, "seed \(seed)")
      #expect(k.diagnostics.rank == 6, "seed \(seed)")
    }
  }

  @Test func logitMatchingKeepsTheLogitsOfADirection() throws {
    let unembedding = randomMatrix(150, 6, seed: 1)
    let other = multiply(unembedding, randomMatrix(6, 9, seed: 2))
    let fitted = try LogitMatching().fit(source: unembedding, target: other)
    let direction = randomMatrix(1, 6, seed: 3)
    let logits = multiply(unembedding, direction, transposingB: true)
    let carried = multiply(other, fitted.map.applied(toDirections: direction), transposingB: true)
    #expect(distance(carried, logits) < 1e-4)
  }

  @Test func procrustesRecoversARotation() throws {
    try forSeeds(0..<4) { seed in
      let rotation = try orthonormal(7, seed: seed)
      let x = randomMatrix(120, 7, seed: seed + 10, mean: 1)
      var y = multiply(x, rotation)
      for i in y.elements.indices { y.elements[i] *= 3 }
      let fitted = try Procrustes().fit(source: x, target: y)
      #expect(abs((fitted.diagnostics.scale ?? 0) - 3) < 1e-5, "seed \(seed)")
      let unscaled = try Procrustes(scaling: false).fit(source: x, target: y)
      #expect(distance(unscaled.map.weights, rotation) < 1e-5, "seed \(seed)")
    }
  }

  @Test(arguments: widths) func procrustesIsSemiOrthogonal(source: Int, target: Int) throws {
    let fitted = try Procrustes(scaling: false).fit(
      source: randomMatrix(90, source, seed: 1), target: randomMatrix(90, target, seed: 2))
    let w = fitted.map.weights
    let product =
      source <= target ? multiply(w, w, transposingB: true) : multiply(w, w, transposingA: true)
    #expect(distance(product, identity(min(source, target))) < 1e-5)
    for value in try fitted.map.singularValues() { #expect(abs(value - 1) < 1e-5) }
  }

  @Test func dependentColumnsGiveTheSolutionOfLeastNorm() throws {
    let half = randomMatrix(80, 3, seed: 5)
    let x = multiply(half, randomMatrix(3, 6, seed: 6))
    let y = randomMatrix(80, 4, seed: 7)
    var options = AlignmentOptions()
    options.isCentred = false
    let fitted = try LeastSquares().fit(source: x, target: y, options: options)
    let reference = try leastSquaresReference(x, y, rank: 3)
    #expect(fitted.diagnostics.rank == 3)
    #expect(distance(fitted.map.weights, reference.elements) < 1e-4)
  }

  /// κ of about 10³ and means far from zero; the reference decomposes the centred rows themselves.
  @Test func coefficientsAreRightToABillionth() throws {
    try forSeeds(0..<2) { seed in
      var x = randomMatrix(3000, 40, seed: seed, mean: 0.3)
      for i in x.elements.indices { x.elements[i] *= Float(1) / Float(1 + (i % 40) * 25) }
      let y = randomMatrix(3000, 30, seed: seed + 9, mean: -1)
      let (a, b) = (centred(x), centred(y))
      let reference = try leastSquares(a, b)
      let found = try leastSquaresCoefficients(source: x, target: y)
      let size = reference.elements.map(abs).max() ?? 0
      for (ours, theirs) in zip(found.elements, reference.elements) {
        #expect(abs(ours - theirs) < 1e-9 * size, "seed \(seed)")
      }
    }
  }

  @Test func dependentColumnsAmongManyKeepTheLeastNorm() throws {
    var x = randomMatrix(900, 12, seed: 3)
    for row in 0..<x.rows { x[row, 11] = x[row, 2] }
    let y = multiply(x, randomMatrix(12, 5, seed: 4))
    let fitted = try LeastSquares().fit(source: x, target: y)
    #expect(fitted.diagnostics.rank == 11)
    for column in 0..<5 {
      #expect(abs(fitted.map.weights[2, column] - fitted.map.weights[11, column]) < 1e-5)
    }
    var options = AlignmentOptions()
    options.lambdaGrid = [1e-12, 1e-6, 1e-3]
    let ridge = try Ridge().fit(source: x, target: y, options: options)
    let path = try #require(ridge.diagnostics.ridgePath)
    #expect(path.best == 0 && path.errors.allSatisfy { $0.isFinite && $0 > -1e-9 })
    #expect(path.errors == path.errors.sorted())
  }

  @Test func aBadRowIsNamedByEveryMethod() throws {
    let x = randomMatrix(60, 5, seed: 1)
    var y = randomMatrix(60, 4, seed: 2)
    y[17, 3] = .infinity
    let methods: [any LinearMethod] = [LeastSquares(), Ridge(), Procrustes(scaling: false)]
    for method in methods {
      #expect(throws: AlignmentError.notFinite(side: "target", row: 17)) {
        try method.fit(source: x, target: y)
      }
    }
  }

  @Test func moreRidgeShrinksTheMap() throws {
    let x = randomMatrix(60, 5, seed: 1)
    let y = randomMatrix(60, 4, seed: 2)
    let norms = try [0, 0.01, 1, 100].map { lambda in
      try Ridge(lambda: lambda).fit(source: x, target: y).map.weights.elements
        .reduce(0.0) { $0 + Double($1 * $1) }
    }
    #expect(norms == norms.sorted(by: >))
    let plain = try LeastSquares().fit(source: x, target: y)
    let zero = try Ridge(lambda: 0).fit(source: x, target: y)
    #expect(plain.map.weights == zero.map.weights)
  }

  @Test(arguments: widths) func fullReducedRankIsLeastSquares(source: Int, target: Int) throws {
    try forSeeds(0..<3) { seed in
      let x = randomMatrix(90, source, seed: seed, mean: 0.5)
      let y = randomMatrix(90, target, seed: seed + 20, mean: -1)
      let plain = try LeastSquares().fit(source: x, target: y).map.weights
      let full = try ReducedRank(rank: min(source, target)).fit(source: x, target: y)
      #expect(distance(full.map.weights, plain) < 1e-6, "seed \(seed)")
    }
  }

  @Test func reducedRankHasItsRankAndNoBetterMapHasIt() throws {
    let x = randomMatrix(100, 6, seed: 1)
    var y = multiply(multiply(x, randomMatrix(6, 2, seed: 2)), randomMatrix(2, 7, seed: 3))
    for (i, noise) in randomMatrix(100, 7, seed: 4, scale: 0.5).elements.enumerated() {
      y.elements[i] += noise
    }
    func error(_ map: LinearMap) -> Double {
      zip(map.applied(toPoints: x).elements, y.elements).reduce(0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
    }
    let errors = try (1...6).map { rank in
      let map = try ReducedRank(rank: rank).fit(source: x, target: y).map
      let values = try map.singularValues()
      #expect(values.count { $0 > 1e-5 * values[0] } == rank)
      // Cutting the least-squares map by its own singular vectors is a map of that rank, too, and no better.
      #expect(error(map) <= error(try truncated(x, y, rank: rank)) * (1 + 1e-9), "rank \(rank)")
      return error(map)
    }
    #expect(errors == errors.sorted(by: >))
    let chosen = try ReducedRank().fit(source: x, target: y).diagnostics
    #expect(chosen.method as? ReducedRank == ReducedRank(rank: 2))
  }

  @Test func unweightedCanonicalCorrelationKeepsTheTargetCovariance() throws {
    let x = randomMatrix(120, 7, seed: 1, mean: 1)
    let y = randomMatrix(120, 5, seed: 2, mean: -1)
    let fitted = try CanonicalCorrelationMap(reweighting: 0).fit(source: x, target: y)
    let mapped = fitted.map.applied(toPoints: x)
    #expect(distance(covariance(mapped), covariance(y)) < 1e-3)
    // Blind to the source's basis.
    let turned = multiply(x, randomMatrix(7, 7, seed: 3))
    let again = try CanonicalCorrelationMap(reweighting: 0).fit(source: turned, target: y)
    #expect(distance(again.map.applied(toPoints: turned), mapped) < 1e-3)
  }

  @Test func optionsOutsideTheirRangeAreNamed() throws {
    let (x, y) = (randomMatrix(30, 3, seed: 1), randomMatrix(30, 4, seed: 2))
    for rank in [0, 4] {
      #expect(
        throws: AlignmentError.option(name: "rank", expected: "1 to 3, the smaller width", actual: "\(rank)")
      ) { try ReducedRank(rank: rank).fit(source: x, target: y) }
    }
    for power in [-0.1, 1.1, .nan] {
      #expect(
        throws: AlignmentError.option(
          name: "reweighting", expected: "a number from 0 to 1", actual: "\(power)")
      ) { try CanonicalCorrelationMap(reweighting: power).fit(source: x, target: y) }
    }
  }

  @Test func ridgePathIsTheSlowCrossValidation() throws {
    let x = randomMatrix(53, 4, seed: 1, mean: 2)
    let y = multiply(x, randomMatrix(4, 3, seed: 2))
    var noisy = y
    for (i, e) in randomMatrix(53, 3, seed: 3).elements.enumerated() { noisy.elements[i] += e }
    var options = AlignmentOptions()
    options.lambdaGrid = [1e-2, 1]
    options.isCentred = false
    let path = try #require(
      try Ridge().fit(source: x, target: noisy, options: options)
        .diagnostics.ridgePath)
    for (lambda, error) in zip(path.lambdas, path.errors) {
      #expect(abs(error - slowCrossValidation(x, noisy, lambda: lambda, options: options)) < 1e-6)
    }
  }

  // MARK: - Slow, obvious versions

  private func centred(_ matrix: Matrix<Float>) -> Matrix<Double> {
    var wide = matrix.widened()
    for column in 0..<wide.columns {
      let mean = (0..<wide.rows).reduce(0) { $0 + wide[$1, column] } / Double(wide.rows)
      for row in 0..<wide.rows { wide[row, column] -= mean }
    }
    return wide
  }

  private func slowCrossValidation(
    _ x: Matrix<Float>, _ y: Matrix<Float>, lambda: Double, options: AlignmentOptions
  ) -> Double {
    var random = SeededRandom(seed: options.seed)
    let order = random.permutation(x.rows)
    let alpha = lambda * x.elements.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(x.columns)
    var total = 0.0
    for fold in 0..<options.foldCount {
      let heldOut = Set(stride(from: fold, to: order.count, by: options.foldCount).map { order[$0] })
      let rows = (0..<x.rows).filter { !heldOut.contains($0) }
      let (a, b) = (x.selecting(rows: rows).widened(), y.selecting(rows: rows).widened())
      var system = multiply(a, a, transposingA: true)
      for i in 0..<system.rows { system[i, i] += alpha }
      guard let w = try? solvePositiveDefinite(system, multiply(a, b, transposingA: true)) else {
        return .nan
      }
      for row in heldOut {
        for j in 0..<y.columns {
          let predicted = (0..<x.columns).reduce(0.0) { $0 + Double(x[row, $1]) * w[$1, j] }
          total += (Double(y[row, j]) - predicted) * (Double(y[row, j]) - predicted)
        }
      }
    }
    return total / Double(x.rows)
  }

  /// X⁺ Y by the singular value decomposition, cut to a known rank.
  private func leastSquaresReference(
    _ x: Matrix<Float>, _ y: Matrix<Float>, rank: Int
  ) throws -> Matrix<Double> {
    let svd = try singularValueDecomposition(x.widened())
    var projected = multiply(svd.u, y.widened(), transposingA: true)
    for i in 0..<projected.rows {
      for j in 0..<projected.columns { projected[i, j] *= i < rank ? 1 / svd.singularValues[i] : 0 }
    }
    return multiply(svd.vTransposed, projected, transposingA: true)
  }

  /// The least-squares map cut by its own singular vectors, with the same means.
  private func truncated(_ x: Matrix<Float>, _ y: Matrix<Float>, rank: Int) throws -> LinearMap {
    let plain = try LeastSquares().fit(source: x, target: y).map
    let svd = try singularValueDecomposition(plain.weights.widened())
    var left = svd.u
    for i in 0..<left.rows {
      for j in 0..<left.columns { left[i, j] *= j < rank ? svd.singularValues[j] : 0 }
    }
    return LinearMap(
      weights: multiply(left, svd.vTransposed).narrowed(), sourceMean: plain.sourceMean,
      targetMean: plain.targetMean, method: "truncated")
  }

  private func covariance(_ x: Matrix<Float>) -> Matrix<Float> {
    var centred = x.widened()
    for j in 0..<x.columns {
      let mean = (0..<x.rows).reduce(0.0) { $0 + centred[$1, j] } / Double(x.rows)
      for i in 0..<x.rows { centred[i, j] = (centred[i, j] - mean) / Double(x.rows).squareRoot() }
    }
    return multiply(centred, centred, transposingA: true).narrowed()
  }

  private func orthonormal(_ width: Int, seed: UInt64) throws -> Matrix<Float> {
    try singularValueDecomposition(randomMatrix(width, width, seed: seed).widened()).u.narrowed()
  }

  private func identity(_ width: Int) -> Matrix<Float> {
    var matrix = Matrix<Float>(rows: width, columns: width, repeating: 0)
    for i in 0..<width { matrix[i, i] = 1 }
    return matrix
  }
}
