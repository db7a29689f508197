import Alignment
import LinearAlgebra
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct CompositionTests {
  @Test func compositionIsOneMapAfterTheOther() throws {
    forSeeds(0..<4) { seed in
      let first = map(5, 7, seed: seed, name: "first")
      let second = map(7, 4, seed: seed + 10, name: "second")
      let composed = first.followed(by: second)
      let points = randomMatrix(20, 5, seed: seed + 20)
      #expect(
        distance(
          composed.applied(toPoints: points), second.applied(toPoints: first.applied(toPoints: points)))
          < 1e-4, "seed \(seed)")
      let direction = randomMatrix(1, 5, seed: seed + 30)
      #expect(
        distance(
          composed.applied(toDirections: direction),
          second.applied(toDirections: first.applied(toDirections: direction))) < 1e-5, "seed \(seed)")
      #expect(composed.method == "first, second")
    }
  }

  @Test func compositionIsAssociative() {
    let (a, b, c) = (map(3, 4, seed: 1), map(4, 5, seed: 2), map(5, 2, seed: 3))
    let left = a.followed(by: b).followed(by: c)
    let right = a.followed(by: b.followed(by: c))
    #expect(distance(left.weights, right.weights) < 1e-5)
    #expect(zip(left.targetMean, right.targetMean).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  @Test func invertibleImagesComeBackExactly() throws {
    try forSeeds(0..<3) { seed in
      let a = randomMatrix(150, 5, seed: seed, mean: 2)
      let b = multiply(a, randomMatrix(5, 8, seed: seed + 10))
      let c = multiply(a, randomMatrix(5, 6, seed: seed + 20))
      let maps = try [(a, b), (b, c), (c, a)].map {
        try LeastSquares().fit(source: $0.0, target: $0.1).map
      }
      let cycle = try CycleConsistency(maps, points: a, resampling: quick)
      #expect(cycle.error.value < 1e-4 && cycle.cosine.value > 1 - 1e-6, "seed \(seed)")
      #expect(cycle.floor == 0 && cycle.narrowestWidth == 5, "seed \(seed)")
    }
  }

  @Test func errorEqualsTheDefinition() throws {
    let points = randomMatrix(60, 4, seed: 1, mean: 1)
    let there = map(4, 6, seed: 2)
    let back = map(6, 4, seed: 3)
    let returned = back.applied(toPoints: there.applied(toPoints: points))
    var (error, energy) = (0.0, 0.0)
    for i in 0..<60 {
      for j in 0..<4 {
        let x = Double(points[i, j])
        error += (Double(returned[i, j]) - x) * (Double(returned[i, j]) - x)
        energy += (x - Double(there.sourceMean[j])) * (x - Double(there.sourceMean[j]))
      }
    }
    let cycle = try CycleConsistency([there, back], points: points, resampling: quick)
    #expect(abs(cycle.error.value / (error / energy).squareRoot() - 1) < 1e-5)
    #expect(try #require(cycle.error.lower) < cycle.error.value)
    #expect(try #require(cycle.error.upper) > cycle.error.value)
    #expect(cycle.error.n == 60)
  }

  /// Principal axes are the best way through a narrow space: they meet the floor, and no other way goes below.
  @Test func noWayThroughANarrowModelBeatsTheFloor() throws {
    var points = randomMatrix(200, 6, seed: 4)
    for i in 0..<200 { for j in 0..<6 { points[i, j] *= Float(6 - j) } }
    let svd = try singularValueDecomposition(points.widened())
    let axes = svd.vTransposed.selecting(rows: [0, 1, 2]).narrowed()
    let best = try CycleConsistency(
      [
        LinearMap(weights: axes.transposed(), method: "axes"), LinearMap(weights: axes, method: "axes"),
      ], points: points, resampling: quick)
    #expect(best.narrowestWidth == 3 && best.floor > 0.1)
    #expect(abs(best.error.value - best.floor) < 1e-6)
    let middle = multiply(points, randomMatrix(6, 3, seed: 5))
    let maps = try [(points, middle), (middle, points)].map {
      try LeastSquares().fit(source: $0.0, target: $0.1).map
    }
    let other = try CycleConsistency(maps, points: points, resampling: quick)
    #expect(other.error.value > other.floor)
  }

  @Test func composedMapsAreScoredLikeFittedOnes() throws {
    let a = randomMatrix(120, 5, seed: 6)
    let b = multiply(a, randomMatrix(5, 6, seed: 7))
    let c = multiply(b, randomMatrix(6, 4, seed: 8))
    let ab = try LeastSquares().fit(source: a, target: b).map
    let bc = try LeastSquares().fit(source: b, target: c).map
    let scores = try ab.followed(by: bc).scores(
      source: a, target: c, heldOut: Array(0..<40), options: quickScoring())
    #expect(scores.r2.value > 1 - 1e-6 && scores.amongHeldOut.nearestNeighbour.at1.value == 1)
  }

  @Test func hostilePointsAreNamed() throws {
    let maps = [map(3, 3, seed: 1), map(3, 3, seed: 2)]
    var points = randomMatrix(10, 3, seed: 3)
    #expect(throws: AlignmentError.tooFewTokens(purpose: "a cycle error", needed: 2, actual: 1)) {
      try CycleConsistency(maps, points: points.selecting(rows: [0]))
    }
    points[4, 0] = .infinity
    #expect(throws: AlignmentError.notFinite(side: "source", row: 4)) {
      try CycleConsistency(maps, points: points)
    }
    let centre = Matrix(rows: 2, columns: 3, elements: maps[0].sourceMean + maps[0].sourceMean)
    #expect(throws: AlignmentError.noVariance(side: "source")) {
      try CycleConsistency(maps, points: centre)
    }
  }

  private var quick: Resampling {
    var options = Resampling()
    options.bootstrapSamples = 50
    return options
  }

  private func map(_ source: Int, _ target: Int, seed: UInt64, name: String = "given") -> LinearMap {
    LinearMap(
      weights: randomMatrix(source, target, seed: seed + 100),
      sourceMean: randomMatrix(1, source, seed: seed + 200).elements,
      targetMean: randomMatrix(1, target, seed: seed + 300).elements, method: name)
  }
}
