import Checkpoints
import Foundation
import LinearAlgebra
package import Tensors
package import Transformers

/// Softmax attention of every head, `o = P V`, `P = softmax(s Q Kᵀ)` over the keys that a query sees; the heads of a group
/// share keys and values (Ainslie et al. 2023). Forward: `Model.mix`.
///
/// P is computed anew, in tiles of ``queryTile`` queries by the keys that they see, once for all copies of a chunk
/// (Dao et al. 2022, arXiv 2205.14135, appendix B.4): memory does not grow with the square of the tokens.
extension Model {
  /// Jᵀ: cotangents of the heads' outputs, `[copies · tokens x heads · d_head]`, to those of queries, keys and values as attention
  /// sees them. `dV = Pᵀ dO`, `dP = dO Vᵀ`, `dS = s P ⊙ (dP − Σ P dP)`, `dQ = dS K`, `dK = dSᵀ Q`; dK and dV are summed over
  /// the heads of a group.
  package func pullbackAttention(_ trace: BlockTrace, _ d: Matrix<Float>) -> Matrix<Float> {
    let c = configuration
    return attentionDerivative(
      trace, d, outputs: c.headCount / c.keyValueHeadCount + 2, columns: trace.projected.columns
    ) {
      task, result in
      pullback(task, trace, d, &result)
    }
  }

  /// J: tangents of queries, keys and values to those of the heads' outputs. `dS = s (dQ Kᵀ + Q dKᵀ)`,
  /// `dP = P ⊙ (dS − Σ P dS)`, `dO = dP V + P dV`.
  package func pushforwardAttention(_ trace: BlockTrace, _ d: Matrix<Float>) -> Matrix<Float> {
    let c = configuration
    return attentionDerivative(
      trace, d, outputs: c.headCount / c.keyValueHeadCount, columns: c.headCount * c.headDimension
    ) { task, result in
      pushforward(task, trace, d, &result)
    }
  }

  /// Queries whose weights are computed at once.
  private static var queryTile: Int { 64 }

  // MARK: - One group of heads

  private func pullback(
    _ task: GroupTask, _ trace: BlockTrace, _ d: Matrix<Float>, _ result: inout [Float]
  ) {
    let heads = AttentionColumns(configuration)
    let dimension = heads.dimension
    let x = trace.projected.elements.span
    let width = trace.projected.columns
    let copies = task.copies.count
    let (key, value) = (heads.key(task.keyValueHead), heads.value(task.keyValueHead))
    var gathered = [Float](repeating: 0, count: Self.queryTile * copies * dimension)
    var changes = [Float](repeating: 0, count: Self.queryTile * copies * task.positions.upperBound)
    for inner in 0..<heads.group {
      let head = task.keyValueHead * heads.group + inner
      forEachTile(task, trace, head: head) { queries, keys, weights, caps in
        func rows(_ range: Range<Int>, column: Int) -> MatrixTile {
          MatrixTile(
            offset: (task.start + range.lowerBound) * width + column, rows: range.count, columns: dimension,
            stride: width)
        }
        let asked = keys.clamped(to: task.positions)
        let early = asked.lowerBound - keys.lowerBound
        // Query after query, of each all copies.
        task.gather(
          queries, of: d, tokens: trace.batch.rowCount, column: head * dimension, dimension, &gathered)
        let cotangents = MatrixTile(rows: queries.count * copies, columns: dimension, stride: dimension)
        let tile = MatrixTile(rows: queries.count * copies, columns: keys.count, stride: keys.count)
        var slopes = changes.mutableSpan
        var output = result.mutableSpan
        multiplyTiles(
          gathered.span, cotangents, x, rows(keys, column: value), transposingB: true, into: &slopes, tile)
        multiplyTiles(
          weights.span,
          MatrixTile(offset: early, rows: queries.count, columns: asked.count, stride: keys.count),
          transposingA: true, gathered.span,
          MatrixTile(rows: queries.count, columns: copies * dimension, stride: copies * dimension),
          into: &output, task.results(asked, part: heads.group + 1, dimension), adding: true)
        for row in 0..<tile.rows {
          let weightsOfRow = row / copies * keys.count..<(row / copies + 1) * keys.count
          softmaxSlope(
            weights.span.extracting(weightsOfRow), scale: configuration.attentionScale, inPlace: &slopes,
            at: row * keys.count)
          guard !caps.isEmpty else { continue }
          for (i, cap) in weightsOfRow.enumerated() { slopes[row * keys.count + i] *= caps[cap] }
        }
        multiplyTiles(
          slopes.span, tile, x, rows(keys, column: key), into: &output,
          MatrixTile(
            offset: task.results(queries, part: inner, dimension).offset, rows: tile.rows,
            columns: dimension, stride: dimension))
        for copy in 0..<copies {
          multiplyTiles(
            slopes.span,
            MatrixTile(
              offset: copy * keys.count + early, rows: queries.count, columns: asked.count,
              stride: copies * keys.count),
            transposingA: true, x, rows(queries, column: head * dimension), into: &output,
            task.results(asked, part: heads.group, dimension, copy: copy), adding: true)
        }
      }
    }
  }

