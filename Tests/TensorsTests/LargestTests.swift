import Tensors
import TestSupport
import Testing

@Suite struct LargestTests {
  /// Lengths around a part of sixteen numbers, few values so that there are ties.
  @Test(arguments: [0, 1, 15, 16, 17, 100], [0, 1, 3, 20]) func equalsTheSortedPlaces(count: Int, k: Int) {
    forSeeds(0..<5) { seed in
      var random = SeededRandom(seed: seed)
      let numbers = (0..<count).map { _ in Float(random.next() % 9) - 4 }
      let sorted = numbers.indices.sorted { (-numbers[$0], $0) < (-numbers[$1], $1) }
      #expect(largest(k, of: numbers.span) == Array(sorted.prefix(k)))
    }
  }

  @Test func numbersThatAreNotFiniteAreNoReasonToStop() {
    #expect(largest(1, of: [-.infinity, -.infinity].span) == [0])
    #expect(largest(1, of: ([.nan] + [Float](repeating: 1, count: 40)).span) == [0])
    #expect(largest(2, of: ([Float](repeating: 1, count: 40) + [.nan, 2]).span) == [41, 0])
  }
}
