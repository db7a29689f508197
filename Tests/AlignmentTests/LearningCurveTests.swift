import Alignment
import LinearAlgebra
import Statistics
import Tensors
import Testing

@Suite struct LearningCurveTests {
  /// Splits by groups leave each seed another number of training tokens; the last point still has all seeds.
  @Test func aCurveOverHeldOutGroupsEndsInOnePoint() throws {
    let x = randomMatrix(400, 4, seed: 1)
    var y = x
    for (i, noise) in randomMatrix(400, 4, seed: 2).elements.enumerated() { y.elements[i] += noise }
    var options = LearningCurveOptions()
    (options.anchorCounts, options.seedCount) = ([50, 100], 4)
    options.heldOutGroups = TokenGroups((0..<400).map { $0 < 200 ? $0 % 20 : $0 })
    let curve = try LearningCurve(source: x, target: y, options: options, scoring: quickScoring()) {
      from, to throws(AlignmentError) in
      try LeastSquares().fit(source: from, target: to).map
    }
    #expect(curve.points.count == 3 && curve.points.allSatisfy { $0.r2.n == 4 && $0.r2.lower != nil })
    #expect(curve.points.dropLast().map(\.anchorCount) == [50, 100])
  }

  @Test func moreAnchorsBuyABetterMap() throws {
    let x = randomMatrix(400, 10, seed: 1)
    var y = multiply(x, randomMatrix(10, 12, seed: 2))
    for (i, noise) in randomMatrix(400, 12, seed: 3, scale: 2).elements.enumerated() {
      y.elements[i] += noise
    }
    var options = LearningCurveOptions()
    options.anchorCounts = [15, 60, 1000]
    options.seedCount = 4
    let curve = try LearningCurve(source: x, target: y, options: options) { a, b throws(AlignmentError) in
      try LeastSquares().fit(source: a, target: b).map
    }
    #expect(curve.points.map(\.anchorCount) == [15, 60, 320])
    let r2 = curve.points.map(\.r2.value)
    #expect(r2 == r2.sorted() && r2[2] > r2[0] + 0.1)
    for point in curve.points {
      #expect(point.r2.n == 4 && point.failures.isEmpty)
      #expect(try #require(point.r2.lower) <= point.r2.value)
      #expect(try #require(point.r2.upper) >= point.r2.value)
    }
  }

  @Test func tooFewAnchorsAreToldNotHidden() throws {
    let x = randomMatrix(40, 3, seed: 1)
    var options = LearningCurveOptions()
    options.anchorCounts = [5]
    #expect(throws: AlignmentError.tooFewTokens(purpose: "a local map", needed: 10, actual: 5)) {
      try LearningCurve(source: x, target: x, options: options) { a, b throws(AlignmentError) in
        try LocalMap(source: a, target: b, neighbours: 10)
      }
    }
  }

  @Test func relativeRepresentationsIgnoreRotationAndScale() throws {
    let x = randomMatrix(300, 12, seed: 1, mean: 0.4)
    let rotation = try singularValueDecomposition(randomMatrix(12, 12, seed: 2).widened()).u.narrowed()
    var y = multiply(x, rotation)
    for i in y.elements.indices { y.elements[i] *= 3 }
    var options = RelativeRepresentationOptions()
    options.anchors = 40
    options.resampling.bootstrapSamples = 50
    let same = try RelativeRepresentation(source: x, target: y, options: options)
    #expect(same.cosine.value > 1 - 1e-5)
    #expect(same.nearestNeighbour.at1.value == 1)
    #expect(same.candidateCount == 260 && same.anchorCount == 40)
    let other = try RelativeRepresentation(
      source: x, target: randomMatrix(300, 12, seed: 9), options: options)
    #expect(abs(other.cosine.value) < 0.1)
    #expect(other.nearestNeighbour.at1.value < 0.05)
  }
}
