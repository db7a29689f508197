import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct MutualNeighboursTests {
  @Test func countsSharedNeighbours() throws {
    let (a, b) = (gaussian(80, 4, seed: 1), gaussian(80, 4, seed: 2))
    let graphA = try Neighbours.graph(of: a, k: 6)
    let graphB = try Neighbours.graph(of: b, k: 6)
    let result = MutualNeighbours(graphA, graphB)
    for row in 0..<80 {
      let shared = Set(graphA.neighbours(row)).intersection(graphB.neighbours(row)).count
      #expect(result.perToken[row] == Double(shared) / 6)
    }
    #expect(isClose(result.overlap.value, result.perToken.reduce(0, +) / 80, 1e-12))
  }

  @Test func nullMeanIsKOverNMinusOne() throws {
    var options = Resampling()
    options.permutations = 400
    let result = MutualNeighbours(
      try Neighbours.graph(of: gaussian(200, 5, seed: 1), k: 10),
      try Neighbours.graph(of: gaussian(200, 5, seed: 2), k: 10), options)
    let null = try #require(result.overlap.estimate?.null)
    let error = try #require(null.standardDeviation) / 20
    #expect(result.expectedByChance == 10.0 / 199)
    #expect(abs(null.mean - result.expectedByChance) < 4 * error)
    #expect(try #require(null.pValue) > 0.01)
  }

  @Test func aTurnedCopySharesEverything() throws {
    let a = gaussian(100, 5, seed: 3)
    let turned = product(a, orthonormalRows(5, 8, seed: 4))
    let result = MutualNeighbours(
      try Neighbours.graph(of: a, k: 5), try Neighbours.graph(of: turned, k: 5))
    let estimate = try #require(result.overlap.estimate)
    #expect(estimate.value == 1)
    #expect(estimate.null?.pValue == 1.0 / 201)
    #expect(isClose(estimate.null?.calibrated, 1, 1e-12))
  }
}
