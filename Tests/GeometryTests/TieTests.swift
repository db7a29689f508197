import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

/// Equally near neighbours count as often as random choices among them would.
@Suite struct TieTests {
  /// Unrelated rows, of which the first are one and the same in each space.
  private func spaces(tied: Int, tokens: Int = 1500, seed: UInt64) -> (a: Matrix<Float>, b: Matrix<Float>) {
    func space(_ seed: UInt64) -> Matrix<Float> {
      var matrix = gaussian(tokens, 12, seed: seed)
      for row in 0..<tied { for column in 0..<12 { matrix[row, column] = Float(column % 3) + 1 } }
      return matrix
    }
    return (space(seed), space(seed + 1000))
  }

  /// 500 tied tokens choose 10 of the 499 others in each model, so 10/499 of them are shared; by row all were.
  @Test func tiedTokensAreNoAgreement() throws {
    var options = Resampling()
    (options.permutations, options.bootstrapSamples) = (199, 10)
    let (a, b) = spaces(tied: 500, seed: 1)
    let (graphA, graphB) = (try Neighbours.graph(of: a, k: 10), try Neighbours.graph(of: b, k: 10))
    let result = MutualNeighbours(graphA, graphB, options)
    let among = result.perToken[..<500].reduce(0, +) / 500
    // The deviation of one token's share is about √(0.02 · 0.98 / 10), 0.002 for the mean of 500.
    #expect(abs(among - 10.0 / 499) < 0.01, "\(among)")
    #expect((result.overlap.value ?? 1) < 0.02)
    #expect((CycleNeighbours(out: graphA, home: graphB, options).share.value ?? 1) < 0.3)
    #expect((NeighbourJaccard(graphA, graphB, options).overlap.value ?? 1) < 0.02)
  }

  @Test func whatIsEquallyFarIsNotEvaluable() throws {
    var options = Resampling()
    (options.permutations, options.bootstrapSamples) = (19, 10)
    let same = Matrix<Float>(rows: 60, columns: 4, repeating: 2)
    let (graph, other) = (
      try Neighbours.graph(of: same, k: 5), try Neighbours.graph(of: gaussian(60, 4, seed: 1), k: 5)
    )
    for (first, second, name) in [(graph, other, "first"), (other, graph, "second"), (graph, graph, "first")]
    {
      let reasons = [
        MutualNeighbours(first, second, options).overlap, NeighbourJaccard(first, second, options).overlap,
        RankSimilarity(first, second, options).similarity, CKNNA(first, second, options).alignment,
        CycleNeighbours(out: first, home: second, options).share,
      ].map(\.reason)
      for reason in reasons { #expect(reason?.contains("of the \(name) model are equally near") == true) }
    }
    #expect(Hubness(graph, options).skewness.reason?.contains("equally near") == true)
  }

  @Test func theOrderOfRowsDoesNotMatter() throws {
    var options = Resampling()
    (options.permutations, options.bootstrapSamples) = (5, 10)
    let untied = (a: gaussian(300, 6, seed: 3), b: gaussian(300, 6, seed: 4))
    var random = SeededRandom(seed: 9)
    let order = random.permutation(300)
    func overlap(_ a: Matrix<Float>, _ b: Matrix<Float>) throws -> MutualNeighbours {
      MutualNeighbours(try Neighbours.graph(of: a, k: 8), try Neighbours.graph(of: b, k: 8), options)
    }
    let (before, after) = (
      try overlap(untied.a, untied.b),
      try overlap(untied.a.selecting(rows: order), untied.b.selecting(rows: order))
    )
    #expect(after.perToken == order.map { before.perToken[$0] })
    // With ties only the draw among them changes.
    let (a, b) = spaces(tied: 400, tokens: 1200, seed: 5)
    let shuffled = random.permutation(1200)
    let (one, two) = (
      try overlap(a, b), try overlap(a.selecting(rows: shuffled), b.selecting(rows: shuffled))
    )
    #expect(abs((one.overlap.value ?? 0) - (two.overlap.value ?? 1)) < 0.004)
  }
}
