/// A piece of text on its way to a token.
struct Symbol {
  /// The token's id, or -1 where the piece is no token.
  var id: Int32
  /// The piece's bytes in the text.
  let start: Int
  var end: Int
}

/// Which two neighbouring symbols merge, and how early.
protocol PairRanking {
  /// The rank of joining the two (lower merges first) and the id of the union; nil if they do not join.
  func rank(_ left: Symbol, _ right: Symbol, in text: Span<UInt8>) -> (rank: UInt32, id: Int32)?
}

/// Ranks of listed merges, by the ids of the two parts.
struct MergeRanking: PairRanking {
  var ranks: PairTable
  /// Of each rank.
  var unions: [Int32]

  func rank(_ left: Symbol, _ right: Symbol, in text: Span<UInt8>) -> (rank: UInt32, id: Int32)? {
    guard let rank = ranks.value(of: left.id, right.id) else { return nil }
    return (rank, unions[Int(rank)])
  }
}

/// Greedy merging of neighbours: always the pair of lowest rank, the leftmost of equals.
///
/// Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units" (2016), with a
/// heap in place of the repeated search: O(n log n) for n symbols. Buffers are reused between calls.
struct PairMerger {
  var symbols: [Symbol] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  /// The rank of each symbol with its right neighbour; a heap entry of another rank is out of date.
  private var ranks: [UInt32] = []
  private var unions: [Int32] = []
  private var heap = MinimumHeap()

  private static let none = UInt32.max

  /// Merges `symbols` until no pair joins, then calls `body` with what is left, in order.
  mutating func merge(
    _ ranking: some PairRanking, in text: Span<UInt8>, _ body: (Symbol) -> Void
  ) {
    guard symbols.count > 1 else {
      if let only = symbols.first { body(only) }
      return
    }
    link()
    for left in 0..<(symbols.count - 1) { consider(left, ranking, text) }
    while let key = heap.popMinimum() {
      let left = Int(key & 0xffff_ffff)
      guard ranks[left] == UInt32(key >> 32) else { continue }
      join(left, ranking, text)
    }
    var index = 0
    while index >= 0 {
      body(symbols[index])
      index = Int(next[index])
    }
  }

  private mutating func link() {
    let count = symbols.count
    heap.removeAll()
    next.removeAll(keepingCapacity: true)
    previous.removeAll(keepingCapacity: true)
    ranks.removeAll(keepingCapacity: true)
    unions.removeAll(keepingCapacity: true)
    for i in 0..<count {
      next.append(i + 1 < count ? Int32(i + 1) : -1)
      previous.append(Int32(i - 1))
      ranks.append(Self.none)
      unions.append(-1)
    }
  }

  /// Looks up the pair that starts at `left` and queues it.
  private mutating func consider(_ left: Int, _ ranking: some PairRanking, _ text: Span<UInt8>) {
    guard next[left] >= 0, let pair = ranking.rank(symbols[left], symbols[Int(next[left])], in: text) else {
      ranks[left] = Self.none
      return
    }
    ranks[left] = pair.rank
    unions[left] = pair.id
    heap.push(UInt64(pair.rank) << 32 | UInt64(left))
  }

  /// Replaces the pair that starts at `left` by its union.
  private mutating func join(_ left: Int, _ ranking: some PairRanking, _ text: Span<UInt8>) {
    let right = Int(next[left])
    symbols[left].end = symbols[right].end
    symbols[left].id = unions[left]
    ranks[right] = Self.none
    next[left] = next[right]
    if next[right] >= 0 { previous[Int(next[right])] = Int32(left) }
    consider(left, ranking, text)
    if previous[left] >= 0 { consider(Int(previous[left]), ranking, text) }
  }
}

/// A binary heap of 64-bit keys, smallest first.
struct MinimumHeap {
  private var keys: [UInt64] = []

  mutating func removeAll() { keys.removeAll(keepingCapacity: true) }

  mutating func push(_ key: UInt64) {
    var child = keys.count
    keys.append(key)
    while child > 0 {
      let parent = (child - 1) / 2
      guard key < keys[parent] else { break }
      keys[child] = keys[parent]
      child = parent
    }
    keys[child] = key
  }

  mutating func popMinimum() -> UInt64? {
    guard let smallest = keys.first, let key = keys.popLast() else { return nil }
    guard !keys.isEmpty else { return smallest }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < keys.count else { break }
      if child + 1 < keys.count, keys[child + 1] < keys[child] { child += 1 }
      guard keys[child] < key else { break }
      keys[parent] = keys[child]
      parent = child
    }
    keys[parent] = key
    return smallest
  }
}
