import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct AllPairsSpearmanTests {
  private func bits(_ bits: Int) -> AllPairsSpearmanOptions {
    var options = AllPairsSpearmanOptions()
    options.bits = bits
    return options
  }

  /// Two views of one cloud, so that ranks agree in part.
  private func pair(_ rows: Int, seed: UInt64) -> (Matrix<Float>, Matrix<Float>) {
    let a = gaussian(rows, 6, seed: seed, shift: 0.4)
    var b = product(a, gaussian(6, 5, seed: seed + 1000))
    let noise = gaussian(rows, 5, seed: seed + 2000)
    for i in b.elements.indices { b.elements[i] += noise.elements[i] }
    return (a, b)
  }

  private func brute(_ a: Matrix<Float>, _ b: Matrix<Float>) -> Double? {
    spearman(offDiagonal(cosineMatrix(unitRows(a))), offDiagonal(cosineMatrix(unitRows(b))))
  }

  @Test func equalsScipy() throws {
    let golden = try GoldenGraphs.load()
    let result = try AllPairsSpearman(golden.matrixA, golden.matrixB)
    let binning = try #require(result.binning)
    #expect(result.pairs == 300 * 299 / 2 && result.correlation.estimate?.n == 300)
    #expect(isClose(result.correlation.value, golden.spearman, 1e-6))
    #expect(binning.lower < golden.spearman && golden.spearman < binning.upper)
    #expect(binning.worstCase < 1e-3 && binning.expected < 1e-5)
  }

  /// Three tiles a model, the last ones narrow.
  @Test func tilesCoverEachPairOnce() throws {
    let (a, b) = pair(700, seed: 5)
    let result = try AllPairsSpearman(a, b)
    #expect(isClose(result.correlation.value, brute(a, b), 1e-6))
  }

  @Test(arguments: [4, 6, 8, 12]) func theBoundHolds(_ bits: Int) throws {
    try forSeeds(0..<4) { seed in
      let (a, b) = pair(60, seed: seed)
      let truth = try #require(brute(a, b))
      let result = try AllPairsSpearman(a, b, self.bits(bits))
      let binning = try #require(result.binning)
      let value = try #require(result.correlation.value)
      #expect(binning.lower <= truth && truth <= binning.upper, "seed \(seed)")
      #expect(abs(value - truth) <= binning.worstCase, "seed \(seed)")
      #expect(binning.worstCase < 8 / Double(1 << bits), "seed \(seed)")
      #expect(binning.bins == 1 << bits && binning.expected <= binning.worstCase)
    }
  }

  @Test func moreBinsTightenTheBound() throws {
    let (a, b) = pair(60, seed: 9)
    let coarse = try #require(try AllPairsSpearman(a, b, bits(4)).binning)
    let fine = try #require(try AllPairsSpearman(a, b, bits(16)).binning)
    #expect(coarse.worstCase > 0.05 && fine.worstCase < 1e-3)
    #expect(coarse.lower < fine.lower && fine.upper < coarse.upper)
  }

  /// (u, c)/√(1 + c²) maps every cosine x to (x + c²)/(1 + c²).
  @Test func aMonotoneMapOfTheCosinesChangesNothing() throws {
    let (a, b) = pair(120, seed: 3)
    let unit = unitRows(b)
    let longer = Matrix<Float>(
      rows: 120, columns: 6, elements: (0..<120).flatMap { unit.row($0) + [2] })
    let plain = try #require(try AllPairsSpearman(a, b).correlation.value)
    let mapped = try AllPairsSpearman(a, longer)
    #expect(isClose(mapped.correlation.value, plain, 2e-5))
  }

  @Test func doesNotDependOnOrder() throws {
    let (a, b) = pair(600, seed: 4)
    let value = try #require(try AllPairsSpearman(a, b).correlation.value)
    #expect(isClose(try AllPairsSpearman(b, a).correlation.value, value, 1e-12))
    var random = SeededRandom(seed: 8)
    let order = random.permutation(600)
    let moved = try AllPairsSpearman(a.selecting(rows: order), b.selecting(rows: order))
    #expect(isClose(moved.correlation.value, value, 1e-6))
  }

  @Test func aTurnedCopyGivesOne() throws {
    let a = gaussian(200, 6, seed: 7, shift: 0.2)
    #expect(try AllPairsSpearman(a, a).correlation.value == 1)
    var turned = product(a, orthonormalRows(6, 9, seed: 8))
    for i in turned.elements.indices { turned.elements[i] *= 3 }
    #expect(isClose(try AllPairsSpearman(a, turned).correlation.value, 1, 1e-6))
  }

  @Test func theSameBitsEveryTime() throws {
    let (a, b) = pair(1600, seed: 6)
    let first = try AllPairsSpearman(a, b)
    for _ in 0..<4 { #expect(try AllPairsSpearman(a, b) == first) }
  }

  @Test func jackknifeEqualsLeavingEachTokenOut() throws {
    let (a, b) = pair(30, seed: 2)
    let (ranksA, ranksB) = (rankMatrix(a), rankMatrix(b))
    let left = try (0..<30).map { out in
      let rows = (0..<30).filter { $0 != out }
      return try #require(
        pearson(offDiagonal(ranksA, order: rows), offDiagonal(ranksB, order: rows)))
    }
    let mean = left.reduce(0, +) / 30
    let error = (29.0 / 30 * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    let estimate = try #require(try AllPairsSpearman(a, b).correlation.estimate)
    let unrelated = try #require(estimate.null?.standardDeviation)
    #expect(isClose(estimate.standardError, counted(error, unrelated: unrelated), 1e-5))
  }

  @Test func nullMomentsEqualThoseOfAllPermutations() throws {
    let (a, b) = (gaussian(6, 4, seed: 1, shift: 0.7), gaussian(6, 3, seed: 51, shift: 0.3))
    let (ranksA, ranksB) = (rankMatrix(a), rankMatrix(b))
    let draws = permutations(6).map {
      pearson(offDiagonal(ranksA), offDiagonal(ranksB, order: $0)) ?? 0
    }
    let deviation = (draws.reduce(0) { $0 + $1 * $1 } / 720).squareRoot()
    let null = try #require(try AllPairsSpearman(a, b).correlation.estimate?.null)
    #expect(isClose(null.standardDeviation, deviation, 1e-9) && null.mean == 0)
  }

  @Test func relativeOrientationTakesIt() throws {
    let (a, b) = pair(80, seed: 11)
    var options = RelativeOrientationOptions()
    options.spearman = .exact
    let orientation = try RelativeOrientation(a, b, options)
    #expect(orientation.spearman == (try AllPairsSpearman(a, b).correlation))
  }

  @Test func saysWhyThereIsNoNumber() throws {
    let three = try AllPairsSpearman(gaussian(3, 4, seed: 1), gaussian(3, 4, seed: 2))
    #expect(three.correlation.reason?.contains("got 3") == true && three.binning == nil)
    let same = Matrix<Float>(rows: 10, columns: 2, repeating: 1)
    #expect(try AllPairsSpearman(same, gaussian(10, 2, seed: 1)).correlation.reason != nil)
    var zeros = gaussian(10, 3, seed: 4)
    for column in 0..<3 { zeros[2, column] = 0 }
    let partial = try AllPairsSpearman(zeros, gaussian(10, 3, seed: 5))
    #expect(partial.zeroRows == 1 && partial.pairs == 36 && partial.correlation.estimate?.n == 9)
    zeros[3, 1] = .infinity
    #expect(throws: GeometryError.notFinite(matrix: "second model", row: 3)) {
      try AllPairsSpearman(gaussian(10, 3, seed: 5), zeros)
    }
  }

  /// Average ranks of a model's cosines, pair by pair.
  private func rankMatrix(_ a: Matrix<Float>) -> [[Double]] {
    let cosines = cosineMatrix(unitRows(a))
    let pairs = cosines.indices.flatMap { i in (0..<i).map { (i, $0) } }
    let ranks = averageRanks(pairs.map { cosines[$0.0][$0.1] })
    var matrix = cosines
    for ((i, j), rank) in zip(pairs, ranks) {
      matrix[i][j] = rank
      matrix[j][i] = rank
    }
    return matrix
  }

  /// A row of another size than all others leads the mean away: centred, all others lie in one narrow cone.
  @Test(arguments: [1.0, 1e3, 1e6]) func oneHeavyRowDoesNotEmptyTheBins(_ factor: Double) throws {
    let (a, b) = pair(300, seed: 6)
    func heavy(_ x: Matrix<Float>) -> Matrix<Float> {
      var x = x
      for i in x.range(ofRow: 5) { x.elements[i] = Float(Double(x.elements[i]) * factor) }
      return x.centred()
    }
    func cosines(_ x: Matrix<Float>) -> [Double] {
      (0..<x.rows).flatMap { i in
        (i + 1..<x.rows).map { j in
          let (u, v) = (x.row(i).map(Double.init), x.row(j).map(Double.init))
          func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
          return product(u, v) / (product(u, u) * product(v, v)).squareRoot()
        }
      }
    }
    let (x, y) = (heavy(a), heavy(b))
    let expected = try #require(spearman(cosines(x), cosines(y)))
    let found = try AllPairsSpearman(x, y)
    let binning = try #require(found.binning)
    #expect(abs(try #require(found.correlation.value) - expected) < 1e-3)
    #expect(binning.lower <= expected && expected <= binning.upper && binning.worstCase < 0.02)
    #expect(try RelativeOrientation(x, y, exact).binning == binning)
  }

  private var exact: RelativeOrientationOptions {
    var options = RelativeOrientationOptions()
    options.spearman = .exact
    return options
  }
}
