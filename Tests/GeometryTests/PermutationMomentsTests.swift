import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct PermutationMomentsTests {
  /// Mean and standard deviation of a value over all orders of `count` tokens.
  private func exhaustive(_ count: Int, _ value: ([Int]) throws -> Double) rethrows -> (
    mean: Double, deviation: Double
  ) {
    let values = try permutations(count).map(value)
    let mean = values.reduce(0, +) / Double(values.count)
    return (mean, (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)).squareRoot())
  }

  private var quick: Resampling {
    var options = Resampling()
    (options.permutations, options.bootstrapSamples) = (1, 2)
    return options
  }

  @Test func mutualNeighboursEqualAllPermutations() throws {
    try forSeeds(0..<3) { seed in
      for k in [1, 2, 4] {
        let (a, b) = (gaussian(6, 3, seed: seed, shift: 1), gaussian(6, 2, seed: seed + 40))
        let (graphA, graphB) = (try Neighbours.graph(of: a, k: k), try Neighbours.graph(of: b, k: k))
        let moments = PermutationMoments.mutualNeighbours(graphA, graphB)
        let expected = try exhaustive(6) { order in
          let graph = try Neighbours.graph(of: b.selecting(rows: order), k: k)
          return MutualNeighbours(graphA, graph, quick).perToken.reduce(0, +) / 6
        }
        #expect(isClose(moments.mean, expected.mean, 1e-12), "seed \(seed), k \(k)")
        #expect(isClose(moments.standardDeviation, expected.deviation, 1e-9), "seed \(seed), k \(k)")
      }
    }
  }

  @Test func biasedCKAEqualsAllPermutations() throws {
    try forSeeds(0..<3) { seed in
      let (a, b) = (gaussian(6, 3, seed: seed, shift: 1), gaussian(6, 2, seed: seed + 40))
      let moments = try #require(try PermutationMoments.biasedCKA(a, b))
      let expected = try exhaustive(6) { try CKA(a, b.selecting(rows: $0)).biased.value ?? .nan }
      #expect(isClose(moments.mean, expected.mean, 1e-6), "seed \(seed)")
      #expect(isClose(moments.standardDeviation, expected.deviation, 1e-6), "seed \(seed)")
      #expect(isClose(moments.mean, try CKA(a, b).biased.estimate?.null?.mean ?? .nan, 1e-6), "seed \(seed)")
    }
  }

  @Test func unbiasedCKAAndOrientationEqualAllPermutations() throws {
    let (a, b) = (gaussian(6, 3, seed: 1, shift: 1), gaussian(6, 2, seed: 41))
    let cka = try exhaustive(6) { try CKA(a, b.selecting(rows: $0)).unbiased.value ?? .nan }
    let moments = PermutationMoments.unbiasedCKA(count: 6)
    #expect(abs(cka.mean) < 1e-6 && isClose(moments.standardDeviation, cka.deviation, 1e-4))
    var options = RelativeOrientationOptions()
    options.spearman = .sampled(pairs: 40)
    let orientation = try exhaustive(6) {
      try RelativeOrientation(a, b.selecting(rows: $0), options).pearson.value ?? .nan
    }
    let known = try #require(try PermutationMoments.orientation(a, b))
    #expect(abs(orientation.mean) < 1e-6 && isClose(known.standardDeviation, orientation.deviation, 1e-5))
  }

  /// With real sizes no one can try all orders: the draws must scatter as the closed form says.
  @Test func drawsScatterAsTheClosedFormsSay() throws {
    var options = Resampling()
    (options.permutations, options.bootstrapSamples) = (1500, 2)
    // A shift makes hubs, which widen the null beyond independent tokens.
    let (a, b) = (gaussian(400, 40, seed: 1, shift: 0.2), gaussian(400, 30, seed: 2, shift: 0.2))
    let (graphA, graphB) = (
      try Neighbours.graph(of: a, k: 10, metric: .euclidean),
      try Neighbours.graph(of: b, k: 10, metric: .euclidean)
    )
    let null = try #require(MutualNeighbours(graphA, graphB, options).overlap.estimate?.null)
    let moments = PermutationMoments.mutualNeighbours(graphA, graphB)
    #expect(abs(null.mean - moments.mean) < 4 * moments.standardDeviation / 1500.0.squareRoot())
    #expect(isClose((null.standardDeviation ?? 0) / moments.standardDeviation, 1, 0.07))
    let independent = PermutationMoments.sharedNeighbours(count: 400, k: 10)
    #expect(isClose(independent.mean, moments.mean, 1e-12))
    #expect(moments.standardDeviation > 1.05 * independent.standardDeviation / 20)
    // One token's overlap is exactly hypergeometric.
    let share = MutualNeighbours(graphA, graphB, quick).perToken
    let variance = share.reduce(0) { $0 + ($1 - independent.mean) * ($1 - independent.mean) } / 400
    #expect(isClose(variance.squareRoot() / independent.standardDeviation, 1, 0.15))
  }

  @Test func canonicalCorrelationsFollowTheirLeverages() throws {
    let (a, b) = (gaussian(60, 4, seed: 3), gaussian(60, 3, seed: 4))
    var linear = LinearSimilarityOptions()
    linear.permutations = 1500
    let null = try #require(CanonicalCorrelation(a, b, linear).meanSquaredCCA.estimate?.null)
    let moments = PermutationMoments.canonicalSquares(leveragesA: leverages(a), leveragesB: leverages(b))
    #expect(isClose(moments.mean, 12.0 / 59, 1e-6))
    let scale = null.mean / moments.mean
    #expect(abs(scale - 1.0 / 3) < 0.02, "the mean over min(d_A, d_B) correlations")
    #expect(isClose((null.standardDeviation ?? 0) / (moments.standardDeviation / 3), 1, 0.08))
  }

  /// Diagonal of the projection on the centred columns (Gram–Schmidt).
  private func leverages(_ x: Matrix<Float>) -> [Double] {
    var basis: [[Double]] = []
    for column in 0..<x.columns {
      var v = (0..<x.rows).map { Double(x[$0, column]) }
      let mean = v.reduce(0, +) / Double(v.count)
      v = v.map { $0 - mean }
      for u in basis {
        let along = zip(u, v).reduce(0) { $0 + $1.0 * $1.1 }
        v = zip(v, u).map { $0 - along * $1 }
      }
      let norm = v.reduce(0) { $0 + $1 * $1 }.squareRoot()
      basis.append(v.map { $0 / norm })
    }
    return (0..<x.rows).map { row in basis.reduce(0) { $0 + $1[row] * $1[row] } }
  }

  @Test func momentsBoundAPValue() throws {
    let null = PermutationMoments(mean: 0.1, standardDeviation: 0.01).null(observed: 0.4)
    #expect(isClose(null.pValue, 0.0001 / (0.0001 + 0.09), 1e-12) && null.pValueIsBound)
    #expect(null.draws == 0 && null.sample == nil)
    #expect(
      try PermutationMoments.biasedCKA(gaussian(9, 2, seed: 1), Matrix(rows: 9, columns: 2, repeating: 1))
        == nil)
  }
}
