import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

/// Values computed by Golden/generate_gride.py.
private struct GoldenGride: Decodable {
  let points: [Double]
  let n: Int
  let width: Int
  let neighbours: [Int]
  let dimensions: [Double]
  let errors: [Double]
  let robustErrors: [Double]
  let radii: [Double]
  /// Dimensions, errors and radii of dadapy.
  let dadapy: [[Double]]

  static func load() throws -> GoldenGride {
    let folder = Bundle.module.resourceURL?.appending(path: "Golden/gride.json")
    return try JSONDecoder().decode(
      GoldenGride.self, from: Data(contentsOf: folder ?? URL(filePath: "Golden/gride.json")))
  }
}

@Suite struct GrideTests {
  private func gride(_ cloud: Matrix<Float>, k: Int) throws -> Gride {
    Gride(try Neighbours.graph(of: cloud, k: k, metric: .euclidean))
  }

  @Test func equalsDadapy() throws {
    let golden = try GoldenGride.load()
    let cloud = Matrix(
      rows: golden.n, columns: golden.width, elements: golden.points.map { Float($0) })
    let scales = try gride(cloud, k: 70).scales
    #expect(scales.map(\.neighbour) == golden.neighbours)
    for (index, scale) in scales.enumerated() {
      let estimate = try #require(scale.dimension.estimate)
      #expect(isClose(estimate.value, golden.dadapy[0][index], 1e-5), "scale \(index)")
      #expect(isClose(estimate.value, golden.dimensions[index], 1e-5), "scale \(index)")
      #expect(isClose(estimate.standardError, golden.dadapy[1][index], 1e-5), "scale \(index)")
      #expect(isClose(scale.robustError, golden.robustErrors[index], 1e-5), "scale \(index)")
      #expect(isClose(scale.radius, golden.dadapy[2][index], 1e-6), "scale \(index)")
      #expect(estimate.n == golden.n && scale.coincident == 0)
    }
  }

  @Test func itsFirstScaleIsTwoNN() throws {
    let graph = try Neighbours.graph(of: gaussian(300, 5, seed: 4), k: 3, metric: .euclidean)
    let scales = Gride(graph).scales
    #expect(scales.count == 1)
    #expect(isClose(scales[0].dimension.value, TwoNN(graph).maximumLikelihood.value, 1e-12))
  }

  /// Ratios drawn from their own distribution: with u = B/(B+B'), Gammas of shape k, μ^-d is Beta(k, k).
  @Test(arguments: [2, 4, 16]) func findsTheDimensionThatDrewTheRatios(_ k: Int) throws {
    var random = SeededRandom(seed: UInt64(k))
    let (n, d) = (4000, 7.0)
    var similarities: [Float] = []
    for _ in 0..<n {
      let gamma = (0..<2 * k).map { _ in -log(1 - random.uniform()) }
      let share = gamma.prefix(k).reduce(0, +) / gamma.reduce(0, +)
      let near = pow(share, 1 / d)
      for position in 1...2 * k { similarities.append(position <= k ? -Float(near) : -1) }
    }
    let graph = NeighbourGraph(
      queries: Array(0..<n), candidates: n + 1, k: 2 * k, metric: .euclidean,
      indices: Array(repeating: 0, count: n * 2 * k), similarities: similarities)
    let scale = try #require(Gride(graph).scales.last)
    let estimate = try #require(scale.dimension.estimate)
    let error = try #require(estimate.standardError)
    #expect(scale.neighbour == k && abs(estimate.value - d) < 4 * error)
    #expect(abs(try #require(scale.robustError) / error - 1) < 0.1)
    #expect(try #require(estimate.lower) < d && d < (try #require(estimate.upper)))
  }

  @Test func anIsotropicGaussianCloudHasItsWidthAtSmallScales() throws {
    let scales = try gride(product(gaussian(3000, 3, seed: 1), orthonormalRows(3, 12, seed: 2)), k: 16).scales
    for scale in scales.prefix(3) {
      let estimate = try #require(scale.dimension.estimate)
      #expect(abs(estimate.value - 3) < 0.25, "k = \(scale.neighbour)")
    }
    #expect(zip(scales, scales.dropFirst()).allSatisfy { ($0.radius ?? 0) < ($1.radius ?? 0) })
    let errors = scales.compactMap { $0.dimension.estimate?.standardError }
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func noiseShowsAtSmallScalesOnly() throws {
    var cloud = product(ball(2, points: 2000, width: 2, seed: 5), orthonormalRows(2, 10, seed: 6))
    let noise = gaussian(2000, 10, seed: 7)
    for i in cloud.elements.indices { cloud.elements[i] += 0.01 * noise.elements[i] }
    let values = try gride(cloud, k: 128).scales.compactMap(\.dimension.value)
    #expect(values.count == 7 && values[0] > 3)
    #expect(abs((values.last ?? 0) - 2) < 0.3)
  }

  @Test func scaleAndRotationDoNotMatter() throws {
    try forSeeds(0..<2) { seed in
      let cloud = gaussian(200, 4, seed: seed)
      var turned = product(cloud, orthonormalRows(4, 6, seed: seed + 9))
      for i in turned.elements.indices { turned.elements[i] *= 8 }
      let (first, second) = (try gride(cloud, k: 8), try gride(turned, k: 8))
      for (a, b) in zip(first.scales, second.scales) {
        #expect(isClose(a.dimension.value, b.dimension.value ?? .nan, 1e-4), "seed \(seed)")
      }
    }
  }

  /// Three copies of one point: at distance 0 from their first two neighbours, not from the fourth.
  @Test func copiesAreLeftOutWhereTheyHaveNoRatio() throws {
    var cloud = gaussian(100, 3, seed: 7)
    for row in 97..<100 { for column in 0..<3 { cloud[row, column] = cloud[0, column] } }
    let scales = try gride(cloud, k: 8).scales
    #expect(scales.map(\.coincident) == [4, 4, 0])
    #expect(scales.map(\.dimension.estimate?.n) == [96, 96, 100])
    #expect(scales.allSatisfy { $0.dimension.value?.isFinite == true })
  }

  @Test func tiesStayAndAreCounted() throws {
    let n = 40
    let graph = NeighbourGraph(
      queries: Array(0..<n), candidates: n, k: 4, metric: .euclidean,
      indices: Array(repeating: 0, count: n * 4),
      similarities: (0..<n).flatMap { $0 < 5 ? [-1, -1, -1, -1] : [-0.5, -1, -1.25, -1.5] })
    let scales = Gride(graph).scales
    #expect(scales.map(\.tied) == [5, 5] && scales.map(\.coincident) == [0, 0])
    // By hand at k = 2: 39/d + 5/d + 35 l/(1 - e^(-dl)) - 3·35 l = 0 with l = log 1.5.
    let d = try #require(scales[1].dimension.value)
    let l = log(1.5)
    #expect(abs(44 / d + 35 * l / (1 - exp(-d * l)) - 105 * l) < 1e-6)
    let same = try gride(Matrix<Float>(rows: 12, columns: 2, repeating: 3), k: 4)
    #expect(same.scales.map(\.coincident) == [12, 12])
    #expect(same.scales[0].dimension.reason?.contains("all but 0 of 12 tokens") == true)
    #expect(same.scales[0].radius == 0)
  }
}
