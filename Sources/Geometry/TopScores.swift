/// The best scores seen so far for a block of rows: a buffer a row, cut down to the best k when it is full.
///
/// A score and its row number are one 64-bit key (the score's bits in ascending order, then the complement
/// of the number), so larger keys are better, ties go to the lower number, and the result does not depend on
/// the order in which scores arrive.
struct TopScores {
  let k: Int
  let capacity: Int
  private(set) var thresholds: [Float]
  private var keys: [UInt64]
  private var counts: [Int]

  init(rows: Int, k: Int) {
    self.k = k
    capacity = 3 * k + 64
    thresholds = Array(repeating: -.infinity, count: rows)
    counts = Array(repeating: 0, count: rows)
    keys = Array(repeating: 0, count: rows * capacity)
  }

  /// Offers a score; those below the row's threshold cannot be among its best k.
  mutating func offer(_ score: Float, of candidate: Int, to row: Int) {
    guard score >= thresholds[row] else { return }
    keys[row * capacity + counts[row]] = Self.key(score, candidate)
    counts[row] += 1
    if counts[row] == capacity { cut(row) }
  }

  /// The best k of a row, best first.
  mutating func best(_ row: Int) -> [(score: Float, candidate: Int)] {
    keys[row * capacity..<row * capacity + counts[row]].sorted(by: >).prefix(k).map(Self.unpack)
  }

  private mutating func cut(_ row: Int) {
    let start = row * capacity
    selectLargest(k, of: start..<start + counts[row])
    counts[row] = k
    thresholds[row] = Self.unpack(keys[start..<start + k].min() ?? 0).score
  }

  /// Quickselect: moves the largest `count` keys of a range to its front.
  private mutating func selectLargest(_ count: Int, of range: Range<Int>) {
    var low = range.lowerBound
    var high = range.upperBound - 1
    let last = range.lowerBound + count - 1
    while low < high {
      let pivot = medianOfThree(keys[low], keys[(low + high) / 2], keys[high])
      var i = low
      var j = high
      while i <= j {
        while keys[i] > pivot { i += 1 }
        while keys[j] < pivot { j -= 1 }
        if i <= j {
          keys.swapAt(i, j)
          i += 1
          j -= 1
        }
      }
      if last <= j { high = j } else if last >= i { low = i } else { return }
    }
  }

  private func medianOfThree(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
    max(min(a, b), min(max(a, b), c))
  }

  private static func key(_ score: Float, _ candidate: Int) -> UInt64 {
    let bits = (score + 0).bitPattern
    let ordered = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
    return UInt64(ordered) << 32 | UInt64(~UInt32(truncatingIfNeeded: candidate))
  }

  private static func unpack(_ key: UInt64) -> (score: Float, candidate: Int) {
    let ordered = UInt32(truncatingIfNeeded: key >> 32)
    let bits = ordered >> 31 == 1 ? ordered & 0x7FFF_FFFF : ~ordered
    return (Float(bitPattern: bits), Int(~UInt32(truncatingIfNeeded: key)))
  }
}
