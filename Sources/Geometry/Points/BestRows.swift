/// The rows that may be among the k best, known by bounds of their scores.
struct BestRows: Sendable {
  private struct Candidate: Comparable {
    let row: Int
    let upper: Double
    let lower: Double
    static func < (a: Candidate, b: Candidate) -> Bool { a.lower < b.lower }
  }

  let k: Int
  /// Scores below this are not among the best: k rows have none.
  private(set) var threshold = -Double.infinity
  private var candidates: [Candidate] = []
  private var capacity: Int

  init(_ k: Int) {
    self.k = k
    capacity = 2 * k + 64
  }

  /// Rows that are left, in no order.
  var rows: [Int] {
    var last = self
    last.cut()
    return last.candidates.map(\.row)
  }

  mutating func offer(_ row: Int, upTo upper: Double, from lower: Double) {
    guard upper >= threshold else { return }
    candidates.append(Candidate(row: row, upper: upper, lower: lower))
    if candidates.count >= capacity { cut() }
  }

  mutating func add(_ other: BestRows) {
    for candidate in other.candidates { offer(candidate.row, upTo: candidate.upper, from: candidate.lower) }
  }

  private mutating func cut() {
    guard candidates.count > k else { return }
    moveLargest(k, of: candidates.indices, in: &candidates)
    threshold = max(threshold, candidates[..<k].map(\.lower).min() ?? threshold)
    candidates.removeAll { $0.upper < threshold }
    // Equal rows stay, however many.
    capacity = max(capacity, 2 * candidates.count)
  }
}
