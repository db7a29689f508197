/// Collects the tokens of a text in two parts, and counts those that end by the seam.
struct Pieces {
  private(set) var ids: [Int] = []
  /// Where the second part begins, in the bytes of what is encoded next.
  private var seam = Int.max
  /// Where the first part ends: behind the seam where its last character is composed with the second part's first.
  private var endOfFirst = Int.max
  private(set) var countBeforeSeam = 0
  /// Whether a token takes bytes of both parts.
  private(set) var straddles = false
  /// Where the tokens of one piece are, while somebody wants to know.
  private var recorded: [(id: Int, start: Int, end: Int)] = []
  private var records = false

  init(capacity: Int) { ids.reserveCapacity(capacity) }

  mutating func setSeam(_ seam: Int, endOfFirst: Int? = nil) {
    self.seam = seam
    self.endOfFirst = endOfFirst ?? seam
  }

  mutating func append(_ id: Int, from start: Int, to end: Int) {
    ids.append(id)
    if records { recorded.append((id, start, end)) }
    if end <= seam { countBeforeSeam += 1 } else if start < endOfFirst { straddles = true }
  }

  mutating func startRecording() {
    recorded.removeAll(keepingCapacity: true)
    records = true
  }

  mutating func endRecording() -> [(id: Int, start: Int, end: Int)] {
    records = false
    return recorded
  }
}
