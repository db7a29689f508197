internal import Tensors

/// The candidates of a block of rows: a buffer a row, cut down when it is full.
///
/// An upper bound (see `PreparedRows`) and a row number are one 64-bit key: the bound's bits in ascending
/// order, then the number's place in the query's ``TieOrder``, so that larger keys are better and ties are broken at random.
/// Where the bounds cannot tell enough candidates apart (many copies of a row), they are scored exactly.
struct TopScores {
  let k: Int
  let capacity: Int
  /// Bounds below these cannot belong to one of the row's nearest k.
  private(set) var thresholds: [Float]
  private var starts: [Float]
  private var keys: [UInt64]
  private var counts: [Int]
  /// The first keys of a row that hold exact scores: k once its buffer has overflowed, else 0.
  private var resolved: [Int]

  /// Room for what the bounds of bf16 leave of k.
  static func capacity(_ k: Int) -> Int { 2 * k + 128 }

  init(rows: Int, k: Int) {
    self.k = k
    capacity = Self.capacity(k)
    thresholds = Array(repeating: -.infinity, count: rows)
    starts = thresholds
    counts = Array(repeating: 0, count: rows)
    resolved = counts
    keys = Array(repeating: 0, count: rows * capacity)
  }

  /// Begins a row at a threshold that is only an estimate.
  mutating func start(row: Int, at threshold: Float) {
    thresholds[row] = threshold
    starts[row] = threshold
  }

  /// Offers a candidate to the row that is number `query` of all.
  mutating func offer(_ bound: Float, of candidate: Int, to row: Int, _ query: Int, _ rows: PreparedRows) {
    guard bound >= thresholds[row] else { return }
    keys[row * capacity + counts[row]] = Self.key(bound, candidate, rows.tieOrder(query))
    counts[row] += 1
    guard counts[row] == capacity else { return }
    cut(row, query, rows)
    if counts[row] > capacity - capacity / 4 { resolve(row, query, rows) }
  }

  /// Drops what k lower bounds exclude.
  private mutating func cut(_ row: Int, _ query: Int, _ rows: PreparedRows) {
    guard counts[row] > k, resolved[row] == 0 else { return }
    let start = row * capacity
    let end = start + counts[row]
    let ties = rows.tieOrder(query)
    moveLargest(k, of: start..<end, in: &keys)
    var least = Float.infinity
    for position in start..<start + k {
      let (bound, candidate) = Self.unpack(keys[position], ties)
      least = min(least, bound - 2 * rows.margins[candidate])
    }
    let threshold = max(thresholds[row], least - 2 * rows.margins[query])
    var kept = start
    for position in start..<end where Self.score(keys[position]) >= threshold {
      keys[kept] = keys[position]
      kept += 1
    }
    counts[row] = kept - start
    thresholds[row] = threshold
  }

  /// Replaces candidates by the exact best k.
  private mutating func resolve(_ row: Int, _ query: Int, _ rows: PreparedRows) {
    let start = row * capacity
    let end = start + counts[row]
    let ties = rows.tieOrder(query)
    for position in start + resolved[row]..<end {
      let candidate = Self.unpack(keys[position], ties).candidate
      keys[position] = Self.key(rows.score(query, candidate), candidate, ties)
    }
    moveLargest(k, of: start..<end, in: &keys)
    counts[row] = k
    resolved[row] = k
    let last = keys[start..<start + k].min().map(Self.score) ?? -.infinity
    thresholds[row] = max(thresholds[row], rows.bound(ofScore: last))
  }

  /// Ranks all rows by exact scores and empties the buffers. A row is short if its estimated start was too high.
  mutating func finish(_ queries: [Int], _ rows: PreparedRows) -> RankedBlock {
    for (local, query) in queries.enumerated() { cut(local, query, rows) }
    score(queries, rows)
    var result = RankedBlock(lists: NeighbourLists(capacity: queries.count * k))
    for (local, query) in queries.enumerated() {
      let ties = rows.tieOrder(query)
      var best = Array(keys[local * capacity..<local * capacity + counts[local]])
      if best.count > k {
        moveLargest(k, of: 0..<best.count, in: &best)
        best.removeLast(best.count - k)
      }
      best.sort(by: >)
      let last = best.last.map { rows.bound(ofScore: Self.score($0)) } ?? -.infinity
      if best.count < k || last < starts[local] { result.short.append(local) }
      // A short row's entries are overwritten.
      for rank in 0..<k {
        let entry = rank < best.count ? Self.unpack(best[rank], ties) : (score: 0, candidate: 0)
        result.lists.indices.append(Int32(truncatingIfNeeded: entry.candidate))
        result.lists.similarities.append(entry.score)
      }
    }
    keys = []
    return result
  }

