import Alignment
import LinearAlgebra
import Statistics
import Tensors
import TestSupport
import Testing

/// Transfers by whitening, principal components, anchors, pursuit and neighbours, held to what algebra says.
@Suite struct TransferTests {
  static let rotating: [any LinearMethod] = [
    Procrustes(), PartialWhitening(reweighting: 0), PartialWhitening(), LandmarkPCA(),
    RelativeMap(anchors: 60), CanonicalCorrelationMap(),
  ]

  @Test(arguments: rotating) func anOrthogonalCopyIsRecovered(method: any LinearMethod) throws {
    try forSeeds(0..<4) { seed in
      let rotation = try singularValueDecomposition(randomMatrix(7, 7, seed: seed).widened()).u.narrowed()
      let x = stretched(randomMatrix(300, 7, seed: seed + 10, mean: 0.3))
      var y = multiply(x, rotation)
      // Rows of unit length remember where the origin was, so partial whitening may not move it.
      let shift: Float = method.name == "partial-whitening" ? 0 : 1
      for i in y.elements.indices { y.elements[i] = 2 * y.elements[i] + shift }
      let fitted = try method.fit(source: x, target: y)
      let scores = try fitted.scores(
        source: x, target: y, heldOut: Array(0..<60), options: quickScoring())
      #expect(scores.r2.value > 1 - 1e-6, "seed \(seed)")
      #expect(scores.amongHeldOut.nearestNeighbour.at1.value == 1, "seed \(seed)")
    }
  }

