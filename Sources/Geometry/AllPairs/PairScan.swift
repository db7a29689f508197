internal import LinearAlgebra
internal import RealModule
internal import Synchronization
internal import Tensors

/// Numbers for cosines. Larger cosines never get smaller numbers; the outermost bins take what lies beyond.
struct CosineBins: Sendable {
  let count: Int
  private let low: Float
  private let scale: Float
  /// Bin i ends below edge i; empty for bins of equal width.
  private let edges: [Float]

  /// Bins of equal width over the mean ± 6 standard deviations, cut to what cosines can be.
  init(_ cosines: OffDiagonalSums, bits: Int) {
    let mean = cosines.sum / (Double(cosines.count) * Double(cosines.count - 1))
    let deviation = cosines.variance.squareRoot()
    let level = cosines.level ?? 0
    let bottom = max(mean - 6 * deviation, -1 - level)
    let top = min(mean + 6 * deviation, 1 - level)
    count = 1 << bits
    low = Float(bottom)
    scale = Float(Double(count - 1) / (top - bottom))
    edges = []
  }

  /// Bins that hold about as many pairs each, by 16 random pairs a bin; the same pairs for the same number of rows and seed.
  init(quantilesOf rows: LiftedRows, bits: Int, seed: UInt64) {
    let count = 1 << bits
    (self.count, low, scale) = (count, 0, 0)
    var root = SeededRandom(seed: 0x4249_4E53 ^ (seed &- 1))
    let generators = (0..<64).map { _ in SeededRandom(seed: root.next()) }
    let size = max(count * 16 / generators.count, 64)
    let drawn: [[Float]] = parallelMap(count: generators.count) { part in
      var random = generators[part]
      return (0..<size).map { _ in
        let (i, j) = random.nextPair(of: rows.rows.rows)
        return Float(rows.cosine(i, j))
      }
    }
    let sorted = drawn.flatMap { $0 }.sorted()
    edges = (1..<count).map { sorted[$0 * sorted.count / count] }
  }

  /// The bin of each cosine.
  func number(_ cosines: Span<Float>, into numbers: inout [UInt32]) {
    guard edges.isEmpty else {
      for i in cosines.indices { numbers[i] = bin(of: cosines[i]) }
      return
    }
    var numbers = numbers.mutableSpan
    let last = Float(count - 1)
    let mask = UInt32(count - 1)
    // 2^23 and a whole number below it: the number stands in the low bits, rounded.
    let shift: Float = 8_388_608
    for i in cosines.indices {
      let position = (cosines[i] - low) * scale
      let raised = position > 0 ? position : 0
      let clamped = raised < last ? raised : last
      numbers[i] = (clamped + shift).bitPattern & mask
    }
  }

  /// How many edges are not above the cosine.
  private func bin(of cosine: Float) -> UInt32 {
    let edges = edges.span
    var (low, high) = (0, edges.count)
    while low < high {
      let middle = (low + high) / 2
      if edges[middle] <= cosine { low = middle + 1 } else { high = middle }
    }
    return UInt32(low)
  }
}

extension SeededRandom {
  /// Two different members of `0..<population`, which has two at least.
  mutating func nextPair(of population: Int) -> (Int, Int) {
    let i = Int(next(upperBound: UInt64(population)))
    let other = Int(next(upperBound: UInt64(population - 1)))
    return (i, other < i ? other : other + 1)
  }
}

/// Passes over the pairs i < j of two models' tokens, in tiles of the two cosine matrices.
struct PairScan: Sendable {
  static let blockRows = 512
  /// Tiles that one task takes; its scratch serves them all.
  static let tilesPerTask = 8
  let a: LiftedRows
  let b: LiftedRows
  let binsA: CosineBins
  let binsB: CosineBins
  let blocks: [Range<Int>]
  let tiles: [(row: Int, column: Int)]

  init(a: LiftedRows, b: LiftedRows, binsA: CosineBins, binsB: CosineBins) {
    (self.a, self.b, self.binsA, self.binsB) = (a, b, binsA, binsB)
    let blocks = stride(from: 0, to: a.rows.rows, by: Self.blockRows).map {
      $0..<min($0 + Self.blockRows, a.rows.rows)
    }
    self.blocks = blocks
    tiles = blocks.indices.flatMap { row in (row..<blocks.count).map { (row, $0) } }
  }

