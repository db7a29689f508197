import Checkpoints
package import Tensors

/// Consecutive rows of one item, and heads that read the same keys and values.
private struct AttentionTile: Sendable {
  /// Rows of a tile: four times the six that stay in registers.
  static let height = 24
  /// Rows of an item from which on its rows read their keys together.
  static let leastRows = 8

  let item: Int
  let rows: Range<Int>
  let heads: Range<Int>

  var count: Int { rows.count * heads.count }
}

extension Model {
  /// Attention proper: `[rows x heads · d_head]`. Keys and values are read from each item's memory, or from its rows
  /// where there are no memories; heads that share them read them together, and so do the rows of a long item. The bits of a row depend on
  /// whether its item is long, not on the other rows.
  package func mix(
    _ projected: Matrix<Float>, _ batch: Batch, _ kept: [KeysAndValues]?, _ block: Int
  ) -> Matrix<Float> {
    let c = configuration
    let memories = bend.isNeutral ? kept : kept?.map(\.widened)
    let own = KeysAndValues(projected.elements)
    let dimension = c.headDimension
    let keyWidth = c.keyValueHeadCount * dimension
    let group = c.headCount / c.keyValueHeadCount
    let window = c.usesSlidingWindow(block: block) ? c.slidingWindow ?? .max : .max
    let stride = memories == nil ? projected.columns : 2 * keyWidth
    let columns = c.headCount * dimension
    let tiles = attentionTiles(batch)
    let longest = min(batch.positions.upperBound, window)
    let largest = tiles.lazy.map(\.count).max() ?? 1
    // Of a window the rows of a tile see some more keys together than each by itself.
    let room = AttentionRows.weightCount(rows: largest, heads: 1, count: longest + AttentionTile.height)
    let chunk = max(1, 65_536 / (largest * dimension * max(1, longest)))
    let elements = unsafe [Float](unsafeUninitializedCapacity: batch.rowCount * columns) {
      buffer, initialized in
      nonisolated(unsafe) let output = unsafe buffer
      parallelForEach(count: tiles.count, chunk: chunk) { range in
        var weights = [Float](repeating: 0, count: room)
        var results = unsafe output.mutableSpan
        let all = projected.elements.span
        for tile in tiles[range] {
          let item = batch.items[tile.item]
          let position = batch.position(ofRow: tile.rows.lowerBound)
          let first = max(0, position + 1 - min(window, position + 1))
          let count = position + tile.rows.count - first
          let query = tile.rows.lowerBound * projected.columns + tile.heads.lowerBound * dimension
          let result = tile.rows.lowerBound * columns + tile.heads.lowerBound * dimension
          let memory = memories?[tile.item] ?? own
          let keys =
            tile.heads.lowerBound / group * dimension + first * stride
            + (memories == nil ? item.rows.lowerBound * stride + columns : 0)
          if !bend.isNeutral {
            for (member, head) in tile.heads.enumerated() {
              let own = query + member * dimension
              attend(
                query: all.extracting(own..<own + dimension),
                keys: memory.floats.span.extracting(keys..<memory.floats.count),
                values: memory.floats.span.extracting(keys + keyWidth..<memory.floats.count), stride: stride,
                count: count, scale: c.attentionScale, bend: { bend.apply(to: &$0, $1, head: head) },
                weights: &weights, into: &results, at: result + member * dimension)
            }
          } else if readsTogether(item) {
            let shape = AttentionRows(
              rows: tile.rows.count, heads: tile.heads.count, dimension: dimension, count: count,
              window: window, queryStride: projected.columns, stride: stride, resultStride: columns,
              scale: c.attentionScale)
            memory.attend(
              shape, queries: all.extracting(query..<all.count), keys: keys, values: keys + keyWidth,
              weights: &weights, into: &results, at: result)
          } else {
            memory.attend(
              queries: all.extracting(query..<query + tile.heads.count * dimension), dimension: dimension,
              keys: keys, values: keys + keyWidth, stride: stride, count: count, scale: c.attentionScale,
              weights: &weights, into: &results, at: result)
          }
        }
      }
      initialized = batch.rowCount * columns
    }
    return Matrix(rows: batch.rowCount, columns: columns, elements: elements)
  }

  /// Not in rounded arithmetic, whose bits are those of each token by itself: the last places would be rounded to other numbers.
  private func readsTogether(_ item: Batch.Item) -> Bool {
    hasPackedTiles && arithmetic == .f32 && bend.isNeutral && item.rows.count >= AttentionTile.leastRows
  }

  private func attentionTiles(_ batch: Batch) -> [AttentionTile] {
    let c = configuration
    let group = c.headCount / c.keyValueHeadCount
    // Heads of a group that are computed at once: as many as leave work for every processor.
    let together =
      (1...group).last { group % $0 == 0 && batch.rowCount * c.headCount / $0 >= workerCount } ?? 1
    var tiles: [AttentionTile] = []
    for (index, item) in batch.items.enumerated() {
      let (height, heads) = readsTogether(item) ? (AttentionTile.height, group) : (1, together)
      for row in stride(from: item.rows.lowerBound, to: item.rows.upperBound, by: height) {
        let rows = row..<min(row + height, item.rows.upperBound)
        for head in stride(from: 0, to: c.headCount, by: heads) {
          tiles.append(AttentionTile(item: index, rows: rows, heads: head..<head + heads))
        }
      }
    }
    return tiles
  }
}
