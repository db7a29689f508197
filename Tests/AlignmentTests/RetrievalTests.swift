import Alignment
import Files
import LinearAlgebra
import Tensors
import TestSupport
import Testing

@Suite struct RetrievalTests {
  @Test(arguments: [(30, 30, 4), (300, 1100, 16), (257, 1025, 8)])
  func ranksMatchTheDefinition(queries: Int, candidates: Int, width: Int) throws {
    let x = randomMatrix(queries, width, seed: 1)
    let y = randomMatrix(candidates, width, seed: 2)
    let truth = (0..<queries).map { ($0 * 7) % candidates }
    let ranks = try retrievalRanks(queries: x, candidates: y, truth: truth, neighbours: 10)
    let (nearest, csls) = slowRanks(x, y, truth, k: 10)
    // A pair of scores that Float rounding cannot tell apart may move a rank by one.
    #expect(zip(ranks.nearestNeighbour, nearest).count { $0.above != $1 } <= 1)
    #expect(zip(ranks.csls, csls).count { $0.above != $1 } <= 1)
    #expect(ranks.nearestNeighbour.allSatisfy { $0.ties <= 1 })
  }

  @Test func permutedCopyIsFoundThroughASeedDictionary() throws {
    try forSeeds(0..<3) { seed in
      let x = randomMatrix(400, 12, seed: seed)
      var random = SeededRandom(seed: seed + 1)
      let order = random.permutation(400)
      let y = x.selecting(rows: order)
      // The dictionary: position i of y is token order[i] of x.
      let fitted = try Procrustes(scaling: false).fit(
        source: x.selecting(rows: Array(order[..<100])), target: y.selecting(rows: Array(0..<100)))
      let ranks = try retrievalRanks(
        queries: fitted.map.applied(toPoints: x.selecting(rows: Array(order[100...]))), candidates: y,
        truth: Array(100..<400))
      #expect(ranks.nearestNeighbour.allSatisfy { $0 == RetrievalRank(above: 0, ties: 0) }, "seed \(seed)")
      #expect(ranks.csls.allSatisfy { $0 == RetrievalRank(above: 0, ties: 0) }, "seed \(seed)")
    }
  }

  @Test func aHubLosesByCSLS() throws {
    // Candidate 0 lies near all queries; each query has its own match a little further off.
    var queries = Matrix<Float>(rows: 6, columns: 7, repeating: 0)
    var candidates = Matrix<Float>(rows: 7, columns: 7, repeating: 0)
    candidates[0, 0] = 1
    for i in 0..<6 {
      queries[i, 0] = 1
      queries[i, i + 1] = 0.9
      candidates[i + 1, i + 1] = 1
    }
    let ranks = try retrievalRanks(
      queries: queries, candidates: candidates, truth: Array(1...6), neighbours: 3)
    #expect(ranks.nearestNeighbour.allSatisfy { $0.above == 1 })
    #expect(ranks.csls.allSatisfy { $0.above == 0 })
  }

  @Test func tiesAreBrokenByChance() throws {
    let point = Matrix<Float>(rows: 20, columns: 3, repeating: 1)
    let ranks = try retrievalRanks(
      queries: point, candidates: point, truth: Array(0..<20))
    #expect(ranks.nearestNeighbour.allSatisfy { $0 == RetrievalRank(above: 0, ties: 19) })
    #expect(ranks.csls.allSatisfy { abs($0.hit(at: 1) - 1.0 / 20) < 1e-12 })
    #expect(RetrievalRank(above: 2, ties: 3).hit(at: 1) == 0)
    #expect(RetrievalRank(above: 2, ties: 3).hit(at: 4) == 0.5)
    #expect(RetrievalRank(above: 2, ties: 0).hit(at: 3) == 1)
  }

  @Test func optionsThatCannotBeAreRefused() throws {
    let (x, y) = (randomMatrix(12, 3, seed: 1), randomMatrix(12, 3, seed: 2))
    #expect(
      throws: AlignmentError.option(name: "cslsNeighbours", expected: "1 or more", actual: "0")
    ) { try retrievalRanks(queries: x, candidates: y, truth: Array(0..<12), neighbours: 0) }
    let map = try Procrustes(scaling: false).fit(source: x, target: y)
    for change: (inout ScoringOptions) -> Void in [
      { $0.cslsNeighbours = 0 }, { $0.candidates = .vocabulary },
    ] {
      var options = ScoringOptions()
      change(&options)
      let error = #expect(throws: AlignmentError.self) {
        try map.scores(source: x, target: y, heldOut: [0, 1, 2], options: options)
      }
      #expect(error?.kind == .usage)
    }
  }

  private func slowRanks(
    _ x: Matrix<Float>, _ y: Matrix<Float>, _ truth: [Int], k: Int
  ) -> (nearest: [Int], csls: [Int]) {
    func cosine(_ i: Int, _ j: Int) -> Double {
      var (product, a, b) = (0.0, 0.0, 0.0)
      for c in 0..<x.columns {
        product += Double(x[i, c]) * Double(y[j, c])
        a += Double(x[i, c]) * Double(x[i, c])
        b += Double(y[j, c]) * Double(y[j, c])
      }
      return product / (a * b).squareRoot()
    }
    let scores = (0..<x.rows).map { i in (0..<y.rows).map { cosine(i, $0) } }
    func mean(_ values: [Double]) -> Double { values.sorted(by: >).prefix(k).reduce(0, +) / Double(k) }
    let rows = scores.map(mean)
    let columns = (0..<y.rows).map { j in mean(scores.map { $0[j] }) }
    let csls = scores.indices.map { i in
      scores[i].indices.map { 2 * scores[i][$0] - rows[i] - columns[$0] }
    }
    func ranks(_ table: [[Double]]) -> [Int] {
      table.indices.map { i in table[i].count { $0 > table[i][truth[i]] } }
    }
    return (ranks(scores), ranks(csls))
  }
}
