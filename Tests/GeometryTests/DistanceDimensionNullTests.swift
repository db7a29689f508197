import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct DistanceDimensionNullTests {
  private func options(points: Int = 400) -> DistanceDimensionNullOptions {
    var options = DistanceDimensionNullOptions()
    (options.k, options.reach, options.points) = (12, 16, points)
    options.resampling.bootstrapSamples = 100
    return options
  }

  private func estimates(
    _ cloud: Matrix<Float>, _ nulls: DistanceDimensionNulls
  ) throws -> [Evaluation] {
    let graph = try Neighbours.graph(of: cloud, k: 16, metric: .euclidean)
    let pair = TwoNN(graph).against(nulls)
    return [pair.fitted, pair.maximumLikelihood, LevinaBickel(graph.prefix(12)).against(nulls).dimension]
      + Gride(graph).against(nulls).scales.map(\.dimension)
  }

  @Test func aGaussianCloudEqualsItsCovarianceNull() throws {
    var cloud = gaussian(800, 10, seed: 5, shift: 1)
    for row in 0..<800 { for column in 0..<10 { cloud[row, column] *= Float(1 << (column / 3)) } }
    let nulls = try DistanceDimensionNulls(like: cloud, options())
    let found = try estimates(cloud, nulls)
    #expect(found.count == 7)
    for (number, evaluation) in found.enumerated() {
      let estimate = try #require(evaluation.estimate)
      let null = try #require(estimate.null)
      let spread = try #require(null.standardDeviation)
      let error = (estimate.standardError ?? 0) + spread
      #expect(abs(estimate.value - null.mean) < 4 * error, "estimate \(number)")
      #expect(null.draws <= 400 && null.draws > 300 && null.meaning.contains("mean and covariance"))
    }
    // As many points in ten equal directions fill more of them.
    let isotropic = try #require(nulls.isotropic.levinaBickel.value)
    let matched = try #require(nulls.covarianceMatched.levinaBickel.value)
    #expect(isotropic > matched + 1)
    #expect(nulls.isotropic.scales.map(\.neighbour) == [1, 2, 4, 8])
  }

  /// A curve through six directions: its covariance has more of them than it has.
  @Test func aCurveLiesBelowItsCovarianceNull() throws {
    var random = SeededRandom(seed: 3)
    let cloud = Matrix<Float>(
      rows: 600, columns: 6,
      elements: (0..<600).flatMap { _ in
        let angle = 6.283185 * random.uniform()
        return (1...6).map { Float(sin(angle * Double($0) + Double($0 * $0))) }
      })
    for evaluation in try estimates(cloud, DistanceDimensionNulls(like: cloud, options())) {
      let estimate = try #require(evaluation.estimate)
      let null = try #require(estimate.null?.mean)
      #expect(estimate.value < 1.5 && null > 3)
    }
  }

  @Test func theSeedDecidesAndThePointsAreASample() throws {
    let cloud = gaussian(300, 4, seed: 1)
    let first = try DistanceDimensionNulls(like: cloud, options(points: 100))
    let again = try DistanceDimensionNulls(like: cloud, options(points: 100))
    #expect(again == first)
    #expect(first.isotropic.twoNN.estimate?.n == 100)
    let all = try DistanceDimensionNulls(like: cloud, options(points: 1000))
    #expect(all.isotropic.twoNN.estimate?.n == 300)
    var other = options(points: 100)
    other.resampling.seed = 2
    let drawn = try DistanceDimensionNulls(like: cloud, other)
    #expect(drawn.isotropic.twoNN != first.isotropic.twoNN)
  }

  @Test func copiesCountAsPointsAndCanBeLeftOut() throws {
    var cloud = gaussian(200, 3, seed: 7)
    for row in 150..<200 { for column in 0..<3 { cloud[row, column] = cloud[row % 7, column] } }
    let nulls = try DistanceDimensionNulls(like: cloud, options())
    #expect(nulls.covarianceMatched.twoNN.estimate?.n == 200)
    let graph = try Neighbours.graph(of: cloud, k: 16, metric: .euclidean)
    let pair = TwoNN(graph).against(nulls)
    #expect(pair.coincident == 57 && pair.fitted.estimate?.n == 143)
    #expect(Neighbours.distinctRows(of: cloud) == Array(0..<150))
    #expect(Neighbours.duplicateRows(of: cloud) == 57)
  }

  /// Tokens whose two nearest are copies of each other: r₁ = r₂ stays, with log 1 = 0.
  @Test func tiesStay() {
    let graph = NeighbourGraph(
      queries: Array(0..<40), candidates: 41, k: 3, metric: .euclidean,
      indices: Array(repeating: 0, count: 120),
      similarities: (0..<40).flatMap { $0 < 10 ? [-1, -1, -2] : [-1, -2, -2] as [Float] })
    let pair = TwoNN(graph)
    #expect(pair.coincident == 0)
    #expect(isClose(pair.maximumLikelihood.value, 39 / (30 * log(2.0)), 1e-12))
    let mle = LevinaBickel(graph)
    #expect(isClose(mle.perToken[0], 2 / (2 * log(2.0)), 1e-12) && mle.undefined == 0)
    #expect(isClose(mle.perToken[10], 2 / log(2.0), 1e-12))
  }

  @Test func whatHasNoSpreadHasNoNull() throws {
    let same = Matrix<Float>(rows: 30, columns: 3, repeating: 2)
    let nulls = try DistanceDimensionNulls(like: same, options())
    #expect(nulls.covarianceMatched.twoNN.reason != nil && nulls.covarianceMatched.levinaBickel.reason != nil)
    #expect(nulls.isotropic.twoNN.value != nil)
    for evaluation in try estimates(same, nulls) { #expect(evaluation.reason != nil) }
    #expect(throws: GeometryError.tooFewTokens(measure: "Gaussian nulls", needed: 17, actual: 12)) {
      _ = try DistanceDimensionNulls(like: gaussian(12, 3, seed: 1), options())
    }
  }
}
