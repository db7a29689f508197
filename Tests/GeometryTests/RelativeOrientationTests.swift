import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct RelativeOrientationTests {
  /// Few pairs for Spearman, where only Pearson is looked at.
  private var quick: RelativeOrientationOptions {
    var options = RelativeOrientationOptions()
    options.spearman = .sampled(pairs: 400)
    return options
  }

  @Test func equalsScipyOnAllPairs() throws {
    let golden = try Golden.load()
    var options = RelativeOrientationOptions()
    options.spearman = .sampled(pairs: 100_000)
    let result = try RelativeOrientation(golden.matrixA, golden.matrixB, options)
    #expect(isClose(result.pearson.value, golden.pearson, 1e-6))
    #expect(result.pairs == golden.n * (golden.n - 1) / 2)
    for (row, expected) in golden.rowPearson.enumerated() {
      #expect(isClose(result.perToken[row], expected, 1e-4), "row \(row)")
    }
    let spearman = try #require(result.spearman.estimate)
    #expect(abs(spearman.value - golden.spearmanAllPairs) < 0.015)
    // Both are over tokens, so they are of one size; over independent pairs it would be ten times smaller.
    let ratio = (spearman.standardError ?? 0) / (result.pearson.estimate?.standardError ?? 0)
    #expect(ratio > 0.5 && ratio < 2)
  }

  @Test func closedFormEqualsBruteForce() throws {
    try forSeeds(0..<5) { seed in
      let a = gaussian(40, 7, seed: seed, shift: 0.5)
      let b = gaussian(40, 5, seed: seed + 100, shift: -0.2)
      let brute = pearson(
        offDiagonal(cosineMatrix(unitRows(a))), offDiagonal(cosineMatrix(unitRows(b))))
      let result = try RelativeOrientation(a, b, quick)
      #expect(isClose(result.pearson.value, brute, 3e-8), "seed \(seed)")
    }
  }

  @Test func nullMomentsEqualThoseOfAllPermutations() throws {
    try forSeeds(0..<3) { seed in
      let a = gaussian(6, 4, seed: seed, shift: 0.7)
      let b = gaussian(6, 3, seed: seed + 50, shift: 0.3)
      let (cosinesA, cosinesB) = (cosineMatrix(unitRows(a)), cosineMatrix(unitRows(b)))
      let draws = permutations(6).map {
        pearson(offDiagonal(cosinesA), offDiagonal(cosinesB, order: $0)) ?? 0
      }
      let mean = draws.reduce(0, +) / 720
      let deviation = (draws.reduce(0) { $0 + $1 * $1 } / 720).squareRoot()
      let null = try #require(try RelativeOrientation(a, b, quick).pearson.estimate?.null)
      #expect(abs(mean) < 1e-12 && null.mean == 0, "seed \(seed)")
      #expect(isClose(null.standardDeviation, deviation, 1e-6), "seed \(seed)")
    }
  }

  @Test func theCantelliBoundHoldsOverAllPermutations() throws {
    let (a, b) = (gaussian(6, 4, seed: 8), gaussian(6, 3, seed: 9))
    let (cosinesA, cosinesB) = (cosineMatrix(unitRows(a)), cosineMatrix(unitRows(b)))
    let observed = pearson(offDiagonal(cosinesA), offDiagonal(cosinesB)) ?? 0
    let exceeding = permutations(6).count {
      (pearson(offDiagonal(cosinesA), offDiagonal(cosinesB, order: $0)) ?? 0) >= observed - 1e-12
    }
    let null = try #require(try RelativeOrientation(a, b, quick).pearson.estimate?.null)
    #expect(null.pValueIsBound)
    #expect(try #require(null.pValue) >= Double(exceeding) / 720)
  }

  @Test func jackknifeEqualsLeavingEachTokenOut() throws {
    let a = gaussian(25, 6, seed: 3, shift: 0.4)
    let b = gaussian(25, 8, seed: 3, shift: 0.1)
    let left = try (0..<25).map { out in
      let rows = (0..<25).filter { $0 != out }
      return try #require(
        RelativeOrientation(a.selecting(rows: rows), b.selecting(rows: rows), quick).pearson.value)
    }
    let mean = left.reduce(0, +) / 25
    let error = (24.0 / 25 * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    let unrelated = try #require(try PermutationMoments.orientation(a, b)).standardDeviation
    #expect(
      isClose(
        try RelativeOrientation(a, b, quick).pearson.estimate?.standardError,
        counted(error, unrelated: unrelated), 1e-5))
  }

  @Test func rotationAndRowLengthsDoNotMatter() throws {
    try forSeeds(0..<3) { seed in
      let a = gaussian(60, 6, seed: seed, shift: 0.3)
      var turned = product(a, orthonormalRows(6, 10, seed: seed + 7))
      for i in 0..<60 { for j in 0..<10 { turned[i, j] *= Float(1 + i % 5) } }
      let result = try RelativeOrientation(a, turned, quick)
      #expect(isClose(result.pearson.value, 1, 1e-6), "seed \(seed)")
      #expect(result.perToken.allSatisfy { isClose($0, 1, 1e-4) }, "seed \(seed)")
    }
  }

  @Test func unrelatedModelsFallWithinTheNull() throws {
    let estimate = try #require(
      RelativeOrientation(gaussian(400, 8, seed: 1), gaussian(400, 8, seed: 2), quick).pearson.estimate)
    let deviation = try #require(estimate.null?.standardDeviation)
    #expect(abs(estimate.value) < 5 * deviation)
    #expect(estimate.null?.calibrated == 0)
  }

  @Test func saysWhyThereIsNoNumber() throws {
    let three = try RelativeOrientation(gaussian(3, 4, seed: 1), gaussian(3, 4, seed: 2), quick)
    #expect(three.pearson.reason?.contains("got 3") == true)
    let same = Matrix<Float>(rows: 10, columns: 2, repeating: 1)
    #expect(try RelativeOrientation(same, gaussian(10, 2, seed: 1), quick).pearson.value == nil)
    var zeros = gaussian(10, 3, seed: 4)
    for column in 0..<3 { zeros[2, column] = 0 }
    let partial = try RelativeOrientation(zeros, gaussian(10, 3, seed: 5), quick)
    #expect(partial.zeroRows == 1 && partial.perToken[2] == nil && partial.pearson.estimate?.n == 9)
    zeros[3, 1] = .nan
    #expect(throws: GeometryError.notFinite(matrix: "first model", row: 3)) {
      try RelativeOrientation(zeros, gaussian(10, 3, seed: 5), quick)
    }
  }
}