  @Test func landmarksKeepToTheirComponents() throws {
    let (x, y) = (randomMatrix(100, 6, seed: 1), randomMatrix(100, 9, seed: 2))
    for components in [1, 3, 6] {
      let map = try LandmarkPCA(components: components).fit(source: x, target: y).map
      let values = try map.singularValues()
      #expect(values.count { $0 > 1e-5 * values[0] } == components)
      // A rotation between subspaces, scaled: all of its singular values are one.
      #expect(values.prefix(components).allSatisfy { abs($0 - values[0]) < 1e-5 * values[0] })
    }
    #expect(
      throws: AlignmentError.option(name: "components", expected: "1 to 6, the smaller width", actual: "7")
    ) { try LandmarkPCA(components: 7).fit(source: x, target: y) }
  }

  @Test func unweightedPartialWhiteningIsARotation() throws {
    let (x, y) = (randomMatrix(150, 5, seed: 1, mean: 1), randomMatrix(150, 8, seed: 2, mean: -1))
    let map = try PartialWhitening(reweighting: 0).fit(source: x, target: y).map
    let values = try map.singularValues()
    #expect(values.allSatisfy { abs($0 - values[0]) < 1e-5 * values[0] })
  }

  // MARK: - Pursuit

  @Test func sparseCombinationsAreRecovered() throws {
    try forSeeds(0..<4) { seed in
      let x = randomMatrix(50, 120, seed: seed)
      let y = randomMatrix(50, 30, seed: seed + 20)
      let pursuit = try TokenPursuit(source: x, target: y, sparsity: 8, isCentred: false)
      let chosen = [3, 17, 41]
      let weights: [Float] = [1.5, -2, 0.7]
      let direction = combination(x, chosen, weights)
      let expression = pursuit.expressions(of: direction)[0]
      #expect(Set(expression.tokens) == Set(chosen), "seed \(seed)")
      #expect(expression.relativeResidual < 1e-6, "seed \(seed)")
      #expect(
        distance(pursuit.applied(toDirections: direction), combination(y, chosen, weights)) < 1e-4,
        "seed \(seed)")
    }
  }

  @Test func pursuitIsLeastSquaresOnItsSupport() throws {
    let x = randomMatrix(90, 20, seed: 1)
    let pursuit = try TokenPursuit(source: x, target: x, sparsity: 6, isCentred: false)
    let direction = randomMatrix(1, 20, seed: 2)
    let expression = pursuit.expressions(of: direction)[0]
    #expect(expression.tokens.count == 6)
    let support = x.selecting(rows: expression.tokens).transposed().widened()
    let reference = try leastSquares(support, direction.transposed().widened())
    for (a, b) in zip(expression.coefficients, reference.elements) { #expect(abs(a - b) < 1e-6) }
  }

  @Test func aLinearImageOfAWholeSpanIsRecovered() throws {
    // With as many tokens as dimensions, any vector is written exactly, and linear maps commute with it.
    let x = randomMatrix(200, 12, seed: 1, mean: 0.5)
    let a = randomMatrix(12, 15, seed: 2)
    let y = multiply(x, a)
    let pursuit = try TokenPursuit(source: x, target: y, sparsity: 12)
    let points = randomMatrix(20, 12, seed: 3)
    #expect(distance(pursuit.applied(toPoints: points), multiply(points, a)) < 1e-3)
    #expect(distance(pursuit.applied(toDirections: points), multiply(points, a)) < 1e-3)
  }

  @Test func aZeroVectorStaysZero() throws {
    let x = randomMatrix(20, 6, seed: 1)
    let zero = Matrix<Float>(rows: 1, columns: 6, repeating: 0)
    let pursuit = try TokenPursuit(source: x, target: x, sparsity: 4)
    #expect(pursuit.expressions(of: zero)[0].tokens.isEmpty)
    #expect(pursuit.applied(toDirections: zero) == zero)
    #expect(try LocalMap(source: x, target: x, neighbours: 3).applied(toDirections: zero) == zero)
  }

  // MARK: - Neighbours

  @Test func barycentresOfALinearImageAreRecovered() throws {
    let x = randomMatrix(400, 4, seed: 1, mean: 0.5)
    let a = randomMatrix(4, 7, seed: 2)
    let local = try LocalMap(
      source: x, target: multiply(x, a), neighbours: 10, regularisation: 1e-9)
    let points = randomMatrix(30, 4, seed: 3)
    #expect(distance(local.applied(toPoints: points), multiply(points, a)) < 1e-2)
    #expect(distance(local.applied(toDirections: points), multiply(points, a)) < 1e-2)
  }

  @Test func oneNeighbourIsItsRow() throws {
    let (x, y) = (randomMatrix(60, 5, seed: 1), randomMatrix(60, 3, seed: 2))
    let local = try LocalMap(source: x, target: y, neighbours: 1)
    #expect(distance(local.applied(toPoints: x), y) < 1e-5)
  }

  @Test func badOptionsAndRowsAreNamed() throws {
    var x = randomMatrix(20, 4, seed: 1)
    #expect(
      throws: AlignmentError.tooFewTokens(purpose: "a local map", needed: 50, actual: 20)
    ) { try LocalMap(source: x, target: x) }
    #expect(throws: AlignmentError.option(name: "sparsity", expected: "1 or more", actual: "0")) {
      try TokenPursuit(source: x, target: x, sparsity: 0)
    }
    x[7, 2] = .nan
    #expect(throws: AlignmentError.notFinite(side: "source", row: 7)) {
      try TokenPursuit(source: x, target: x)
    }
  }

  // MARK: - Scores

  @Test func aTransferIsScoredLikeItsMatrix() throws {
    let x = randomMatrix(200, 8, seed: 1)
    let y = multiply(x, randomMatrix(8, 9, seed: 2))
    let matrix = try LeastSquares().fit(source: x, target: y).map
    let pursuit = try TokenPursuit(source: x, target: y, sparsity: 8)
    let transfers: [any TokenTransfer] = [matrix, pursuit]
    for transfer in transfers {
      let scores = try transfer.scores(
        source: x, target: y, heldOut: Array(0..<50), options: quickScoring())
      #expect(scores.r2.value > 1 - 1e-6, "\(transfer.method)")
      #expect(scores.amongHeldOut.csls.at1.value == 1, "\(transfer.method)")
    }
  }

  @Test func classesAreScoredApart() throws {
    let x = randomMatrix(300, 6, seed: 1)
    let map = randomMatrix(6, 6, seed: 2)
    var y = multiply(x, map)
    // Every third token has no match at all.
    let noise = randomMatrix(300, 6, seed: 3, scale: 3)
    for row in stride(from: 0, to: 300, by: 3) {
      for index in y.range(ofRow: row) { y.elements[index] = noise.elements[index] }
    }
    let labels = (0..<300).map { $0 == 1 ? "alone" : $0 % 3 == 0 ? "noise" : "word" }
    let transfer = LinearMap(weights: map, method: "given")
    let scores = try transfer.heldOutScores(
      source: x, target: y, heldOut: Array(0..<150), classes: labels, options: quickScoring()
    ).classes
    #expect(Set(scores.keys) == ["noise", "word"])
    let word = try #require(scores["word"])
    #expect(word.r2.value > 1 - 1e-9)
    #expect(word.amongHeldOut.nearestNeighbour.at1.value == 1)
    #expect(word.r2.lower != nil)
    #expect(word.amongHeldOut.candidateCount == 150)
    #expect(try #require(scores["noise"]).r2.value < 0)
  }

  // MARK: - Inputs

  /// Columns of different variance, so that principal directions are determined.
  private func stretched(_ matrix: Matrix<Float>) -> Matrix<Float> {
    var result = matrix
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns { result[row, column] *= 1 + 0.5 * Float(column) }
    }
    return result
  }

  private func combination(_ rows: Matrix<Float>, _ tokens: [Int], _ weights: [Float]) -> Matrix<Float> {
    multiply(
      Matrix(rows: 1, columns: weights.count, elements: weights), rows.selecting(rows: tokens))
  }
}
