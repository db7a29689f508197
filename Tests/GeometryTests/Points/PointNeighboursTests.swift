import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct PointNeighboursTests {
  private func space(_ rows: Matrix<Float>, leavingOut: Set<Int> = []) throws -> PointGeometry {
    var options = PointOptions()
    (options.neighbours, options.neighbourhood, options.components) = (5, 12, 3)
    return try PointGeometry(rows, leavingOut: leavingOut, options)
  }

  /// Textbook scores, without products or bounds.
  private func definition(
    _ x: [Float], _ rows: Matrix<Float>, _ nearness: PointNearness, excluding: Set<Int>
  ) -> [(row: Int, score: Double)] {
    let d = rows.columns
    let kept = (0..<rows.rows).filter { !excluding.contains($0) }
    let mean =
      nearness == .cosine || nearness == .euclidean
      ? [Double](repeating: 0, count: d)
      : (0..<d).map { column in
        kept.reduce(0.0) { $0 + Double(rows[$1, column]) } / Double(kept.count)
      }
    func centred(_ row: [Float]) -> [Double] { zip(row, mean).map { Double($0) - $1 } }
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    let own = centred(x)
    return kept.map { row in
      let other = centred(rows.row(row))
      if nearness == .euclidean {
        return (row, -zip(own, other).reduce(0.0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot())
      }
      let norm = (dot(own, own) * dot(other, other)).squareRoot()
      return (row, norm > 0 ? dot(own, other) / norm : 0)
    }.sorted { ($0.score, $1.row) > ($1.score, $0.row) }
  }

  /// Few points go by rows in Double, many by tiles in Float: both are the definition.
  @Test(arguments: [PointNearness.cosine, .euclidean, .centred], [3, 40])
  func equalsTheDefinition(_ nearness: PointNearness, _ points: Int) throws {
    try forSeeds(0..<3) { seed in
      let rows = gaussian(700, 9, seed: seed, shift: seed == 2 ? 40 : 0.5)
      let space = try space(rows)
      let asked = gaussian(points, 9, seed: seed + 50, shift: seed == 2 ? 40 : 0.5)
      let found = try space.neighbours(of: asked, by: [nearness])
      for point in 0..<points {
        let expected = definition(asked.row(point), rows, nearness, excluding: [])
        for (near, wanted) in zip(found[point][0].neighbours, expected) {
          #expect(near.row == wanted.row, "seed \(seed), point \(point)")
          #expect(abs(near.score - wanted.score) < 1e-11, "seed \(seed), point \(point)")
        }
        #expect(found[point][0].neighbours.count == 5)
      }
    }
  }

  /// As wide as its graph in the same gauge, up to the rounding of centred rows to Float.
  @Test func allButTheTopIsTheGauge() throws {
    let rows = gaussian(600, 120, seed: 4, shift: 1)
    let space = try space(rows)
    let turned = try Gauge.allButTheTop.applied(to: rows)
    let graph = try Neighbours.graph(of: turned, queries: [0, 7, 599], k: 5)
    let asked = rows.selecting(rows: [0, 7, 599])
    let found = try space.neighbours(of: asked, by: [.allButTheTop])
    for point in 0..<3 {
      #expect(found[point][0].neighbours.map(\.row) == graph.neighbours(point).map(Int.init))
      for (rank, near) in found[point][0].neighbours.enumerated() {
        #expect(abs(near.score - Double(graph.similarities[point * 5 + rank])) < 1e-5)
      }
    }
  }

  @Test func aRowIsItselfAndNotItsOwnNeighbour() throws {
    var rows = gaussian(400, 6, seed: 9)
    for column in 0..<6 { rows[30, column] = rows[300, column] }
    let space = try space(rows)
    let found = try space.neighbours(of: rows.selecting(rows: [12, 30]), by: [.cosine, .euclidean, .csls])
    for list in found[0] {
      #expect(list.identical == [12])
      #expect(!list.neighbours.map(\.row).contains(12))
    }
    // The copy is a neighbour like any other, at distance 0.
    #expect(found[1][1].identical == [30, 300])
    #expect(found[1][1].neighbours[0].row == 300 && found[1][1].neighbours[0].score == 0)
    // Twice a row is another point, in the row's direction.
    let twice = Matrix(rows: 1, columns: 6, elements: rows.row(12).map { 2 * $0 })
    let doubled = try space.neighbours(of: twice, by: [.cosine])[0][0]
    #expect(doubled.identical.isEmpty && doubled.neighbours[0].row == 12)
    #expect(abs(doubled.neighbours[0].score - 1) < 1e-12)
    #expect(doubled.neighbours[0].standing?.percentile == 100)
  }

  @Test func leftOutRowsAreNoNeighboursAndNotHeldOut() throws {
    let rows = gaussian(500, 5, seed: 3)
    let out = Set(stride(from: 0, to: 500, by: 3))
    let space = try space(rows, leavingOut: out)
    #expect(space.countedRows == 500 - out.count)
    #expect(out.isDisjoint(with: space.heldOut))
    let asked = gaussian(20, 5, seed: 30)
    let found = try space.neighbours(of: asked, by: [.euclidean])
    for point in 0..<20 {
      let expected = definition(asked.row(point), rows, .euclidean, excluding: out).prefix(5)
      #expect(found[point][0].neighbours.map(\.row) == expected.map(\.row))
    }
  }

  /// Small integers tie exactly; the lower row comes first, whatever the arithmetic.
  @Test(arguments: [2, 30]) func tiesComeByRow(_ points: Int) throws {
    var random = SeededRandom(seed: 5)
    func integers(_ rows: Int) -> Matrix<Float> {
      Matrix(
        rows: rows, columns: 3,
        elements: (0..<rows * 3).map { _ in Float(random.next(upperBound: UInt64(4))) })
    }
    let rows = integers(900)
    let space = try space(rows)
    let asked = integers(points)
    let found = try space.neighbours(of: asked, by: [.euclidean])
    for point in 0..<points {
      let own = found[point][0].identical.first
      let expected = definition(
        asked.row(point), rows, .euclidean, excluding: own.map { [$0] } ?? []
      ).prefix(5)
      #expect(found[point][0].neighbours.map(\.row) == expected.map(\.row), "point \(point)")
    }
  }

  /// A row near everything leads by cosine; CSLS takes its lead.
  @Test func cslsTakesTheLeadOfHubs() throws {
    var rows = gaussian(800, 400, seed: 8, shift: 0.4)
    for column in 0..<400 { rows[5, column] = 1 }
    let space = try space(rows)
    let asked = gaussian(60, 400, seed: 80, shift: 0.4)
    let found = try space.neighbours(of: asked, by: [.cosine, .csls])
    func leads(_ list: Int) -> Int { found.count { $0[list].neighbours[0].row == 5 } }
    #expect(leads(0) > 50)
    #expect(leads(1) < leads(0) / 2)
    let hub = try #require(found[0][0].neighbours.first { $0.row == 5 }).hub
    #expect(hub.times > 50 && hub.pValue < 1e-10)
    #expect(hub.occurrences <= hub.among)
  }

  /// A fresh row is as near as rows are: its standings are uniform on average.
  @Test func standingsOfFreshRowsAreUniform() throws {
    let all = gaussian(1600, 8, seed: 6)
    let space = try space(all.selecting(rows: Array(0..<1200)))
    let found = try space.neighbours(of: all.selecting(rows: Array(1200..<1600)), by: [.cosine, .euclidean])
    for list in 0..<2 {
      let standings = found.compactMap { $0[list].neighbours[2].standing?.percentile }
      #expect(standings.count == 400)
      // Deviation of a mean of 400 against 300 rows: 29 √(1/400 + 1/300) = 2.2.
      #expect(abs(standings.reduce(0, +) / 400 - 50) < 7)
    }
  }

  @Test func refusesWhatIsNoPoint() throws {
    let rows = gaussian(300, 4, seed: 1)
    let space = try space(rows)
    #expect(throws: GeometryError.width(point: 5, rows: 4)) {
      try space.neighbours(of: gaussian(1, 5, seed: 1))
    }
    var broken = gaussian(3, 4, seed: 2)
    broken[1, 2] = .nan
    #expect(throws: GeometryError.notFinite(matrix: "points", row: 1)) {
      try space.alarms(of: broken)
    }
    let zero = Matrix<Float>(rows: 1, columns: 4, repeating: 0)
    let found = try space.neighbours(of: zero, by: [.cosine, .euclidean])[0]
    #expect(found[0].reason?.contains("no direction") == true && found[0].neighbours.isEmpty)
    #expect(found[1].reason == nil && found[1].neighbours.count == 5)
    var bad = rows
    bad[17, 0] = .infinity
    #expect(throws: GeometryError.notFinite(matrix: "rows of the space", row: 17)) {
      try PointGeometry(bad)
    }
    bad[17, 0] = 1e20
    #expect(throws: GeometryError.self) { try PointGeometry(bad) }
  }

  @Test func tinySpacesAreNotEvaluable() throws {
    #expect(
      throws: GeometryError.tooFewTokens(
        measure: "p-values of 0.05 by a quarter of the rows", needed: 76, actual: 75)
    ) {
      try PointGeometry(gaussian(75, 4, seed: 1))
    }
    #expect(
      throws: GeometryError.tooFewTokens(
        measure: "neighbourhoods of 100 rows beside 30 held out", needed: 101, actual: 90)
    ) {
      try PointGeometry(gaussian(120, 4, seed: 1))
    }
    #expect(
      throws: GeometryError.decomposition(
        measure: "Mahalanobis distance", reason: "all 375 rows are equal")
    ) {
      try PointGeometry(Matrix(rows: 500, columns: 3, repeating: 2))
    }
    var options = PointOptions()
    options.neighbourhood = 10
    #expect(throws: GeometryError.self) { try PointGeometry(gaussian(500, 3, seed: 1), options) }
  }
}
