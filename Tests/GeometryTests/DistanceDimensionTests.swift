import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

/// TwoNN and Levina–Bickel: both read a Euclidean graph.
@Suite struct DistanceDimensionTests {
  @Test func equalScikitDimension() throws {
    let golden = try Golden.load()
    let graph = try Neighbours.graph(of: golden.matrixA, k: 20, metric: .euclidean)
    #expect(isClose(TwoNN(graph).fitted.value, golden.twoNN, 1e-5))
    let mle = LevinaBickel(graph)
    #expect(isClose(mle.dimension.value, golden.levinaBickel, 1e-5))
    for (row, expected) in golden.levinaBickelRows.enumerated() {
      #expect(isClose(mle.perToken[row], expected, 1e-4), "row \(row)")
    }
  }

  @Test(arguments: [2, 5, 10]) func knowTheDimensionOfABall(_ d: Int) throws {
    let graph = try Neighbours.graph(
      of: ball(d, points: 1000, width: 40, seed: UInt64(d)), k: 80, metric: .euclidean)
    let two = TwoNN(graph)
    for evaluation in [two.fitted, two.maximumLikelihood, LevinaBickel(graph, k: 20).dimension] {
      let estimate = try #require(evaluation.estimate)
      #expect(abs(estimate.value - Double(d)) < 0.2 * Double(d))
      #expect(try #require(estimate.lower) < estimate.value)
      #expect(try #require(estimate.upper) > estimate.value)
    }
  }

  @Test func scaleAndShiftDoNotMatter() throws {
    let cloud = gaussian(150, 4, seed: 6)
    var moved = cloud
    for i in moved.elements.indices { moved.elements[i] = 4 * moved.elements[i] + 1 }
    let first = try Neighbours.graph(of: cloud, k: 10, metric: .euclidean)
    let second = try Neighbours.graph(of: moved, k: 10, metric: .euclidean)
    #expect(isClose(TwoNN(first).fitted.value, TwoNN(second).fitted.value, 1e-4))
    #expect(isClose(LevinaBickel(first).dimension.value, LevinaBickel(second).dimension.value, 1e-4))
  }

  @Test func modelsAgreeOverTheTokensThatBothCanMeasure() throws {
    var cloud = product(gaussian(200, 3, seed: 8), gaussian(3, 6, seed: 9))
    for row in 0..<100 {
      for column in 0..<6 { cloud[row, column] += gaussian(1, 1, seed: UInt64(row * 6 + column))[0, 0] }
    }
    for column in 0..<6 { cloud[199, column] = cloud[198, column] }
    let first = LevinaBickel(try Neighbours.graph(of: cloud, k: 10, metric: .euclidean))
    let turned = product(cloud, orthonormalRows(6, 7, seed: 1))
    let second = LevinaBickel(try Neighbours.graph(of: turned, k: 10, metric: .euclidean))
    let agreement = IntrinsicDimensionAgreement(first, second)
    #expect(isClose(agreement.pearson.value, 1, 1e-3))
    #expect(agreement.pearson.estimate?.n == 198)
  }

  @Test func copiesAreLeftOutAndCounted() throws {
    var cloud = gaussian(100, 3, seed: 7)
    for column in 0..<3 { cloud[99, column] = cloud[0, column] }
    let graph = try Neighbours.graph(of: cloud, k: 8, metric: .euclidean)
    #expect(TwoNN(graph).coincident == 2)
    #expect(TwoNN(graph).fitted.estimate?.n == 98)
    let mle = LevinaBickel(graph)
    #expect(mle.undefined == 2 && mle.perToken[0] == nil && mle.perToken[99] == nil)
    let same = try Neighbours.graph(
      of: Matrix<Float>(rows: 12, columns: 2, repeating: 3), k: 4, metric: .euclidean)
    #expect(TwoNN(same).fitted.reason != nil && LevinaBickel(same).dimension.reason != nil)
  }
}
