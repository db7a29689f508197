import Geometry
import Reports
import Statistics
import Studies
import StudyReports
import Testing

@Suite struct ModelSetTests {
  private func estimate(_ value: Double, p: Double?, nullMean: Double = 0.01) -> Evaluation {
    .estimate(
      Estimate(
        value: value, n: 100, standardError: 0.01, lower: value - 0.02, upper: value + 0.02,
        null: NullDistribution(meaning: "test", mean: nullMean, pValue: p)))
  }

  private func set(distances: [Evaluation]? = nil) -> ModelSet {
    let pairs = [("a", "b", 0.8, 0.005), ("c", "a", 0.3, 0.02), ("b", "c", 0.1, 0.4)]
    let angles = distances ?? [0.4, 1.2, 1.1].map { estimate($0, p: 0.05, nullMean: 1.5) }
    return ModelSet(
      names: ["a", "b", "c"],
      pairs: zip(pairs, angles).map { pair, distance in
        ModelSet.Pair(
          a: pair.0, b: pair.1,
          measures: [
            ("one", "measure one", estimate(pair.2, p: pair.3)),
            ("two", "measure two", pair.0 == "a" ? .notEvaluable(reason: "too few") : estimate(0.5, p: 0.04)),
          ], distance: distance)
      }, distanceName: "test distance")
  }

  @Test func pValuesAreAdjustedOverThePairsOfAMeasure() {
    let set = set()
    #expect(set.adjusted == [[0.015, 0.03, 0.4], [nil, 0.04, 0.04]])
    #expect(set.metrics["related_pairs_one"]?.value == 2 && set.metrics["related_pairs_one"]?.count == 3)
    #expect(set.metrics["related_pairs_two"]?.value == 2)
    let table = set.table
    #expect(
      table.rows.map { $0.last } == [
        .text("1 of 1 measures"), .text("2 of 2 measures"), .text("1 of 2 measures"),
      ])
    #expect(table.rows[0][4] == .notEvaluable("too few") && table.rows[0][5] == .notEvaluable("too few"))
  }

  @Test func theTreeAndTheMapAreOfTheSameDistances() throws {
    let set = set()
    let distances = try set.distances.get()
    #expect(
      distances.values == [[0, 0.4, 1.2], [0.4, 0, 1.1], [1.2, 1.1, 0]] && distances.violations.isEmpty)
    let tree = HierarchicalClustering(distances)
    #expect(tree.merges.map(\.height) == [0.4, 1.15])
    #expect(throws: Never.self) { try set.tree(tree) }
    #expect(throws: Never.self) { try set.map(MultidimensionalScaling(distances)) }
    for measure in 0...1 { #expect(throws: Never.self) { try set.matrix(measure: measure, title: "t") } }
    #expect(set.metrics["triangle_violations"]?.value == 0)
    #expect(set.metrics["map_stress"]?.value.map { $0 < 1e-6 } == true)
    #expect(set.metrics["cophenetic_correlation"]?.value.map { $0 > 0.9 } == true)
  }

  @Test func aMissingDistanceLeavesOutTheTreeAlone() {
    let one = estimate(1, p: nil)
    let set = set(distances: [one, .notEvaluable(reason: "no tokens"), one])
    #expect(throws: GeometryError.distance(first: "a", second: "c", reason: "no tokens")) {
      try set.distances.get()
    }
    #expect(set.metrics["map_stress"] == nil && set.metrics["related_pairs_one"] != nil)
    #expect(set.table.rows.count == 3)
  }
}
