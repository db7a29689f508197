/// The k largest numbers seen so far for each of some rows, as values only.
///
/// The result does not depend on the order of arrival.
struct LargestValues {
  let k: Int
  /// The k-th largest of each row: smaller numbers are passed over.
  private var thresholds: [Float]
  /// k numbers a row, descending.
  private var kept: [Float]

  init(rows: Int, k: Int) {
    self.k = k
    thresholds = Array(repeating: -.infinity, count: rows)
    kept = Array(repeating: -.infinity, count: rows * k)
  }

  /// Means of the k largest; fewer offers than k count as what was offered.
  var means: [Float] {
    thresholds.indices.map { row in
      let finite = kept[row * k..<(row + 1) * k].filter { $0 > -.infinity }
      return finite.isEmpty ? 0 : Float(finite.reduce(0.0) { $0 + Double($1) } / Double(finite.count))
    }
  }

  /// Offers column j of a tile to row j.
  mutating func offerColumns(_ tile: Span<Float>, columns: Int) {
    for row in 0..<tile.count / columns {
      var start = 0
      while start < columns {
        let end = min(start + 32, columns)
        let part = tile.extracting(row * columns + start..<row * columns + end)
        if anyExceeds(part, thresholds.span.extracting(start..<end)) {
          for i in part.indices { insert(part[i], start + i) }
        }
        start = end
      }
    }
  }

  private mutating func insert(_ value: Float, _ row: Int) {
    guard value > thresholds[row] else { return }
    var position = (row + 1) * k - 1
    while position > row * k, kept[position - 1] < value {
      kept[position] = kept[position - 1]
      position -= 1
    }
    kept[position] = value
    thresholds[row] = kept[(row + 1) * k - 1]
  }
}

private func anyExceeds(_ values: Span<Float>, _ thresholds: Span<Float>) -> Bool {
  precondition(values.count == thresholds.count)
  var hits: UInt32 = 0
  for i in values.indices { hits |= values[i] > thresholds[i] ? 1 : 0 }
  return hits != 0
}
