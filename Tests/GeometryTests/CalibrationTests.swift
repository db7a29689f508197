import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct CalibrationTests {
  /// Every measure must have drawn its null under the permutations that anyone can ask for.
  @Test func allMeasuresDrawTheSamePermutations() throws {
    var options = Resampling()
    (options.permutations, options.bootstrapSamples, options.seed) = (4, 10, 9)
    let (a, b) = (gaussian(80, 5, seed: 1), gaussian(80, 4, seed: 2))
    let (graphA, graphB) = (try Neighbours.graph(of: a, k: 6), try Neighbours.graph(of: b, k: 6))
    var linear = LinearSimilarityOptions()
    (linear.permutations, linear.seed) = (4, 9)
    var lle = LocallyLinearOptions()
    lle.resampling = options
    let weights = (LocallyLinearWeights(a, graphA, lle), LocallyLinearWeights(b, graphB, lle))
    let permutations = TokenPermutations(count: 80, options)
    for draw in 0..<4 {
      let order = permutations[draw]
      let permuted = b.selecting(rows: order)
      let graph = try Neighbours.graph(of: permuted, k: 6)
      func check(_ measure: Evaluation, _ expected: Evaluation, _ tolerance: Double = 1e-9) throws {
        let sample = try #require(measure.estimate?.null?.sample)
        #expect(isClose(sample[draw], expected.value, tolerance), "draw \(draw)")
      }
      try check(
        MutualNeighbours(graphA, graphB, options).overlap, MutualNeighbours(graphA, graph, options).overlap)
      try check(CKNNA(graphA, graphB, options).alignment, CKNNA(graphA, graph, options).alignment, 1e-6)
      try check(
        LocallyLinearSimilarity(weights.0, weights.1, lle).meanCosine,
        LocallyLinearSimilarity(weights.0, LocallyLinearWeights(permuted, graph, lle), lle).meanCosine, 1e-4)
      try check(
        CrossReconstruction(weights: weights.0, of: b, own: weights.1, options).score,
        CrossReconstruction(weights: weights.0, of: permuted, own: weights.1, options).score, 1e-5)
      try check(
        try CanonicalCorrelation(a, b, linear).meanCCA, try CanonicalCorrelation(a, permuted, linear).meanCCA)
      let (x, y) = (a.elements[..<80].map(Double.init), b.elements[..<80].map(Double.init))
      try check(
        correlation(.pearson, x, y, options), correlation(.pearson, x, order.map { y[$0] }, options))
    }
  }

  @Test func severalMeasuresAreJudgedTogether() throws {
    var options = Resampling()
    (options.permutations, options.bootstrapSamples) = (39, 10)
    let a = gaussian(150, 5, seed: 4)
    var b = product(a, orthonormalRows(5, 7, seed: 5))
    let noise = gaussian(150, 7, seed: 6)
    for i in b.elements.indices { b.elements[i] += 0.5 * noise.elements[i] }
    let (graphA, graphB) = (try Neighbours.graph(of: a, k: 6), try Neighbours.graph(of: b, k: 6))
    let measures = [
      MutualNeighbours(graphA, graphB, options).overlap, try CKA(a, b).unbiased,
      NeighbourJaccard(graphA, graphB, options).overlap, .notEvaluable(reason: "test"),
    ]
    let search = try #require(MaxT(measures))
    #expect(search.cells.map { $0 == nil } == [false, true, false, true])
    #expect(isClose(search.best.estimate?.null?.pValue, 1.0 / 40, 1e-12))
    #expect(search.best.value == measures[search.bestIndex ?? 3].value)
    #expect(MaxT([try CKA(a, b).unbiased]) == nil)
  }
}
