import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct PointPathTests {
  private func options() -> PointOptions {
    var options = PointOptions()
    (options.neighbours, options.neighbourhood, options.components) = (6, 20, 3)
    options.heldOut = 199
    return options
  }

  private func circle(_ count: Int) -> Matrix<Float> {
    var random = SeededRandom(seed: 2)
    let elements = (0..<count).flatMap { _ in
      let angle = 2 * Double.pi * random.uniform()
      return [cos(angle), sin(angle), 0.01 * random.normal(), 0.01 * random.normal()].map { Float($0) }
    }
    return Matrix(rows: count, columns: 4, elements: elements)
  }

  @Test func stepsAreWhatTheyAreCalled() throws {
    let (a, b): ([Float], [Float]) = ([3, 0], [0, 1])
    let straight = try PointWay.straight(from: a, to: b, at: [0, 0.25, 1]).steps().points
    #expect(straight.elements == [3, 0, 2.25, 0.25, 0, 1])
    let along = try PointWay.along(point: a, direction: b, doses: [-1, 0, 2]).steps().points
    #expect(along.elements == [3, -1, 3, 0, 3, 2])
    let round = try PointWay.spherical(from: a, to: b, at: [0, 0.5, 1]).steps().points
    for (found, wanted) in zip(round.elements, [3, 0, 2 / 2.0.squareRoot(), 2 / 2.0.squareRoot(), 0, 1]) {
      #expect(abs(Double(found) - wanted) < 1e-6)
    }
    // One direction: lengths alone change.
    let same = try PointWay.spherical(from: [1, 1], to: [3, 3], at: [0.5]).steps().points
    #expect(same.elements == [2, 2])
    #expect(throws: GeometryError.self) { try PointWay.spherical(from: a, to: [-1, 0], at: [0.5]).steps() }
    #expect(throws: GeometryError.self) { try PointWay.spherical(from: a, to: [0, 0], at: [0.5]).steps() }
    #expect(throws: GeometryError.self) { try PointWay.straight(from: a, to: b, at: []).steps() }
    #expect(throws: GeometryError.width(point: 3, rows: 2)) {
      try PointWay.straight(from: a, to: [1, 2, 3], at: [0]).steps().points
    }
  }

  /// Across a circle the straight way leaves it and the round one does not.
  @Test func acrossACircle() throws {
    // Sixteen neighbours: along a line fewer leave gaps that no edge crosses.
    var options = options()
    options.neighbours = 16
    let space = try PointGeometry(circle(1500), options)
    let (a, b): ([Float], [Float]) = ([1, 0, 0, 0], [-0.5, 0.8660254, 0, 0])
    let places = (0...8).map { Double($0) / 8 }
    let straight = try space.path(.straight(from: a, to: b, at: places), by: [.euclidean])
    let round = try space.path(.spherical(from: a, to: b, at: places), by: [.euclidean])
    #expect(straight.steps[4].alarm.isRaised && !straight.steps[0].alarm.isRaised)
    #expect(!round.steps[4].alarm.isRaised)
    #expect(abs((straight.detour ?? 0) - 1) < 1e-6)
    // The arc of 120° over its chord is 2π/3 / √3 = 1.2092.
    #expect(abs((round.detour ?? 0) - 1.2092) < 0.01)
    let geodesic = try #require(round.geodesic.ratio.estimate)
    #expect(abs(geodesic.value - 1.2092) < 0.05)
    #expect(round.geodesic.standing != nil && round.geodesic == straight.geodesic)
    // Neighbours come and go consistently.
    for path in [straight, round] {
      var current: Set<Int> = []
      for step in path.steps {
        #expect(current.intersection(step.entered).isEmpty && current.isSuperset(of: step.left))
        current = current.union(step.entered).subtracting(step.left)
        #expect(current == Set(step.neighbours[0].neighbours.map(\.row)))
      }
    }
  }

  @Test func theAlarmBeginsAlongADirection() throws {
    let space = try PointGeometry(circle(1500), options())
    let path = try space.path(
      .along(point: [1, 0, 0, 0], direction: [0, 0, 0, 1], doses: [0, 0.005, 0.5, 1, 4]), by: [.cosine])
    #expect(path.alarmBegins == 0.5)
    #expect(path.steps.map(\.norm).last ?? 0 > 4)
    let quiet = try space.path(.points(circle(3)), by: [.cosine])
    #expect(quiet.alarmBegins == nil || quiet.steps.last?.alarm.isRaised == true)
    let still = try space.path(.points(circle(1)), by: [])
    #expect(still.detour == nil && still.geodesic.ratio.reason == "both points are the same")
  }

  @Test func flatRowsHaveNoCurvature() throws {
    // A fine grid of a square: straight ways along it are as long as they are.
    var random = SeededRandom(seed: 8)
    let rows = Matrix<Float>(
      rows: 6000, columns: 2, elements: (0..<12000).map { _ in Float(random.uniform()) })
    let space = try PointGeometry(rows, options())
    let path = try space.path(.straight(from: [0.1, 0.2], to: [0.9, 0.7], at: [0, 1]), by: [])
    let ratio = try #require(path.geodesic.ratio.estimate)
    #expect(ratio.value < 1.12 && ratio.value >= 1)
    #expect(path.geodesic.sampleRows > 1000 && path.geodesic.samples == 4)
  }
}
