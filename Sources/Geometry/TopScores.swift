internal import Tensors

/// The best scores seen so far for a block of rows: a buffer a row, cut down when it is full.
///
/// A score that is only known to ± margin / 2 keeps a candidate in the running while it is within the margin of
/// the k-th best: k others are certainly at least as good as that one's lower end, and whoever is out of reach is
/// certainly worse. With a margin of 0 exactly the best k stay.
///
/// A score and its row number are one 64-bit key (the score's bits in ascending order, then the complement
/// of the number), so larger keys are better, ties go to the lower number, and what is kept at the end does not depend
/// on the order in which scores arrive.
struct TopScores {
  let k: Int
  /// Scores below the row's limit cannot be among its best k.
  private(set) var limits: [Float]
  private let margins: [Float]
  private var capacity: Int
  private var keys: [UInt64]
  private var counts: [Int]

  /// - Parameters:
  ///   - margins: one for each row.
  ///   - limits: where the rows begin to listen; too high a one is found out by `isComplete`.
  init(k: Int, margins: [Float], limits: [Float]) {
    self.k = k
    self.margins = margins
    self.limits = limits
    capacity = k + max(k / 2, 64)
    counts = Array(repeating: 0, count: margins.count)
    keys = Array(repeating: 0, count: margins.count * capacity)
  }

  /// Offers a score; those below the row's limit are not taken.
  mutating func offer(_ score: Float, of candidate: Int, to row: Int) {
    guard score >= limits[row] else { return }
    if counts[row] == capacity { cut(row) }
    keys[row * capacity + counts[row]] = Self.key(score, candidate)
    counts[row] += 1
  }

  /// What may be among the best k of a row, best first; none when the limit that it began with was too high.
  mutating func candidates(_ row: Int, begunAt limit: Float) -> [(score: Float, candidate: Int)]? {
    let sorted = keys[row * capacity..<row * capacity + counts[row]].sorted(by: >).map(Self.unpack)
    guard sorted.count >= k else { return nil }
    let last = sorted[k - 1].score - margins[row]
    guard last >= limit else { return nil }
    return margins[row] == 0 ? Array(sorted.prefix(k)) : Array(sorted.prefix { $0.score >= last })
  }

  private mutating func cut(_ row: Int) {
    let start = row * capacity
    selectLargest(k, of: start..<start + counts[row])
    let last = Self.unpack(keys[start..<start + k].min() ?? 0).score
    var kept = k
    if margins[row] > 0 {
      for index in start + k..<start + counts[row]
      where Self.unpack(keys[index]).score >= last - margins[row] {
        keys.swapAt(index, start + kept)
        kept += 1
      }
    }
    counts[row] = kept
    limits[row] = max(limits[row], last - margins[row])
    if kept > capacity - max(k / 4, 16) { widen() }
  }

  /// Doubles the room of every row: a crowd lies within a row's margin.
  private mutating func widen() {
    var wider = [UInt64](repeating: 0, count: counts.count * capacity * 2)
    for row in counts.indices {
      for position in 0..<counts[row] {
        wider[row * capacity * 2 + position] = keys[row * capacity + position]
      }
    }
    keys = wider
    capacity *= 2
  }

  /// Quickselect: moves the largest `count` keys of a range to its front.
  private mutating func selectLargest(_ count: Int, of range: Range<Int>) {
    var keys = keys.mutableSpan
    var low = range.lowerBound
    var high = range.upperBound - 1
    let last = range.lowerBound + count - 1
    while low < high {
      let pivot = Self.medianOfThree(keys[low], keys[(low + high) / 2], keys[high])
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

  private static func medianOfThree(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
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
