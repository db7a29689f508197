import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct LocallyLinearTests {
  @Test func equalsScikitLearn() throws {
    let golden = try Golden.load()
    let graph = try Neighbours.graph(of: golden.matrixA, k: 10, metric: .euclidean)
    let weights = LocallyLinearWeights(golden.matrixA, graph)
    for row in 0..<golden.n {
      for (rank, expected) in golden.weights[row].enumerated() {
        #expect(isClose(Double(weights.weights[row * 10 + rank]), expected, 1e-4), "row \(row)")
      }
    }
  }

  @Test func reconstructsWhatTheNeighboursSpan() throws {
    let flat = product(gaussian(100, 2, seed: 1), orthonormalRows(2, 9, seed: 2))
    var options = LocallyLinearOptions()
    options.regularisation = 1e-9
    let graph = try Neighbours.graph(of: flat, k: 6, metric: .euclidean)
    let inside = LocallyLinearWeights(flat, graph, options)
    let errors = inside.relativeErrors.compactMap { $0 }.sorted()
    #expect(errors.count == 100 && errors[95] < 1e-2)
    for row in 0..<100 {
      let sum = inside.weights[row * 6..<row * 6 + 6].reduce(0) { $0 + Double($1) }
      #expect(isClose(sum, 1, 1e-4), "row \(row)")
    }
  }

  @Test func aTurnedShiftedCopyHasTheSameWeights() throws {
    try forSeeds(0..<3) { seed in
      let a = gaussian(120, 6, seed: seed)
      var turned = product(a, orthonormalRows(6, 8, seed: seed + 9))
      for i in turned.elements.indices { turned.elements[i] = 2 * turned.elements[i] + 1 }
      let weightsA = LocallyLinearWeights(a, try Neighbours.graph(of: a, k: 5, metric: .euclidean))
      let weightsB = LocallyLinearWeights(
        turned, try Neighbours.graph(of: turned, k: 5, metric: .euclidean))
      let result = LocallyLinearSimilarity(weightsA, weightsB)
      #expect(isClose(result.meanCosine.value, 1, 1e-4), "seed \(seed)")
      #expect(result.meanCosine.estimate?.null?.mean ?? 1 < 0.2, "seed \(seed)")
    }
  }

  @Test func unrelatedCloudsAgreeByChanceOnly() throws {
    let (a, b) = (gaussian(200, 5, seed: 21), gaussian(200, 5, seed: 22))
    let result = LocallyLinearSimilarity(
      LocallyLinearWeights(a, try Neighbours.graph(of: a, k: 6)),
      LocallyLinearWeights(b, try Neighbours.graph(of: b, k: 6)))
    let estimate = try #require(result.meanCosine.estimate)
    let null = try #require(estimate.null)
    #expect(abs(estimate.value - null.mean) < 5 * (null.standardDeviation ?? 0))
  }

  @Test func coincidingNeighboursShareTheWeight() throws {
    let same = Matrix<Float>(rows: 6, columns: 3, repeating: 1)
    let weights = LocallyLinearWeights(same, try Neighbours.graph(of: same, k: 4))
    #expect(weights.weights.allSatisfy { abs($0 - 0.25) < 1e-6 })
    #expect(weights.relativeErrors.allSatisfy { $0 == nil })
  }

  // MARK: - Cross-reconstruction

  @Test func foreignWeightsRebuildATurnedCopy() throws {
    try forSeeds(0..<3) { seed in
      let a = gaussian(120, 6, seed: seed)
      let turned = product(a, orthonormalRows(6, 8, seed: seed + 9))
      let (own, other) = (try weights(a, k: 8), try weights(turned, k: 8))
      let cross = CrossReconstruction(weights: own, of: turned, own: other)
      let score = try #require(cross.score.estimate)
      #expect(isClose(cross.ceiling, score.value, 1e-4), "seed \(seed)")
      #expect(score.value > 0.5 && score.null?.mean ?? 1 < 0, "seed \(seed)")
      #expect(try #require(score.null?.pValue) < 0.01, "seed \(seed)")
    }
  }

  /// Two neighbours of each token, and a second model that has moved only the last token.
  @Test func theErrorIsThatOfTheSecondModelsRows() throws {
    let line = Matrix<Float>(rows: 4, columns: 1, elements: [0, 1, 2, 3])
    let bent = Matrix<Float>(rows: 4, columns: 2, elements: [0, 0, 1, 0, 2, 0, 3, 2])
    let graph = try Neighbours.graph(of: line, k: 2, metric: .euclidean)
    let own = LocallyLinearWeights(line, graph)
    let cross = CrossReconstruction(
      weights: own, of: bent,
      own: LocallyLinearWeights(bent, try Neighbours.graph(of: bent, k: 2, metric: .euclidean)))
    var error = 0.0
    for row in 0..<4 {
      for column in 0..<2 {
        var rest = Double(bent.elements[2 * row + column])
        for (rank, neighbour) in graph.neighbours(row).enumerated() {
          rest -= Double(own.weights[2 * row + rank]) * Double(bent.elements[2 * Int(neighbour) + column])
        }
        error += rest * rest
      }
    }
    // Σ‖b - b̄‖²: 5 in the first column, 3 in the second.
    #expect(isClose(cross.score.value, 1 - error / 8, 1e-6))
    #expect(try #require(cross.ceiling) > cross.score.value ?? 1)
  }

  @Test func rowsThatAreAlikeCannotBeRebuilt() throws {
    let cloud = gaussian(30, 3, seed: 4)
    let own = try weights(cloud, k: 4)
    let flat = CrossReconstruction(weights: own, of: Matrix(rows: 30, columns: 2, repeating: 1), own: own)
    #expect(flat.score.reason != nil && flat.ceiling == nil)
  }

  private func weights(_ matrix: Matrix<Float>, k: Int) throws -> LocallyLinearWeights {
    LocallyLinearWeights(matrix, try Neighbours.graph(of: matrix, k: k, metric: .euclidean))
  }
}