  /// Puts exact scores in place of bounds, a block of candidates at a time: its rows stay in a cache.
  private mutating func score(_ queries: [Int], _ rows: PreparedRows) {
    let block = PreparedRows.blockRows
    let parts = (rows.source.rows + block - 1) / block
    var ordered: [UInt32] = []
    var ends = [Int](repeating: 0, count: queries.count * parts)
    var begins: [Int] = []
    for (local, query) in queries.enumerated() {
      let ties = rows.tieOrder(query)
      let range = local * capacity + resolved[local]..<local * capacity + counts[local]
      let base = ordered.count
      begins.append(base)
      var next = [Int](repeating: 0, count: parts + 1)
      for position in range { next[Self.unpack(keys[position], ties).candidate / block + 1] += 1 }
      for part in 0..<parts { next[part + 1] += next[part] }
      ordered.append(contentsOf: repeatElement(0, count: range.count))
      for position in range {
        let candidate = Self.unpack(keys[position], ties).candidate
        ordered[base + next[candidate / block]] = UInt32(truncatingIfNeeded: candidate)
        next[candidate / block] += 1
      }
      for part in 0..<parts { ends[local * parts + part] = next[part] }
    }
    var products = [Double](repeating: 0, count: capacity)
    for part in 0..<parts {
      for (local, query) in queries.enumerated() {
        let first = part == 0 ? 0 : ends[local * parts + part - 1]
        let base = begins[local] + first
        let others = ordered.span.extracting(base..<begins[local] + ends[local * parts + part])
        let start = local * capacity + resolved[local] + first
        let ties = rows.tieOrder(query)
        rows.scores(query, others, products: &products) { position, score in
          keys[start + position] = Self.key(score, Int(ordered[base + position]), ties)
        }
      }
    }
  }

  private static func key(_ score: Float, _ candidate: Int, _ ties: TieOrder) -> UInt64 {
    let bits = (score + 0).bitPattern
    let ordered = bits >> 31 == 1 ? ~bits : bits | 0x8000_0000
    return UInt64(ordered) << 32 | UInt64(ties.place(of: candidate))
  }

  private static func score(_ key: UInt64) -> Float {
    let ordered = UInt32(truncatingIfNeeded: key >> 32)
    return Float(bitPattern: ordered >> 31 == 1 ? ordered & 0x7FFF_FFFF : ~ordered)
  }

  private static func unpack(_ key: UInt64, _ ties: TieOrder) -> (score: Float, candidate: Int) {
    (score(key), ties.row(at: UInt32(truncatingIfNeeded: key)))
  }
}

/// A block's neighbours, and which of its rows must be searched again.
struct RankedBlock: Sendable {
  var lists: NeighbourLists
  var short: [Int] = []
}

/// Quickselect: moves the largest `count` numbers of a range to its front.
@inline(__always)
func moveLargest<Number: Comparable>(_ count: Int, of range: Range<Int>, in numbers: inout [Number]) {
  var low = range.lowerBound
  var high = range.upperBound - 1
  let last = range.lowerBound + count - 1
  while low < high {
    let (a, b, c) = (numbers[low], numbers[(low + high) / 2], numbers[high])
    let pivot = max(min(a, b), min(max(a, b), c))
    var i = low
    var j = high
    while i <= j {
      while numbers[i] > pivot { i += 1 }
      while numbers[j] < pivot { j -= 1 }
      if i <= j {
        numbers.swapAt(i, j)
        i += 1
        j -= 1
      }
    }
    if last <= j { high = j } else if last >= i { low = i } else { return }
  }
}
