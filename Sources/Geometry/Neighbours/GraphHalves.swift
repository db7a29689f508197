internal import Statistics

extension HalfSplits {
  /// The standard errors of statistics of graphs, of which each half of the tokens has its own.
  ///
  /// - Parameters:
  ///   - count: how many statistics.
  ///   - statistics: of a half's graphs, and the half, ascending; nil where there is no value.
  /// - Returns: none where a graph is no wider than k, nil where too few splits have a value.
  func standardErrors(
    of graphs: [NeighbourGraph], k: Int, splits: Int? = nil, count: Int,
    _ statistics: @Sendable (_ graphs: [NeighbourGraph], _ half: [Int]) -> [Double?]
  ) -> [Double?] {
    guard graphs.allSatisfy({ $0.count == $0.candidates && $0.hasMargin(k) }) else { return [] }
    return standardErrors(splits: splits) { half in
      guard half.count > k + 1 else { return [Double](repeating: .nan, count: count) }
      return statistics(graphs.map { $0.restricted(to: half, k: k) }, half).map { $0 ?? .nan }
    }
  }

  /// The same of one statistic.
  func standardError(
    of graphs: [NeighbourGraph], k: Int, splits: Int? = nil,
    _ statistic: @Sendable (_ graphs: [NeighbourGraph], _ half: [Int]) -> Double?
  ) -> Double? {
    standardErrors(of: graphs, k: k, splits: splits, count: 1) { [statistic($0, $1)] }.first ?? nil
  }
}

extension NeighbourGraph {
  /// Neighbours that a graph needs for the intervals of a measure of k: every half of the tokens holds k of them.
  public static func width(forIntervalsOf k: Int, count: Int) -> Int { min(3 * k + 20, count - 1) }

  /// Whether halves of the tokens can be taken from it for a measure of k neighbours.
  func hasMargin(_ k: Int) -> Bool { self.k >= Self.width(forIntervalsOf: k, count: candidates) }

  /// The graph of k neighbours among some rows alone, which are numbered anew.
  ///
  /// Exact where k of a row's neighbours are among them; a row with fewer (one in 10⁵) is filled up with the next rows.
  /// - Parameter rows: ascending.
  /// - Precondition: a full graph; more than k rows.
  func restricted(to rows: [Int], k: Int) -> NeighbourGraph {
    precondition(
      count == candidates && rows.count > k, "\(k) neighbours among \(rows.count) of \(candidates) rows")
    var numbers = [Int32](repeating: -1, count: candidates)
    for (number, row) in rows.enumerated() { numbers[row] = Int32(truncatingIfNeeded: number) }
    var kept: [Int32] = []
    var scores: [Float] = []
    kept.reserveCapacity(rows.count * k)
    scores.reserveCapacity(rows.count * k)
    let (all, values) = (indices.span, similarities.span)
    for (number, row) in rows.enumerated() {
      let start = kept.count
      var position = row * self.k
      while position < (row + 1) * self.k, kept.count < start + k {
        let found = numbers[Int(all[position])]
        if found >= 0 {
          kept.append(found)
          scores.append(values[position])
        }
        position += 1
      }
      var next = number
      while kept.count < start + k {
        next = (next + 1) % rows.count
        guard !kept[start...].contains(Int32(truncatingIfNeeded: next)) else { continue }
        kept.append(Int32(truncatingIfNeeded: next))
        scores.append(values[(row + 1) * self.k - 1])
      }
    }
    return NeighbourGraph(
      queries: Array(rows.indices), candidates: rows.count, k: k, metric: metric, indices: kept,
      similarities: scores)
  }

  /// Why nearest neighbours mean nothing here: every token's are all equally near. nil where some are not.
  func reasonAgainstTies(_ model: String, k: Int) -> String? {
    let last = min(k, self.k - 1)
    guard last > 0, count > 0 else { return nil }
    let values = similarities.span
    for row in 0..<count where values[row * self.k] != values[row * self.k + last] { return nil }
    return
      "all neighbours of every token of \(model) are equally near, so that which are nearest is arbitrary"
  }
}
