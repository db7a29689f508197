import Geometry
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
}
