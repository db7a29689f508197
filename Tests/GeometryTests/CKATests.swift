import Foundation
import Geometry
import Statistics
import Tensors
import TestSupport
import Testing

@Suite struct CKATests {
  @Test func equalsTheKernelFormulas() throws {
    let golden = try Golden.load()
    let result = try CKA(golden.matrixA, golden.matrixB)
    #expect(isClose(result.unbiased.value, golden.ckaUnbiased, 1e-12))
    #expect(isClose(result.biased.value, golden.ckaBiased, 1e-12))
  }

  @Test func rotationShiftAndScaleDoNotMatter() throws {
    try forSeeds(0..<3) { seed in
      let a = gaussian(50, 6, seed: seed)
      var moved = product(a, orthonormalRows(6, 9, seed: seed + 3))
      for i in moved.elements.indices { moved.elements[i] = 3 * moved.elements[i] + 2 }
      let result = try CKA(a, moved)
      #expect(isClose(result.unbiased.value, 1, 1e-5), "seed \(seed)")
      #expect(isClose(result.biased.value, 1, 1e-5), "seed \(seed)")
    }
  }

  @Test func nullMomentsEqualThoseOfAllPermutations() throws {
    let (a, b) = (gaussian(6, 4, seed: 1, shift: 1), gaussian(6, 3, seed: 2))
    let draws = try permutations(6).map { try CKA(a, b.selecting(rows: $0)) }
    let unbiased = try draws.map { try #require($0.unbiased.value) }
    let biased = try draws.map { try #require($0.biased.value) }
    let result = try CKA(a, b)
    let deviation = (unbiased.reduce(0) { $0 + $1 * $1 } / 720).squareRoot()
    #expect(abs(unbiased.reduce(0, +) / 720) < 1e-9)
    #expect(isClose(result.unbiased.estimate?.null?.standardDeviation, deviation, 1e-9))
    #expect(isClose(result.biased.estimate?.null?.mean, biased.reduce(0, +) / 720, 1e-9))
  }

  @Test func jackknifeEqualsLeavingEachTokenOut() throws {
    let (a, b) = (gaussian(20, 5, seed: 5, shift: 0.5), gaussian(20, 4, seed: 5))
    let left = try (0..<20).map { out in
      let rows = (0..<20).filter { $0 != out }
      return try #require(CKA(a.selecting(rows: rows), b.selecting(rows: rows)).unbiased.value)
    }
    let mean = left.reduce(0, +) / 20
    let error = (19.0 / 20 * left.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
    let unrelated = PermutationMoments.unbiasedCKA(count: a.rows).standardDeviation
    let expected = counted(error, unrelated: unrelated)
    #expect(isClose(try CKA(a, b).unbiased.estimate?.standardError, expected, 1e-4))
  }

  @Test func independentCloudsScoreNothingUnbiased() throws {
    let result = try CKA(gaussian(300, 30, seed: 11), gaussian(300, 30, seed: 12))
    #expect(abs(try #require(result.unbiased.value)) < 0.02)
    let biased = try #require(result.biased.estimate)
    #expect(biased.value > 0.05)
    #expect(abs(biased.value - (biased.null?.mean ?? 0)) < 0.02)
  }

  @Test func saysWhyThereIsNoNumber() throws {
    #expect(try CKA(gaussian(4, 3, seed: 1), gaussian(4, 3, seed: 2)).unbiased.reason != nil)
    let same = Matrix<Float>(rows: 8, columns: 3, repeating: 2)
    #expect(try CKA(same, gaussian(8, 3, seed: 2)).biased.reason != nil)
  }
}
