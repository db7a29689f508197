internal import Geometry
internal import LinearAlgebra
internal import Synchronization
public import Tensors

/// Where a query's true match stands among all candidates.
public struct RetrievalRank: Sendable, Equatable {
  /// Candidates that score higher than the true one.
  public let above: Int
  /// Other candidates that score the same, as identical rows do.
  public let ties: Int

  public init(above: Int, ties: Int) {
    self.above = above
    self.ties = ties
  }

  /// The chance of finding the match among the first k when ties come in random order: 0, 1, or a share.
  ///
  /// A map that sends everything to one point ties everywhere and is left with chance.
  public func hit(at k: Int) -> Double {
    min(max(Double(k - above), 0) / Double(ties + 1), 1)
  }
}

/// Where the true match of each query stands.
public struct RetrievalRanks: Sendable, Equatable {
  /// By cosine.
  public let nearestNeighbour: [RetrievalRank]
  /// By CSLS.
  public let csls: [RetrievalRank]
  public let candidateCount: Int
}

/// Ranks every query's true match among the candidates by cosine and by CSLS.
///
/// `CSLS(x, y) = 2 cos(x, y) - r(x) - r(y)`: r is the mean cosine to the k nearest rows of the other side, which
/// takes from hubs what they gain everywhere (Conneau et al. 2018). For candidates, the other side is the
/// queries. Cosines closer than 10⁻⁶ are ties.
///
/// Two passes of matrix products over tiles, O(2 n m d); memory O((n + m) k + tile), no n x m matrix.
///
/// - Parameters:
///   - queries: n x d mapped rows.
///   - candidates: m x d rows of the space that they were mapped to.
///   - truth: for each query, the candidate's row.
///   - neighbours: k of CSLS; larger values measure hubs more broadly.
/// - Throws: `AlignmentError.option` for k < 1.
/// - Precondition: equal widths, one truth a query.
public func retrievalRanks(
  queries: Matrix<Float>, candidates: Matrix<Float>, truth: [Int], neighbours: Int = 10
) throws(AlignmentError) -> RetrievalRanks {
  precondition(
    queries.columns == candidates.columns && truth.count == queries.rows,
    "retrieval of \(queries.rows) x \(queries.columns) with \(truth.count) truths among "
      + "\(candidates.rows) x \(candidates.columns)")
  precondition(
    truth.allSatisfy { $0 >= 0 && $0 < candidates.rows }, "a truth outside \(candidates.rows) rows")
  return try nestedRetrievalRanks(
    unitQueries: unitRows(queries), unitCandidates: unitRows(candidates), truth: truth,
    sizes: [candidates.rows], neighbours: neighbours)[0]
}

/// The same among the first rows of the candidates, for several numbers of them at the cost of the largest: what a candidate scores
/// depends on it and on the queries alone.
///
/// - Precondition: rows of length 1 or 0; sizes ascending, from 1 to the number of candidates; truths among the first.
func nestedRetrievalRanks(
  unitQueries: Matrix<Float>, unitCandidates: Matrix<Float>, truth: [Int], sizes: [Int], neighbours: Int
) throws(AlignmentError) -> [RetrievalRanks] {
  guard neighbours >= 1 else {
    throw .option(name: "cslsNeighbours", expected: "1 or more", actual: "\(neighbours)")
  }
  let tiles = SimilarityTiles(queries: unitQueries, candidates: unitCandidates, sizes: sizes)
  return withSingleThreadedBLAS {
    let k = min(neighbours, unitQueries.rows, unitCandidates.rows)
    return tiles.ranks(truth: truth, densities: tiles.densities(k: k))
  }
}

private struct SimilarityTiles: Sendable {
  static let queryBlock = 256
  static let candidateBlock = 1024
  /// Unit rows.
  let queries: Matrix<Float>
  let candidates: Matrix<Float>
  /// Ends of the nested sets of candidates, ascending.
  let sizes: [Int]

  var queryBlocks: [Range<Int>] { blocks(0..<queries.rows, Self.queryBlock) }
  /// By set, those that the set before does not have.
  var candidateBlocks: [[Range<Int>]] {
    zip([0] + sizes, sizes).map { blocks($0..<$1, Self.candidateBlock) }
  }

  private func blocks(_ rows: Range<Int>, _ size: Int) -> [Range<Int>] {
    stride(from: rows.lowerBound, to: rows.upperBound, by: size).map { $0..<min($0 + size, rows.upperBound) }
  }