  private func pushforward(
    _ task: GroupTask, _ trace: BlockTrace, _ d: Matrix<Float>, _ result: inout [Float]
  ) {
    let heads = AttentionColumns(configuration)
    let dimension = heads.dimension
    let x = trace.projected.elements.span
    let width = trace.projected.columns
    let first = task.item.rows.lowerBound
    var changes = [Float](repeating: 0, count: Self.queryTile * task.item.rows.count)
    for inner in 0..<heads.group {
      let head = task.keyValueHead * heads.group + inner
      forEachTile(task, trace, head: head) { queries, keys, weights, caps in
        let tile = MatrixTile(rows: queries.count, columns: keys.count, stride: keys.count)
        func rows(_ range: Range<Int>, copy: Int = 0, column: Int) -> MatrixTile {
          MatrixTile(
            offset: (copy * trace.batch.rowCount + first + range.lowerBound) * width + column,
            rows: range.count, columns: dimension, stride: width)
        }
        let (key, value) = (heads.key(task.keyValueHead), heads.value(task.keyValueHead))
        for (index, copy) in task.copies.enumerated() {
          let target = task.results(queries, part: inner, dimension, copy: index)
          var slopes = changes.mutableSpan
          var output = result.mutableSpan
          multiplyTiles(
            d.elements.span, rows(queries, copy: copy, column: head * dimension), x,
            rows(keys, column: key), transposingB: true, into: &slopes, tile)
          multiplyTiles(
            x, rows(queries, column: head * dimension), d.elements.span,
            rows(keys, copy: copy, column: key), transposingB: true, into: &slopes, tile, adding: true)
          for i in caps.indices { slopes[i] *= caps[i] }
          for row in 0..<queries.count {
            let range = row * keys.count..<(row + 1) * keys.count
            softmaxSlope(
              weights.span.extracting(range), scale: configuration.attentionScale, inPlace: &slopes,
              at: range.lowerBound)
          }
          multiplyTiles(slopes.span, tile, x, rows(keys, column: value), into: &output, target)
          multiplyTiles(
            weights.span, tile, d.elements.span, rows(keys, copy: copy, column: value), into: &output,
            target, adding: true)
        }
      }
    }
  }

  /// Calls `body` with tiles of P of one head: positions of its queries, positions of the keys that any of them sees, and
  /// the weights `[queries x keys]`, zero where a query does not see a key; and the slopes of the soft cap on their scores, where
  /// there is one.
  private func forEachTile(
    _ task: GroupTask, _ trace: BlockTrace, head: Int,
    _ body: (_ queries: Range<Int>, _ keys: Range<Int>, _ weights: [Float], _ caps: [Float]) -> Void
  ) {
    let heads = AttentionColumns(configuration)
    let x = trace.projected
    let length = task.positions.upperBound
    let window =
      configuration.usesSlidingWindow(block: trace.block) ? configuration.slidingWindow ?? length : length
    var weights = [Float](repeating: 0, count: Self.queryTile * length)
    var caps: [Float] = []
    for start in stride(from: task.positions.lowerBound, to: length, by: Self.queryTile) {
      let queries = start..<min(length, start + Self.queryTile)
      let keys = max(0, start + 1 - min(window, length))..<queries.upperBound
      func rows(_ range: Range<Int>, column: Int) -> MatrixTile {
        MatrixTile(
          offset: (task.start + range.lowerBound) * x.columns + column, rows: range.count,
          columns: heads.dimension, stride: x.columns)
      }
      var elements = weights.mutableSpan
      multiplyTiles(
        x.elements.span, rows(queries, column: head * heads.dimension), x.elements.span,
        rows(keys, column: heads.key(task.keyValueHead)), transposingB: true, into: &elements,
        MatrixTile(rows: queries.count, columns: keys.count, stride: keys.count))
      for query in queries {
        let row = (query - start) * keys.count
        let seen = max(keys.lowerBound, query + 1 - min(window, query + 1))..<query + 1
        let range = row + seen.lowerBound - keys.lowerBound..<row + seen.upperBound - keys.lowerBound
        for i in row..<range.lowerBound { elements[i] = 0 }
        if bend.isNeutral {
          softmax(&elements, range, scale: configuration.attentionScale)
        } else {
          for i in range { elements[i] *= configuration.attentionScale }
          if let cap = bend.cap {
            if query == start { caps = Array(repeating: 1, count: queries.count * keys.count) }
            for i in range { caps[i] = 1 - square(tanh(elements[i] / cap)) }
          }
          bend.apply(to: &elements, range, head: head)
          softmax(&elements, range, scale: 1)
        }
        for i in range.upperBound..<row + keys.count { elements[i] = 0 }
      }
      body(queries, keys, weights, caps)
    }
  }

