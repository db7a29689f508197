/// Collects the tokens of a text, and counts those that end by a seam in it.
struct Pieces {
  private(set) var ids: [Int] = []
  /// Where the seam lies, in the bytes of what is encoded next.
  var seam = Int.max
  private(set) var countBeforeSeam = 0
  /// Whether a token begins before the seam and ends behind it.
  private(set) var straddles = false

  init(capacity: Int) { ids.reserveCapacity(capacity) }

  mutating func append(_ id: Int, from start: Int, to end: Int) {
    ids.append(id)
    if end <= seam { countBeforeSeam += 1 } else if start < seam { straddles = true }
  }
}
