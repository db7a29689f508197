import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct PointNeighbourhoodTests {
  private func options(_ neighbourhood: Int, components: Int = 3) -> PointOptions {
    var options = PointOptions()
    (options.neighbours, options.neighbourhood, options.components) = (5, neighbourhood, components)
    options.heldOut = 199
    return options
  }

  /// A ball of 3 dimensions in 10: dimension, density and their intervals at points well inside.
  @Test func dimensionAndDensityOfABall() throws {
    var (covered, denseCovered, points) = (0, 0, 0)
    for seed in 0..<5 as Range<UInt64> {
      let count = 6000
      let rows = ball(3, points: count, width: 10, seed: 100 * seed)
      let space = try PointGeometry(rows, options(30))
      let norms = (0..<count).map { rows.row($0).reduce(0) { $0 + Double($1) * Double($1) }.squareRoot() }
      let inner = (0..<count).filter { norms[$0] < 0.6 }.prefix(60)
      for found in try space.neighbourhoods(of: rows.selecting(rows: Array(inner))) {
        let dimension = try #require(found.dimension.value.estimate)
        covered += (dimension.lower ?? 9) <= 3 && 3 <= (dimension.upper ?? 0) ? 1 : 0
        #expect(dimension.uncertainty == .gamma)
        // In units of the median radius u the ball of radius 1 has density 3 u³ / 4π.
        let radius = try #require(found.radius.value.value)
        let dense = try #require(found.logDensity.value.estimate)
        let d = try #require(space.commonDimension)
        // What the ball's own density gives for the radius, at the common dimension.
        let unit = radius * exp(-(log(29.0 / Double(count - 199)) - dense.value - logBall(d)) / d)
        let truth = log(3 / (4 * Double.pi)) + 3 * log(unit)
        denseCovered += (dense.lower ?? 99) <= truth && truth <= (dense.upper ?? -99) ? 1 : 0
        points += 1
      }
    }
    // Neighbourhoods of 300 points overlap a little: 95 ± 3 %.
    #expect(Double(covered) / Double(points) > 0.91, "\(covered) of \(points)")
    #expect(Double(denseCovered) / Double(points) > 0.7, "\(denseCovered) of \(points)")
  }

  private func logBall(_ d: Double) -> Double { d / 2 * log(Double.pi) - lgamma(d / 2 + 1) }

  @Test func spectrumAndWeightsOfAPlane() throws {
    let rows = product(gaussian(900, 2, seed: 3), orthonormalRows(2, 7, seed: 4))
    let space = try PointGeometry(rows, options(40, components: 2))
    let found = try space.neighbourhoods(of: rows.selecting(rows: [5, 6]))
    for place in found {
      #expect(place.spectrum.count == 7)
      #expect(place.spectrum[2] < 1e-10 * place.spectrum[0])
      let ratio = try #require(place.participationRatio.value.estimate)
      #expect(ratio.value > 1 && ratio.value <= 2.000001)
      let expected = pow(place.spectrum.reduce(0, +), 2) / place.spectrum.reduce(0) { $0 + $1 * $1 }
      #expect(isClose(ratio.value, expected, 1e-9))
      #expect(abs(place.weights.reduce(0) { $0 + $1.weight } - 1) < 1e-9)
      #expect(place.weights.count == 5)
      // Five rows around a point of a plane span it.
      #expect((place.reconstructionError.value.value ?? 1) < 0.2)
      #expect(place.radius.standing?.among == 199)
    }
  }

  /// Weights, as those of the whole space's reconstruction.
  @Test func weightsAreThoseOfLocallyLinearReconstruction() throws {
    let rows = gaussian(500, 8, seed: 12)
    let space = try PointGeometry(rows, options(20))
    let held = Set(space.heldOut)
    let rest = (0..<500).filter { !held.contains($0) }
    let graph = try Neighbours.graph(of: rows.selecting(rows: rest), k: 5, metric: .euclidean)
    let expected = LocallyLinearWeights(rows.selecting(rows: rest), graph)
    for position in [0, 17, 200] {
      let found = try space.neighbourhoods(of: rows.selecting(rows: [rest[position]]))[0]
      #expect(found.weights.map(\.row) == graph.neighbours(position).map { rest[Int($0)] })
      for (rank, weight) in found.weights.enumerated() {
        #expect(abs(weight.weight - Double(expected.weights[position * 5 + rank])) < 1e-4)
      }
      #expect(isClose(found.reconstructionError.value.value, expected.relativeErrors[position], 1e-4))
    }
  }

  @Test func copiesHaveNoDimension() throws {
    var rows = gaussian(500, 4, seed: 2)
    for row in 100..<150 { for column in 0..<4 { rows[row, column] = 0.5 } }
    let space = try PointGeometry(rows, options(20))
    let found = try space.neighbourhoods(of: rows.selecting(rows: [100]))[0]
    #expect(found.dimension.value.reason?.contains("coincides") == true)
    #expect(found.dimension.standing == nil)
    #expect(found.participationRatio.value.reason?.contains("coincide") == true)
    #expect(found.logDensity.value.reason != nil)
    #expect(found.weights.allSatisfy { abs($0.weight - 0.2) < 1e-12 })
  }

  @Test func quantilesOfGamma() {
    // scipy.stats.gamma.ppf
    #expect(isClose(gammaQuantile(0.025, shape: 1), 0.025317807984289876, 1e-10))
    #expect(isClose(gammaQuantile(0.975, shape: 5), 10.241588675403694, 1e-10))
    #expect(isClose(gammaQuantile(0.5, shape: 99), 98.66686692923837, 1e-10))
    #expect(isClose(gammaQuantile(0.025, shape: 100), 81.36399125092314, 1e-10))
  }
}