  /// Pairs in each bin of each model.
  func histograms() -> (a: [UInt64], b: [UInt64]) {
    let empty = [UInt64](repeating: 0, count: binsA.count)
    let totals = Mutex((a: empty, b: empty))
    withSingleThreadedBLAS {
      parallelForEach(count: tiles.count, chunk: Self.tilesPerTask) { range in
        var scratch = TileScratch(Self.blockRows)
        var countsA = [UInt32](repeating: 0, count: binsA.count)
        var countsB = countsA
        for tile in tiles[range] {
          scratch.count(tile, in: self, into: &countsA, &countsB)
        }
        totals.withLock { totals in
          for bin in countsA.indices {
            totals.a[bin] += UInt64(countsA[bin])
            totals.b[bin] += UInt64(countsB[bin])
          }
        }
      }
    }
    return totals.withLock { $0 }
  }

  /// Sums of ranks, of their squares and of their products for each token.
  func rankSums(
    _ tableA: RankTable, _ tableB: RankTable
  ) -> (a: OffDiagonalSums, b: OffDiagonalSums, products: [Double]) {
    var totals = RankSums(count: a.rows.rows)
    let tasks = stride(from: 0, to: tiles.count, by: Self.tilesPerTask).map {
      $0..<min($0 + Self.tilesPerTask, tiles.count)
    }
    let batch = 128
    withSingleThreadedBLAS {
      for start in stride(from: 0, to: tasks.count, by: batch) {
        let part = Array(tasks[start..<min(start + batch, tasks.count)])
        let sums: [[TileSums]] = parallelMap(count: part.count) { task in
          var scratch = TileScratch(Self.blockRows)
          return tiles[part[task]].map { scratch.rankSums($0, in: self, tableA, tableB) }
        }
        for (task, sums) in zip(part, sums) {
          for (tile, sums) in zip(tiles[task], sums) {
            totals.add(sums.rows, at: blocks[tile.row].lowerBound)
            totals.add(sums.columns, at: blocks[tile.column].lowerBound)
          }
        }
      }
    }
    func sums(_ rows: [Double], _ squares: [Double]) -> OffDiagonalSums {
      OffDiagonalSums(
        count: a.rows.rows, rowSums: rows, rowSquares: squares, sum: rows.reduce(0, +),
        sumSquares: squares.reduce(0, +))
    }
    return (sums(totals.x, totals.xx), sums(totals.y, totals.yy), totals.xy)
  }
}

/// Σ x, Σ y, Σ x², Σ y², Σ x y of each of some tokens.
private struct RankSums: Sendable {
  var x: [Double]
  var y: [Double]
  var xx: [Double]
  var yy: [Double]
  var xy: [Double]

  init(count: Int) {
    let zeros = [Double](repeating: 0, count: count)
    (x, y, xx, yy, xy) = (zeros, zeros, zeros, zeros, zeros)
  }

  mutating func add(_ part: RankSums, at start: Int) {
    for i in part.x.indices {
      x[start + i] += part.x[i]
      y[start + i] += part.y[i]
      xx[start + i] += part.xx[i]
      yy[start + i] += part.yy[i]
      xy[start + i] += part.xy[i]
    }
  }
}

/// What a tile's pairs add to its row tokens and to its column tokens.
private struct TileSums: Sendable {
  var rows: RankSums
  var columns: RankSums
}

/// One model's part of a tile: its cosines, and one row's bins and ranks from the row's first pair on.
private struct ModelTile {
  private var cosines: [Float] = []
  private var numbers: [UInt32]
  private(set) var ranks: [Double]

  init(_ block: Int) {
    numbers = Array(repeating: 0, count: block)
    ranks = Array(repeating: 0, count: block)
  }

  mutating func multiply(_ lifted: LiftedRows, _ rows: Range<Int>, _ columns: Range<Int>) {
    if cosines.count != rows.count * columns.count {
      cosines = Array(repeating: 0, count: rows.count * columns.count)
    }
    let d = lifted.rows.columns
    let partners = lifted.partners(columns)
    var product = cosines.mutableSpan
    multiplyTile(
      lifted.rows.elements.span.extracting(rows.lowerBound * d..<rows.upperBound * d), partners.span,
      columns: d, into: &product)
  }

