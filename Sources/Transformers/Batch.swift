import Checkpoints

/// Several sequences in one pass: their tokens' rows lie one after the other, without padding.
package struct Batch: Sendable {
  package struct Item: Sendable {
    /// The caller's number of the sequence, and its slot in a cache.
    package let sequence: Int
    /// Its rows in the batch.
    package let rows: Range<Int>
    /// Position of its first row; more than 0 when a cache, or its trunk, holds what came before.
    package let firstPosition: Int
    /// The earlier item of this batch whose first `firstPosition` rows come before this one's.
    package let trunk: Int?

    package var positions: Range<Int> { firstPosition..<firstPosition + rows.count }
  }

  package let items: [Item]
  /// The item of every row.
  package let itemOfRow: [Int]
  package let rowCount: Int
  /// All positions that occur.
  package let positions: Range<Int>

  /// Rows that one pass takes at most, unless a single sequence is longer; bounds the memory of a pass to
  /// about 40 kB a row and 100 MB in all.
  package static let rowLimit = 2048

  /// - Parameter trunks: for each sequence the earlier item that it forks from at its first position, or nil; no
  ///   item forks from a fork.
  package init(sequences: [Int], lengths: [Int], firstPositions: [Int], trunks: [Int?]? = nil) {
    var items: [Item] = []
    var itemOfRow: [Int] = []
    for (index, sequence) in sequences.enumerated() {
      let start = itemOfRow.count
      itemOfRow.append(contentsOf: repeatElement(index, count: lengths[index]))
      items.append(
        Item(
          sequence: sequence, rows: start..<itemOfRow.count, firstPosition: firstPositions[index],
          trunk: trunks?[index]))
    }
    self.items = items
    self.itemOfRow = itemOfRow
    rowCount = itemOfRow.count
    let first = items.map(\.firstPosition).min() ?? 0
    positions = first..<(items.map(\.positions.upperBound).max() ?? first)
  }

  /// Cuts sequences of the given lengths into consecutive groups of at most `limit` rows, one sequence at least.
  package static func groups(lengths: [Int], limit: Int = rowLimit) -> [Range<Int>] {
    var groups: [Range<Int>] = []
    var start = 0
    var rows = 0
    for (index, length) in lengths.enumerated() {
      if rows > 0, rows + length > limit {
        groups.append(start..<index)
        start = index
        rows = 0
      }
      rows += length
    }
    if start < lengths.count { groups.append(start..<lengths.count) }
    return groups
  }

  package func position(ofRow row: Int) -> Int {
    let item = items[itemOfRow[row]]
    return item.firstPosition + row - item.rows.lowerBound
  }
}
