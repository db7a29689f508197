import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct GraphMeasureTests {
  /// Few draws, where only the value is looked at.
  private var quick: Resampling {
    var options = Resampling()
    options.permutations = 3
    options.bootstrapSamples = 20
    return options
  }

  private func graphs(_ golden: GoldenGraphs) throws -> (a: NeighbourGraph, b: NeighbourGraph) {
    (
      try Neighbours.graph(of: golden.matrixA, k: golden.k),
      try Neighbours.graph(of: golden.matrixB, k: golden.k)
    )
  }

  private func agree(_ found: [Double], _ expected: [Double], _ tolerance: Double) -> Bool {
    found.count == expected.count
      && zip(found, expected).allSatisfy { abs($0.0 - $0.1) <= tolerance }
  }

  @Test func equalNumpy() throws {
    let golden = try GoldenGraphs.load()
    let (a, b) = try graphs(golden)
    let jaccard = NeighbourJaccard(a, b, quick)
    #expect(agree(jaccard.perToken, golden.jaccard, 1e-12))
    #expect(isClose(jaccard.expectedByChance, golden.jaccardByChance, 1e-12))
    #expect(isClose(jaccard.overlap.value, golden.jaccard.reduce(0, +) / 300, 1e-12))
    #expect(agree(RankSimilarity(a, b, quick).perToken, golden.rankSimilarity, 1e-12))
    let second = try SecondOrderCosine(golden.matrixA, a, golden.matrixB, b, quick)
    #expect(agree(second.perToken, golden.secondOrder, 1e-6))
    #expect(agree(CycleNeighbours(out: b, home: a, quick).perToken, golden.cycleOutBHomeA, 0))
    #expect(isClose(CKNNA(a, b, quick).alignment.value, golden.cknna, 1e-5))
    let hubness = Hubness(a, quick)
    #expect(hubness.occurrences == golden.occurrences)
    #expect(isClose(hubness.skewness.value, golden.hubness, 1e-12))
  }

  @Test func rotationAndRowLengthsDoNotMatter() throws {
    try forSeeds(0..<2) { seed in
      let a = gaussian(90, 5, seed: seed, shift: 0.3)
      let b = gaussian(90, 4, seed: seed + 50)
      var turned = product(a, orthonormalRows(5, 8, seed: seed + 7))
      for i in 0..<90 { for j in 0..<8 { turned[i, j] *= Float(1 + i % 5) } }
      let graphs = try [a, turned, b].map { try Neighbours.graph(of: $0, k: 6) }
      let (one, two, other) = (graphs[0], graphs[1], graphs[2])
      #expect(NeighbourJaccard(one, other, quick) == NeighbourJaccard(two, other, quick), "seed \(seed)")
      #expect(RankSimilarity(one, other, quick) == RankSimilarity(two, other, quick), "seed \(seed)")
      #expect(
        CycleNeighbours(out: one, home: other, quick) == CycleNeighbours(out: two, home: other, quick),
        "seed \(seed)")
      #expect(Hubness(one, quick) == Hubness(two, quick), "seed \(seed)")
      let plain = try SecondOrderCosine(a, one, b, other, quick)
      let moved = try SecondOrderCosine(turned, two, b, other, quick)
      #expect(agree(plain.perToken, moved.perToken, 1e-5), "seed \(seed)")
      #expect(
        isClose(
          CKNNA(one, other, quick).alignment.value, CKNNA(two, other, quick).alignment.value ?? .nan, 1e-4),
        "seed \(seed)")
    }
  }

  @Test func areSymmetricButForTheCycle() throws {
    let golden = try GoldenGraphs.load()
    let (a, b) = try graphs(golden)
    #expect(NeighbourJaccard(a, b, quick).perToken == NeighbourJaccard(b, a, quick).perToken)
    #expect(agree(RankSimilarity(a, b, quick).perToken, RankSimilarity(b, a, quick).perToken, 1e-12))
    #expect(isClose(CKNNA(a, b, quick).alignment.value, CKNNA(b, a, quick).alignment.value ?? .nan, 1e-12))
    let there = CycleNeighbours(out: a, home: b, quick)
    #expect(there.perToken != CycleNeighbours(out: b, home: a, quick).perToken)
  }

  @Test func aCopySharesEverything() throws {
    let matrix = gaussian(120, 5, seed: 3)
    let graph = try Neighbours.graph(of: matrix, k: 6)
    let all = [
      NeighbourJaccard(graph, graph).overlap, RankSimilarity(graph, graph).similarity,
      try SecondOrderCosine(matrix, graph, matrix, graph).similarity, CKNNA(graph, graph).alignment,
    ]
    for evaluation in all {
      let estimate = try #require(evaluation.estimate)
      #expect(isClose(estimate.value, 1, 1e-6))
      #expect(estimate.null?.pValue == 1.0 / 201)
      #expect(isClose(estimate.null?.calibrated, 1, 1e-6))
    }
  }

  @Test func unrelatedModelsFallWithinTheNull() throws {
    var options = Resampling()
    options.permutations = 400
    let (a, b) = (gaussian(200, 5, seed: 1), gaussian(200, 5, seed: 2))
    let graphA = try Neighbours.graph(of: a, k: 50)
    let graphB = try Neighbours.graph(of: b, k: 50)
    let jaccard = NeighbourJaccard(graphA, graphB, k: 10, options)
    let null = try #require(jaccard.overlap.estimate?.null)
    #expect(abs(null.mean - jaccard.expectedByChance) < 4 * (null.standardDeviation ?? 0) / 20)
    let all = [
      (jaccard.overlap, hasInterval: false),
      (RankSimilarity(graphA, graphB, k: 10, options).similarity, false),
      (try SecondOrderCosine(a, graphA, b, graphB, k: 10, options).similarity, true),
      (CycleNeighbours(out: graphA, home: graphB, k: 10, options).share, false),
      (CKNNA(graphA, graphB, k: 10, options).alignment, true),
    ]
    for (evaluation, hasInterval) in all {
      let estimate = try #require(evaluation.estimate)
      let null = try #require(estimate.null)
      #expect(try #require(null.pValue) > 0.005)
      #expect(abs(estimate.value - null.mean) < 5 * (null.standardDeviation ?? 0))
      #expect((estimate.lower != nil) == hasInterval && (estimate.upper != nil) == hasInterval)
      #expect((estimate.lower ?? -1) <= estimate.value && estimate.value <= (estimate.upper ?? 1))
    }
  }

  /// With more than 4096 tokens, a draw of the null looks at a random part of them.
  @Test func theNullOfManyTokensStandsWhereThatOfAllDoes() throws {
    var options = quick
    options.permutations = 20
    let (a, b) = (gaussian(4300, 4, seed: 1, shift: 0.5), gaussian(4300, 4, seed: 2, shift: 0.5))
    let (graphA, graphB) = (try Neighbours.graph(of: a, k: 4), try Neighbours.graph(of: b, k: 4))
    let result = try SecondOrderCosine(a, graphA, b, graphB, options)
    let estimate = try #require(result.similarity.estimate)
    let null = try #require(estimate.null)
    let deviation = try #require(null.standardDeviation)
    #expect(abs(estimate.value - null.mean) < 5 * deviation && deviation < 0.01)
    #expect(result == (try SecondOrderCosine(a, graphA, b, graphB, options)))
  }

  @Test func cknnaEqualsDenseKernels() throws {
    let (a, b) = (gaussian(25, 3, seed: 4, shift: 0.5), gaussian(25, 3, seed: 5, shift: 0.5))
    let mixed = Matrix<Float>(
      rows: 25, columns: 3, elements: zip(a.elements, b.elements).map { $0 + 0.3 * $1 })
    let graphA = try Neighbours.graph(of: a, k: 5)
    let graphB = try Neighbours.graph(of: mixed, k: 5)
    let estimate = try #require(CKNNA(graphA, graphB, quick).alignment.estimate)
    #expect(isClose(estimate.value, denseCKNNA(graphA, graphB), 1e-9))
    #expect(estimate.lower == nil, "without a margin there is no interval")
  }

  /// From dense masked kernels.
  private func denseCKNNA(_ a: NeighbourGraph, _ b: NeighbourGraph) -> Double {
    let rows = 0..<a.count
    func kernel(_ graph: NeighbourGraph, mask: NeighbourGraph) -> [[Double]] {
      rows.map { i in
        rows.map { j in
          guard mask.neighbours(i).contains(Int32(j)),
            let position = graph.neighbours(i).firstIndex(of: Int32(j))
          else { return 0 }
          return Double(graph.similarities[position])
        }
      }
    }
    func hsic(_ x: [[Double]], _ y: [[Double]]) -> Double {
      let n = Double(rows.count)
      var (trace, product, sumX, sumY) = (0.0, 0.0, 0.0, 0.0)
      for i in rows.indices {
        for j in rows.indices {
          trace += x[i][j] * y[j][i]
          sumX += x[i][j]
          sumY += y[i][j]
          for m in rows.indices { product += (x[i][m] * y[m][j] + y[i][m] * x[m][j]) / 2 }
        }
      }
      return (trace + sumX * sumY / ((n - 1) * (n - 2)) - 2 * product / (n - 2)) / (n * (n - 3))
    }
    let joint = hsic(kernel(a, mask: b), kernel(b, mask: a))
    let (ownA, ownB) = (kernel(a, mask: a), kernel(b, mask: b))
    return joint / (hsic(ownA, ownA) * hsic(ownB, ownB)).squareRoot()
  }

  /// Every token but the first has the first as its neighbour.
  @Test func aStarHasOneHub() throws {
    let n = 50
    let star = NeighbourGraph(
      queries: Array(0..<n), candidates: n, k: 1, metric: .cosine,
      indices: (0..<n).map { $0 == 0 ? 1 : 0 }, similarities: Array(repeating: 0.5, count: n))
    let hubness = Hubness(star)
    #expect(hubness.largest == n - 1 && hubness.occurrences[1] == 1)
    #expect(isClose(hubness.antihubShare, Double(n - 2) / Double(n), 1e-12))
    let estimate = try #require(hubness.skewness.estimate)
    #expect(estimate.value > 6)
    let p = 1 / Double(n - 1)
    #expect(isClose(estimate.null?.mean, (1 - 2 * p) / (Double(n - 1) * p * (1 - p)).squareRoot(), 1e-12))
    let ring = NeighbourGraph(
      queries: Array(0..<n), candidates: n, k: 1, metric: .cosine,
      indices: (0..<n).map { Int32(($0 + 1) % n) }, similarities: Array(repeating: 0.5, count: n))
    #expect(Hubness(ring).skewness.reason == "every token occurs 1 times")
  }

  @Test func aTokenWithoutDirectionCountsNothing() throws {
    var a = gaussian(40, 4, seed: 1)
    for column in 0..<4 { a[5, column] = 0 }
    let b = gaussian(40, 4, seed: 2)
    let result = try SecondOrderCosine(
      a, try Neighbours.graph(of: a, k: 4), b, try Neighbours.graph(of: b, k: 4), quick)
    #expect(result.perToken[5] == 0)
    let graph = try Neighbours.graph(of: b, k: 4)
    a[7, 1] = .nan
    #expect(throws: GeometryError.notFinite(matrix: "first model", row: 7)) {
      try SecondOrderCosine(a, graph, b, graph, quick)
    }
  }
}