  /// Cosines of a block of queries with a block of candidates, row-major.
  private func tile(_ rows: Range<Int>, _ columns: Range<Int>) -> [Float] {
    let width = queries.columns
    var tile = [Float](repeating: 0, count: rows.count * columns.count)
    var span = tile.mutableSpan
    multiplyTile(
      queries.elements.span.extracting(rows.lowerBound * width..<rows.upperBound * width),
      candidates.elements.span.extracting(columns.lowerBound * width..<columns.upperBound * width),
      columns: width, into: &span)
    return tile
  }

  /// The candidates' mean cosines to their k nearest queries.
  ///
  /// A query's own density is one number for all of its candidates, so no rank depends on it.
  func densities(k: Int) -> [Float] {
    let rows = queryBlocks
    let columns = candidateBlocks.flatMap { $0 }
    let tops = columns.map { Guarded(LargestValues(rows: $0.count, k: k)) }
    parallelForEach(count: rows.count) { indices in
      for index in indices {
        for turn in columns.indices {
          // Workers start at different blocks, so that they seldom wait for one another.
          let block = (turn + index) % columns.count
          let tile = tile(rows[index], columns[block])
          tops[block].values.withLock { $0.offerColumns(tile.span, columns: columns[block].count) }
        }
      }
    }
    return tops.flatMap { $0.values.withLock { $0.means } }
  }

  /// By set.
  func ranks(truth: [Int], densities: [Float]) -> [RetrievalRanks] {
    let rows = queryBlocks
    let counted: [[[(nearest: Counts, csls: Counts)]]] = parallelMap(count: rows.count) { index in
      var counts = [(nearest: Counts, csls: Counts)](
        repeating: (Counts(), Counts()), count: rows[index].count)
      let own = trueScores(rows[index], truth)
      return candidateBlocks.map { added in
        for block in added {
          let tile = tile(rows[index], block)
          let penalties = densities.span.extracting(block)
          for (local, row) in rows[index].enumerated() {
            let line = tile.span.extracting(local * block.count..<(local + 1) * block.count)
            counts[local].nearest.add(line, reaching: own[local])
            counts[local].csls.add(
              line, less: penalties, reaching: 2 * own[local] - densities[truth[row]])
          }
        }
        return counts
      }
    }
    return sizes.indices.map { set in
      let all = counted.flatMap { $0[set] }
      return RetrievalRanks(
        nearestNeighbour: all.map { $0.nearest.rank }, csls: all.map { $0.csls.rank },
        candidateCount: sizes[set])
    }
  }

  private func trueScores(_ rows: Range<Int>, _ truth: [Int]) -> [Float] {
    rows.map { row in
      Float(
        innerProduct(
          queries.elements.span.extracting(queries.range(ofRow: row)),
          candidates.elements.span.extracting(candidates.range(ofRow: truth[row]))))
    }
  }
}

/// Candidates above the true one's score and level with it, the true one included.
private struct Counts: Sendable {
  /// Cosines that differ by less are ties: the rounding of Float products of unit rows.
  static let tolerance: Float = 1e-6
  private var above = 0
  private var atLeast = 0

  var rank: RetrievalRank { RetrievalRank(above: above, ties: max(atLeast - above - 1, 0)) }

  mutating func add(_ scores: Span<Float>, reaching own: Float) {
    let (low, high) = (own - Self.tolerance, own + Self.tolerance)
    var (reached, exceeded): (Int32, Int32) = (0, 0)
    for i in scores.indices {
      reached &+= scores[i] > low ? 1 : 0
      exceeded &+= scores[i] > high ? 1 : 0
    }
    atLeast += Int(reached)
    above += Int(exceeded)
  }

  /// The same of `2 sᵢ - rᵢ`; the row's own density is the same for all candidates and cancels.
  mutating func add(_ scores: Span<Float>, less densities: Span<Float>, reaching own: Float) {
    precondition(scores.count == densities.count)
    let (low, high) = (own - 2 * Self.tolerance, own + 2 * Self.tolerance)
    var (reached, exceeded): (Int32, Int32) = (0, 0)
    for i in scores.indices {
      let score = 2 * scores[i] - densities[i]
      reached &+= score > low ? 1 : 0
      exceeded &+= score > high ? 1 : 0
    }
    atLeast += Int(reached)
    above += Int(exceeded)
  }
}

/// A block's largest values behind a lock: workers that meet at a block take turns.
private final class Guarded: Sendable {
  let values: Mutex<LargestValues>
  init(_ values: sending LargestValues) { self.values = Mutex(values) }
}
