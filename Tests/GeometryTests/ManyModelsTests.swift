import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

/// Values computed by Golden/generate_many_models.py.
struct ManyModelsGolden: Decodable {
  struct Scaling: Decodable {
    let eigenvalues: [Double]
    let drawn: [Double]
    let stress: Double
    let negativeShare: Double
    let shownShare: Double
  }

  struct Case: Decodable {
    let distances: [[Double]]
    let linkage: [[Double]]
    let leaves: [Int]
    let cophenetic: Double?
    let cut: Double
    let together: [[Int]]
    let scaling: Scaling
  }

  let cases: [Case]

  static func load() throws -> ManyModelsGolden {
    let url = Bundle.module.bundleURL.appending(path: "Golden/many_models.json")
    return try JSONDecoder().decode(ManyModelsGolden.self, from: Data(contentsOf: url))
  }
}

@Suite struct ManyModelsTests {
  private func distances(_ values: [[Double]], error: Double? = nil) throws -> ModelDistances {
    let names = values.indices.map { "model \($0)" }
    var pairs: [ModelDistances.Pair] = []
    for i in names.indices {
      for j in names.indices where j < i {
        let estimate = Estimate(value: values[i][j], n: 100, standardError: error)
        // Either order, and any order of pairs.
        pairs.append(
          (i + j).isMultiple(of: 2)
            ? .init(names[i], names[j], .estimate(estimate)) : .init(names[j], names[i], .estimate(estimate)))
      }
    }
    return try ModelDistances(measure: "test", names: names, pairs: pairs.reversed())
  }

