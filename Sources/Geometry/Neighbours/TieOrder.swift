internal import Tensors

/// The order of equally near candidates: random, but the same whenever the same matrix is searched.
///
/// Each query has an order of its own, and so has each matrix, since the seed is a hash of its numbers. An order by row
/// would be one that all queries and both of two compared models share, and ties would count as agreement; under this one a
/// tie agrees as often as under random choices, so that measures of two graphs see ties at their expectation.
struct TieOrder: Sendable {
  /// Of the query; mixed into every place.
  private let salt: UInt32

  init(seed: UInt64, query: Int) {
    var random = SeededRandom(seed: seed ^ UInt64(truncatingIfNeeded: query))
    salt = UInt32(truncatingIfNeeded: random.next())
  }

  /// A one-to-one scramble of row numbers; among equal scores the larger place comes first.
  func place(of row: Int) -> UInt32 {
    var x = (UInt32(truncatingIfNeeded: row) ^ salt) &* Self.factors.0
    x ^= x >> 16
    x = x &* Self.factors.1
    return x ^ (x >> 16)
  }

  func row(at place: UInt32) -> Int {
    var x = (place ^ (place >> 16)) &* Self.inverses.1
    x ^= x >> 16
    return Int((x &* Self.inverses.0) ^ salt)
  }

  private static let factors: (UInt32, UInt32) = (0x9E37_79B1, 0x85EB_CA6B)
  private static let inverses = (inverse(of: factors.0), inverse(of: factors.1))

  /// Of an odd number modulo 2³², by Newton's iteration: each step doubles the right bits.
  private static func inverse(of odd: UInt32) -> UInt32 {
    (0..<5).reduce(odd) { guess, _ in guess &* (2 &- odd &* guess) }
  }
}

/// A hash of all numbers of a matrix. O(n d).
func contentHash(_ matrix: Matrix<Float>) -> UInt64 {
  rowHashes(matrix).reduce(UInt64(matrix.columns)) { hash, row in
    var random = SeededRandom(seed: hash ^ row)
    return random.next()
  }
}

/// A hash of each row; equal for equal numbers.
func rowHashes(_ matrix: Matrix<Float>) -> [UInt64] {
  parallelMap(count: matrix.rows, chunk: 256) { row in
    let elements = matrix.elements.span
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for i in matrix.range(ofRow: row) {
      hash = (hash ^ UInt64((elements[i] + 0).bitPattern)) &* 0x0000_0100_0000_01B3
      hash ^= hash >> 29
    }
    return hash
  }
}