  /// Bins of a part of the tile.
  mutating func number(_ part: Range<Int>, by bins: CosineBins) {
    let cosines = cosines
    bins.number(cosines.span.extracting(part), into: &numbers)
  }

  func count(_ pairs: Int, into counts: inout [UInt32]) {
    var counts = counts.mutableSpan
    let numbers = numbers.span
    for i in 0..<pairs { counts[Int(numbers[i])] += 1 }
  }

  mutating func look(up pairs: Int, in table: RankTable) {
    let numbers = numbers
    let (bins, table) = (numbers.span, table.ranks.span)
    var ranks = ranks.mutableSpan
    for i in 0..<pairs { ranks[i] = table[Int(bins[i])] }
  }
}

/// The buffers of one task.
private struct TileScratch {
  private var a: ModelTile
  private var b: ModelTile

  init(_ block: Int) {
    a = ModelTile(block)
    b = ModelTile(block)
  }

  mutating func multiply(_ tile: (row: Int, column: Int), in scan: PairScan) {
    a.multiply(scan.a, scan.blocks[tile.row], scan.blocks[tile.column])
    b.multiply(scan.b, scan.blocks[tile.row], scan.blocks[tile.column])
  }

  /// Bins of a row of the tile; returns the columns that hold pairs i < j.
  private mutating func number(row: Int, of tile: (row: Int, column: Int), in scan: PairScan) -> Range<Int> {
    let width = scan.blocks[tile.column].count
    let live = (tile.row == tile.column ? row + 1 : 0)..<width
    let part = row * width + live.lowerBound..<(row + 1) * width
    a.number(part, by: scan.binsA)
    b.number(part, by: scan.binsB)
    return live
  }

  mutating func count(
    _ tile: (row: Int, column: Int), in scan: PairScan, into countsA: inout [UInt32],
    _ countsB: inout [UInt32]
  ) {
    multiply(tile, in: scan)
    for row in 0..<scan.blocks[tile.row].count {
      let live = number(row: row, of: tile, in: scan)
      a.count(live.count, into: &countsA)
      b.count(live.count, into: &countsB)
    }
  }

  mutating func rankSums(
    _ tile: (row: Int, column: Int), in scan: PairScan, _ tableA: RankTable, _ tableB: RankTable
  ) -> TileSums {
    multiply(tile, in: scan)
    var sums = TileSums(
      rows: RankSums(count: scan.blocks[tile.row].count),
      columns: RankSums(count: scan.blocks[tile.column].count))
    for row in 0..<scan.blocks[tile.row].count {
      let live = number(row: row, of: tile, in: scan)
      a.look(up: live.count, in: tableA)
      b.look(up: live.count, in: tableB)
      let x = a.ranks.span.extracting(0..<live.count)
      let y = b.ranks.span.extracting(0..<live.count)
      sums.rows.x[row] = add(x, to: &sums.columns.x, at: live.lowerBound)
      sums.rows.y[row] = add(y, to: &sums.columns.y, at: live.lowerBound)
      sums.rows.xx[row] = add(x, times: x, to: &sums.columns.xx, at: live.lowerBound)
      sums.rows.yy[row] = add(y, times: y, to: &sums.columns.yy, at: live.lowerBound)
      sums.rows.xy[row] = add(x, times: y, to: &sums.columns.xy, at: live.lowerBound)
    }
    return sums
  }
}

/// Adds a row to the columns' totals; returns the row's own.
private func add(_ x: Span<Double>, to columns: inout [Double], at start: Int) -> Double {
  var columns = columns.mutableSpan
  var sum = 0.0
  for i in x.indices {
    columns[start + i] += x[i]
    sum = Relaxed.sum(sum, x[i])
  }
  return sum
}

private func add(
  _ x: Span<Double>, times y: Span<Double>, to columns: inout [Double], at start: Int
) -> Double {
  var columns = columns.mutableSpan
  var sum = 0.0
  for i in x.indices {
    let product = x[i] * y[i]
    columns[start + i] += product
    sum = Relaxed.sum(sum, product)
  }
  return sum
}
