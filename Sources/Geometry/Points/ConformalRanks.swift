/// Scores of held-out points, and the p-values of a fresh one among them; see ``PointAlarm``.
struct ConformalRanks: Sendable, Equatable, Codable {
  /// [score][held-out point].
  let scores: [[Double]]

  /// (1 + #{i : sᵢ ≥ s}) / (n + 1) for each score.
  ///
  /// - Parameter leavingOut: a held-out point that does not count.
  func pValues(_ fresh: [Double], leavingOut: Int? = nil) -> [Double] {
    zip(scores, fresh).map { held, value in
      let reached = held.indices.count { $0 != leavingOut && held[$0] >= value }
      return Double(1 + reached) / Double(count(leavingOut) + 1)
    }
  }

  /// The p-value of the largest rank over the scores: every point, the fresh one too, gets its ranks among all n + 1. Where the
  /// largest ranks are equal the next largest count, and so on.
  func combined(_ fresh: [Double], leavingOut: Int? = nil) -> Double {
    var ranks = [[Int]](repeating: [], count: scores.first?.count ?? 0)
    var own: [Int] = []
    for (held, value) in zip(scores, fresh) {
      let kept = held.indices.filter { $0 != leavingOut }
      let sorted = kept.map { held[$0] }.sorted()
      func rank(_ score: Double) -> Int { upperBound(score, sorted) + (value <= score ? 1 : 0) }
      own.append(rank(value))
      for point in kept { ranks[point].append(rank(held[point])) }
    }
    own.sort(by: >)
    let reached = ranks.indices.count { point in
      point != leavingOut && !ranks[point].sorted(by: >).lexicographicallyPrecedes(own)
    }
    return Double(1 + reached) / Double(count(leavingOut) + 1)
  }

  func count(_ leavingOut: Int?) -> Int { (scores.first?.count ?? 0) - (leavingOut == nil ? 0 : 1) }
}

/// How many numbers of an ascending list are at most `value`.
func upperBound(_ value: Double, _ sorted: [Double]) -> Int {
  var (low, high) = (0, sorted.count)
  while low < high {
    let middle = (low + high) / 2
    if sorted[middle] <= value { low = middle + 1 } else { high = middle }
  }
  return low
}

/// How many numbers of an ascending list are below `value`.
func lowerBound(_ value: Double, _ sorted: [Double]) -> Int {
  var (low, high) = (0, sorted.count)
  while low < high {
    let middle = (low + high) / 2
    if sorted[middle] < value { low = middle + 1 } else { high = middle }
  }
  return low
}

extension PointStanding {
  /// Among an ascending list that is not empty.
  init(_ value: Double, among sorted: [Double]) {
    let (below, upTo) = (lowerBound(value, sorted), upperBound(value, sorted))
    self.init(percentile: 50 * Double(below + upTo) / Double(sorted.count), among: sorted.count)
  }
}
