import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

/// Values computed by Golden/generate_dimension_criteria.py.
private struct GoldenCriteria: Decodable {
  struct Case: Decodable {
    let points: [Double]
    let rows: Int
    let columns: Int
    let variance95: Double
    let variance50: Double
    let participationRatio: Double
    let fukunagaOlsen: Double
    let kaiser: Double
    let largestGap: Double
    let brokenStick: Double
  }
  let cases: [Case]

  static func load() throws -> [Case] {
    let folder = Bundle.module.resourceURL?.appending(path: "Golden/dimension_criteria.json")
    return try JSONDecoder().decode(
      GoldenCriteria.self,
      from: Data(contentsOf: folder ?? URL(filePath: "Golden/dimension_criteria.json"))
    ).cases
  }
}

@Suite struct DimensionCriterionTests {
  @Test func countsAsTheDefinitionsSay() {
    func dimension(_ criterion: DimensionCriterion, _ spectrum: [Double]) -> Double? {
      criterion.dimension(of: spectrum)
    }
    #expect(dimension(.variance(share: 0.75), [4, 2, 1, 1]) == 2)
    #expect(dimension(.variance(share: 1), [4, 2, 1, 1]) == 4)
    #expect(isClose(dimension(.participationRatio, [4, 2, 1, 1]), 64.0 / 22, 1e-12))
    #expect(dimension(.fukunagaOlsen(share: 0.25), [4, 2, 1, 1]) == 2)
    #expect(dimension(.kaiser, [4, 2, 1, 1]) == 1)
    #expect(dimension(.largestGap, [5, 4, 1, 0.5]) == 2)
    #expect(dimension(.largestGap, [5, 1, 1, 1e-9]) == 3)
    // The sticks of 4 are .52, .27, .15, .06: two shares exceed theirs.
    #expect(dimension(.brokenStick, [6, 3, 0.5, 0.5]) == 2)
    #expect(dimension(.brokenStick, [1, 1, 1, 1]) == 0)
    #expect(dimension(.kaiser, [0, 0]) == nil && dimension(.largestGap, [1]) == nil)
  }

  /// Each neighbourhood is everything but one row, which asks.
  @Test func equalScikitDimension() throws {
    for (number, golden) in try GoldenCriteria.load().enumerated() {
      let points = golden.points.map { Float($0) } + Array(repeating: 0, count: golden.columns)
      let cloud = Matrix(rows: golden.rows + 1, columns: golden.columns, elements: points)
      var options = IntrinsicDimensionOptions()
      (options.k, options.metric) = (golden.rows, .euclidean)
      let found = try IntrinsicDimension.local(
        cloud, queries: [golden.rows],
        criteria: [
          .variance(share: 0.95), .variance(share: 0.5), .fukunagaOlsen(share: 0.05), .kaiser, .largestGap,
          .brokenStick, .participationRatio,
        ], options
      ).map { $0.perToken[0] }
      #expect(
        found.dropLast() == [
          golden.variance95, golden.variance50, golden.fukunagaOlsen, golden.kaiser, golden.largestGap,
          golden.brokenStick,
        ], "case \(number)")
      #expect(isClose(found[6], golden.participationRatio, 1e-5), "case \(number)")
    }
  }

  @Test func oneSpectrumServesAllCriteria() throws {
    var options = IntrinsicDimensionOptions()
    options.metric = .euclidean
    let flat = product(gaussian(200, 3, seed: 1), orthonormalRows(3, 12, seed: 2))
    for k in [8, 60] {
      options.k = k
      let results = try IntrinsicDimension.local(
        flat, queries: [0, 7, 150], criteria: [.variance(share: 0.95), .largestGap, .participationRatio],
        options)
      let counts = try IntrinsicDimension.local(flat, queries: [0, 7, 150], options).map(Double.init)
      #expect(results[0].perToken == counts)
      #expect(results[1].perToken == [3, 3, 3])
      #expect(results[2].perToken.allSatisfy { ($0 ?? 9) <= 3.001 && ($0 ?? 0) > 1 })
      #expect(results[0].mean.value == counts.reduce(0, +) / 3)
    }
  }

  @Test func coincidingRowsHaveNoDimension() throws {
    var options = IntrinsicDimensionOptions()
    options.k = 5
    let same = Matrix<Float>(rows: 20, columns: 4, repeating: 2)
    let result = try IntrinsicDimension.local(same, queries: [0, 1], criteria: [.kaiser], options)
    #expect(result[0].perToken == [nil, nil])
    #expect(result[0].mean.reason?.contains("single points") == true)
  }
}
