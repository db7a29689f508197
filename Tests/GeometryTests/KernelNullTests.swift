import Geometry
import Statistics
import Tensors
import Testing

@Suite struct KernelNullTests {
  /// The mean over all permutations within strata, of which there are 3! · 4! · 2! here.
  @Test func theStratifiedMeanIsThatOfAllPermutations() throws {
    let strata = [0, 1, 1, 0, 2, 1, 0, 2, 1]
    let (a, shared) = (gaussian(9, 4, seed: 1, shift: 0.3), gaussian(9, 3, seed: 2))
    var b = product(a, orthonormalRows(4, 4, seed: 3))
    // Both models tell the strata apart, so that permuted tokens agree too.
    for row in 0..<9 {
      for column in 0..<3 { b[row, column] += 0.5 * shared[row, column] }
      b[row, 3] += Float(2 * strata[row])
    }
    var x = a
    for row in 0..<9 { x[row, 0] += Float(2 * strata[row]) }
    var options = Resampling()
    (options.permutations, options.strata) = (19, TokenGroups(strata))
    let orders = withinStrata(strata)
    #expect(orders.count == 288)
    func mean(_ value: (Matrix<Float>) throws -> Double?) throws -> Double {
      try orders.reduce(0.0) { $0 + (try #require(try value(b.selecting(rows: $1)))) } / 288
    }
    let orientation = try RelativeOrientation(x, b).held(against: x, b, options).pearson.estimate
    let alignment = try CKA(x, b).held(against: x, b, options).unbiased.estimate
    let expected = (
      try mean { try RelativeOrientation(x, $0).pearson.value }, try mean { try CKA(x, $0).unbiased.value }
    )
    #expect(abs(expected.0) > 0.05 && abs(expected.1) > 0.05)
    #expect(isClose(orientation?.null?.mean, expected.0, 1e-5))
    #expect(isClose(alignment?.null?.mean, expected.1, 1e-5))
    // Without strata pairs share nothing on average.
    #expect(abs(orientation?.plainNull?.mean ?? 1) < 1e-9)
  }

  private func withinStrata(_ strata: [Int]) -> [[Int]] {
    var orders = [Array(strata.indices)]
    for stratum in Set(strata) {
      let members = strata.indices.filter { strata[$0] == stratum }
      orders = orders.flatMap { order in
        permutations(members.count).map { permutation in
          var changed = order
          for (place, source) in permutation.enumerated() { changed[members[place]] = members[source] }
          return changed
        }
      }
    }
    return orders
  }
}