  // MARK: - All groups

  /// Runs a task for every chunk of copies, sequence and group of heads, and lays the results side by side.
  ///
  /// - Parameter outputs: columns of a task's results, in heads.
  private func attentionDerivative(
    _ trace: BlockTrace, _ d: Matrix<Float>, outputs: Int, columns: Int,
    _ body: @Sendable (GroupTask, inout [Float]) -> Void
  ) -> Matrix<Float> {
    let heads = AttentionColumns(configuration)
    let tokens = trace.batch.rowCount
    let copies = d.rows / tokens
    // Enough copies to share the weights, enough chunks for every worker.
    let chunk = max(1, min(16, copies / workerCount))
    let groups = heads.keyValueHeads
    let items = trace.batch.items
    var tasks: [GroupTask] = []
    for start in stride(from: 0, to: copies, by: chunk) {
      for (item, source) in zip(items, trace.starts) {
        for head in 0..<groups {
          tasks.append(
            GroupTask(
              copies: start..<min(copies, start + chunk), item: item, start: source, keyValueHead: head))
        }
      }
    }
    let dimension = heads.dimension
    let found: [[Float]] = parallelMap(count: tasks.count) { [tasks] index in
      let task = tasks[index]
      var result = [Float](
        repeating: 0, count: task.copies.count * task.item.rows.count * outputs * dimension)
      body(task, &result)
      return result
    }
    return Matrix.parallelRows(rows: d.rows, columns: columns, chunk: max(1, 32_768 / columns)) {
      [tasks] rows, elements in
      for row in rows {
        let (copy, token) = (row / tokens, row % tokens)
        let item = trace.batch.itemOfRow[token]
        let target = (row - rows.lowerBound) * columns
        for head in 0..<groups {
          let index = (copy / chunk * items.count + item) * groups + head
          let task = tasks[index]
          let results = found[index]
          let source = results.span
          let position = trace.batch.position(ofRow: token)
          for part in 0..<outputs {
            let start = task.results(position..<position + 1, part: part, dimension, copy: copy % chunk)
              .offset
            // The group's own heads lie together; behind them, for a pullback, its keys and its values.
            let column =
              part < heads.group
              ? (head * heads.group + part) * dimension
              : part == heads.group ? heads.key(head) : heads.value(head)
            for i in 0..<dimension { elements[target + column + i] = source[start + i] }
          }
        }
      }
    }
  }
}

/// The heads of one group on one sequence, for some copies of the cotangents or tangents.
private struct GroupTask: Sendable {
  let copies: Range<Int>
  let item: Batch.Item
  /// The row of queries, keys and values at which the sequence begins.
  let start: Int
  let keyValueHead: Int

  /// Of the item's rows in the sequence.
  var positions: Range<Int> { item.positions }

  /// Where a head's results stand: part after part, of each position after position, of each copy after copy.
  /// - Parameter copy: one of them, counted from the task's first; nil for all side by side.
  func results(_ range: Range<Int>, part: Int, _ dimension: Int, copy: Int? = nil) -> MatrixTile {
    let stride = copies.count * dimension
    return MatrixTile(
      offset: (part * item.rows.count + range.lowerBound - positions.lowerBound) * stride
        + (copy ?? 0) * dimension,
      rows: range.count, columns: copy == nil ? stride : dimension, stride: stride)
  }

  /// A head's cotangents at some queries: query after query, of each all copies of the task.
  func gather(
    _ queries: Range<Int>, of d: Matrix<Float>, tokens: Int, column: Int, _ dimension: Int,
    _ gathered: inout [Float]
  ) {
    let source = d.elements.span
    var target = gathered.mutableSpan
    var place = 0
    for query in queries {
      let row = item.rows.lowerBound + query - positions.lowerBound
      for copy in copies {
        let start = (copy * tokens + row) * d.columns + column
        for i in 0..<dimension { target[place + i] = source[start + i] }
        place += dimension
      }
    }
  }
}

private func square(_ x: Float) -> Float { x * x }

/// Where the heads stand in a row of queries, keys and values.
private struct AttentionColumns {
  let dimension: Int
  let keyValueHeads: Int
  /// Heads of queries that share a head of keys and values.
  let group: Int
  private let heads: Int

  init(_ c: ModelConfiguration) {
    (dimension, keyValueHeads, heads) = (c.headDimension, c.keyValueHeadCount, c.headCount)
    group = c.headCount / c.keyValueHeadCount
  }

  func key(_ head: Int) -> Int { (heads + head) * dimension }
  func value(_ head: Int) -> Int { (heads + keyValueHeads + head) * dimension }
}