  @Test func treesEqualScipy() throws {
    for golden in try ManyModelsGolden.load().cases {
      let count = golden.distances.count
      let tree = HierarchicalClustering(try distances(golden.distances))
      #expect(tree.merges.count == golden.linkage.count)
      for (merge, row) in zip(tree.merges, golden.linkage) {
        #expect(
          [merge.left, merge.right, merge.count] == [row[0], row[1], row[3]].map { Int($0) }, "N = \(count)")
        #expect(isClose(merge.height, row[2], 1e-12), "N = \(count)")
      }
      #expect(tree.leafOrder == golden.leaves, "N = \(count)")
      if let cophenetic = golden.cophenetic {
        #expect(isClose(tree.copheneticCorrelation, cophenetic, 1e-9), "N = \(count)")
      }
      let labels = tree.clusters(below: golden.cut)
      let together = labels.map { a in labels.map { $0 == a ? 1 : 0 } }
      #expect(together == golden.together, "N = \(count)")
      #expect(Set(labels) == Set(0...(labels.max() ?? 0)), "N = \(count)")
    }
  }

  @Test func mapsEqualNumpy() throws {
    for golden in try ManyModelsGolden.load().cases {
      let count = golden.distances.count
      let map = try MultidimensionalScaling(try distances(golden.distances))
      for (found, expected) in zip(map.eigenvalues, golden.scaling.eigenvalues) {
        #expect(abs(found - expected) < 1e-10, "N = \(count)")
      }
      var drawn: [Double] = []
      for i in 0..<count {
        for j in i + 1..<max(count, i + 1) {
          let (a, b) = (map.coordinates[i], map.coordinates[j])
          drawn.append(((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1])).squareRoot())
        }
      }
      for (found, expected) in zip(drawn, golden.scaling.drawn) {
        #expect(abs(found - expected) < 1e-7, "N = \(count)")
      }
      #expect(abs((map.stress ?? 1) - golden.scaling.stress) < 1e-7, "N = \(count)")
      #expect(abs((map.negativeShare ?? 1) - golden.scaling.negativeShare) < 1e-9, "N = \(count)")
      #expect(isClose(map.shownShare, golden.scaling.shownShare, 1e-9), "N = \(count)")
    }
  }

  @Test func pointsOfAPlaneComeBack() throws {
    let points = gaussian(9, 2, seed: 8)
    let values = (0..<9).map { i in
      (0..<9).map { j in
        Double(
          (points[i, 0] - points[j, 0]) * (points[i, 0] - points[j, 0]) + (points[i, 1] - points[j, 1])
            * (points[i, 1] - points[j, 1])
        ).squareRoot()
      }
    }
    let map = try MultidimensionalScaling(try distances(values))
    #expect(
      try #require(map.stress) < 1e-6 && (map.negativeShare ?? 1) < 1e-6 && (map.shownShare ?? 0) > 1 - 1e-6)
    // A third axis has nothing to show.
    let deep = try MultidimensionalScaling(try distances(values), dimensions: 12)
    #expect(deep.coordinates[0].count == 12 && abs(deep.coordinates[4][11]) == 0)
  }

  @Test func detoursThatAreShorterAreNamed() throws {
    let values = [[0, 3, 1], [3, 0, 1], [1, 1, 0.0]]
    let plain = try distances(values)
    #expect(plain.violations.count == 1)
    let violation = try #require(plain.violations.first)
    #expect((violation.from, violation.over, violation.to) == ("model 0", "model 2", "model 1"))
    #expect(isClose(violation.excess, 1, 1e-12) && violation.standardError == nil)
    #expect(
      try distances(values, error: 0.2).violations.first?.standardError.map {
        isClose($0, 0.12.squareRoot(), 1e-12)
      } == true)
    #expect(try distances(values, error: 0.3).violations.isEmpty)
    #expect(try distances(values, error: 0.3).standardErrors[0][1] == 0.3)
    #expect(try distances([[0, 2, 1], [2, 0, 1], [1, 1, 0]]).violations.isEmpty)
  }

  @Test func oneModelAndNoneAreTreesAndMapsToo() throws {
    for count in 0...1 {
      let alone = try distances([[Double]](repeating: [0], count: count))
      let tree = HierarchicalClustering(alone)
      #expect(tree.merges.isEmpty && tree.leafOrder == Array(0..<count) && tree.copheneticCorrelation == nil)
      #expect(tree.clusters(below: 1) == Array(repeating: 0, count: count))
      let map = try MultidimensionalScaling(alone)
      #expect(map.coordinates == Array(repeating: [0, 0], count: count) && map.stress == nil)
    }
    let same = try distances([[0, 0, 0], [0, 0, 0], [0, 0, 0]])
    #expect(HierarchicalClustering(same).leafOrder.sorted() == [0, 1, 2])
    #expect(try MultidimensionalScaling(same).negativeShare == nil)
  }

  @Test func missingDistancesAreNamed() throws {
    let one = Evaluation.estimate(Estimate(value: 1, n: 9))
    func make(_ pairs: [ModelDistances.Pair]) throws(GeometryError) -> ModelDistances {
      try ModelDistances(measure: "test", names: ["a", "b"], pairs: pairs)
    }
    #expect(throws: GeometryError.distance(first: "a", second: "b", reason: "was given 0 times")) {
      try make([])
    }
    #expect(throws: GeometryError.distance(first: "a", second: "b", reason: "was given 2 times")) {
      try make([.init("a", "b", one), .init("b", "a", one)])
    }
    #expect(throws: GeometryError.distance(first: "a", second: "b", reason: "too few tokens")) {
      try make([.init("b", "a", .notEvaluable(reason: "too few tokens"))])
    }
    #expect(throws: GeometryError.self) { try make([.init("b", "a", .estimate(Estimate(value: -1, n: 9)))]) }
    #expect(throws: GeometryError.self) {
      try make([.init("b", "a", .estimate(Estimate(value: .nan, n: 9)))])
    }
    let coded = try JSONDecoder().decode(
      ModelDistances.self, from: JSONEncoder().encode(make([.init("b", "a", one)])))
    #expect(coded.values == [[0, 1], [1, 0]])
  }
}
