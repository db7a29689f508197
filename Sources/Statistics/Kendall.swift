/// Kendall's rank correlation τ_b of two lists (Kendall 1945):
///
///     (concordant - discordant) / √((pairs - pairs tied in x) (pairs - pairs tied in y))
///
/// By the inversions that sorting by x leaves in y (Knight 1966), O(n log n).
/// - Returns: nil when there are fewer than two pairs or one side does not vary.
/// - Precondition: both have the same count.
public func kendall(_ x: [Double], _ y: [Double]) -> Double? {
  precondition(x.count == y.count, "a correlation of \(x.count) with \(y.count) numbers")
  let order = x.indices.sorted { (x[$0], y[$0]) < (x[$1], y[$1]) }
  let (sortedX, sortedY) = (order.map { x[$0] }, order.map { y[$0] })
  let pairs = pairCount(x.count)
  let tiedX = tiedPairs(sortedX) { $0 == $1 }
  let tiedY = tiedPairs(y.sorted()) { $0 == $1 }
  let tiedBoth = tiedPairs(order) { x[$0] == x[$1] && y[$0] == y[$1] }
  guard pairs > tiedX, pairs > tiedY else { return nil }
  var (work, spare) = (sortedY, sortedY)
  let discordant = inversions(&work, &spare, 0..<work.count)
  let concordant = pairs - tiedX - tiedY + tiedBoth - discordant
  let scale = Double(pairs - tiedX).squareRoot() * Double(pairs - tiedY).squareRoot()
  return min(max(Double(concordant - discordant) / scale, -1), 1)
}

private func pairCount(_ count: Int) -> Int { count * (count - 1) / 2 }

/// Pairs within runs of equal neighbours.
private func tiedPairs<Value>(_ sorted: [Value], _ isTie: (Value, Value) -> Bool) -> Int {
  var (total, run) = (0, 1)
  for index in sorted.indices.dropFirst() {
    if isTie(sorted[index - 1], sorted[index]) {
      run += 1
    } else {
      total += pairCount(run)
      run = 1
    }
  }
  return total + pairCount(run)
}

/// Pairs of which the first is the larger; sorts the range by merging on the way.
private func inversions(_ values: inout [Double], _ spare: inout [Double], _ range: Range<Int>) -> Int {
  guard range.count > 1 else { return 0 }
  let middle = range.lowerBound + range.count / 2
  var count = inversions(&values, &spare, range.lowerBound..<middle)
  count += inversions(&values, &spare, middle..<range.upperBound)
  var (left, right) = (range.lowerBound, middle)
  for place in range {
    if right == range.upperBound || (left < middle && values[left] <= values[right]) {
      spare[place] = values[left]
      left += 1
    } else {
      spare[place] = values[right]
      right += 1
      count += middle - left
    }
  }
  for place in range { values[place] = spare[place] }
  return count
}
