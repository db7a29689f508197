internal import Files
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
/// Matrix products over tiles, O(n m d), and those tiles once more that may hold a candidate above a query's match by CSLS: few where
/// matches rank high. Memory O(m k + n m / 512 + tile), no n x m matrix.
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
    return tiles.ranks(truth: truth, k: k)
  }
}

private struct SimilarityTiles: Sendable {
  static let queryBlock = 256
  static let candidateBlock = 512
  /// Unit rows.
  private let queries: Matrix<Float>
  private let candidates: Matrix<Float>
  private let sizes: [Int]
  private let queryBlocks: [Range<Int>]
  private let candidateBlocks: [Range<Int>]
  /// For each block of candidates, the first set that has it.
  private let sets: [Int]

  /// - Parameter sizes: ends of the nested sets of candidates, ascending.
  init(queries: Matrix<Float>, candidates: Matrix<Float>, sizes: [Int]) {
    func blocks(_ rows: Range<Int>, _ size: Int) -> [Range<Int>] {
      stride(from: rows.lowerBound, to: rows.upperBound, by: size).map {
        $0..<min($0 + size, rows.upperBound)
      }
    }
    (self.queries, self.candidates, self.sizes) = (queries, candidates, sizes)
    queryBlocks = blocks(0..<queries.rows, Self.queryBlock)
    let added = zip([0] + sizes, sizes).map { blocks($0..<$1, Self.candidateBlock) }
    candidateBlocks = added.flatMap { $0 }
    sets = added.indices.flatMap { set in added[set].map { _ in set } }
  }

  /// Cosines of some queries with a block of candidates, row-major.
  private func tile(_ rows: Span<Float>, _ columns: Range<Int>) -> [Float] {
    let width = queries.columns
    var tile = [Float](repeating: 0, count: rows.count / width * columns.count)
    var span = tile.mutableSpan
    multiplyTile(
      rows, candidates.elements.span.extracting(columns.lowerBound * width..<columns.upperBound * width),
      columns: width, into: &span)
    return tile
  }

  /// By set.
  func ranks(truth: [Int], k: Int) -> [RetrievalRanks] {
    let own = trueScores(truth)
    let cosines = cosines(k: k, own: own)
    let csls = cslsCounts(cosines, own: zip(own, truth).map { 2 * $0 - cosines.densities[$1] })
    func ranks(_ counts: [[Counts]], _ set: Int) -> [RetrievalRank] {
      counts.map { counts in counts[...set].reduce(Counts(), +).rank }
    }
    return sizes.indices.map { set in
      RetrievalRanks(
        nearestNeighbour: ranks(cosines.nearest, set), csls: ranks(csls, set), candidateCount: sizes[set])
    }
  }

  /// What one pass over all cosines finds.
  private struct Cosines {
    /// The candidates' mean cosines to their k nearest queries. A query's own density is one number for all of its candidates, so
    /// no rank depends on it.
    var densities: [Float]
    /// By query, then by set: candidates that the set before does not have.
    var nearest: [[Counts]]
    /// Each query's largest cosine in each block of candidates.
    var largest: [[Float]]
  }

  private func cosines(k: Int, own: [Float]) -> Cosines {
    let tops = candidateBlocks.map { Guarded(LargestValues(rows: $0.count, k: k)) }
    let width = queries.columns
    let counter = JobProgress.current.counter(of: queryBlocks.count, "candidates")
    let found: [[(counts: [Counts], largest: [Float])]] = parallelMap(count: queryBlocks.count) { index in
      defer { counter.add() }
      let rows = queryBlocks[index]
      var found = rows.map { _ in
        (
          counts: [Counts](repeating: Counts(), count: sizes.count),
          largest: [Float](repeating: 0, count: candidateBlocks.count)
        )
      }
      for turn in candidateBlocks.indices {
        // Workers start at different blocks, so that they seldom wait for one another.
        let block = (turn + index) % candidateBlocks.count
        let count = candidateBlocks[block].count
        let tile = tile(
          queries.elements.span.extracting(rows.lowerBound * width..<rows.upperBound * width),
          candidateBlocks[block])
        tops[block].values.withLock { $0.offerColumns(tile.span, columns: count) }
        for local in found.indices {
          let line = tile.span.extracting(local * count..<(local + 1) * count)
          found[local].largest[block] = largest(line)
          guard found[local].largest[block] > own[rows.lowerBound + local] - Counts.tolerance else {
            continue
          }
          found[local].counts[sets[block]].add(line, reaching: own[rows.lowerBound + local])
        }
      }
      return found
    }
    return Cosines(
      densities: tops.flatMap { $0.values.withLock { $0.means } },
      nearest: found.flatMap { $0.map(\.counts) }, largest: found.flatMap { $0.map(\.largest) })
  }

  /// By query, then by set. A block is looked at again only for queries that may have a candidate in it as high as the match.
  ///
  /// - Parameter own: the match's score, `2 cos - r`.
  private func cslsCounts(_ cosines: Cosines, own: [Float]) -> [[Counts]] {
    let found: [[(query: Int, counts: Counts)]] = parallelMap(count: candidateBlocks.count) { block in
      let penalties = cosines.densities.span.extracting(candidateBlocks[block])
      let least = cosines.densities[candidateBlocks[block]].min() ?? 0
      let open = own.indices.filter {
        2 * cosines.largest[$0][block] - least >= own[$0] - 2 * Counts.tolerance
      }
      let count = candidateBlocks[block].count
      return stride(from: 0, to: open.count, by: Self.queryBlock).flatMap { start in
        let part = Array(open[start..<min(start + Self.queryBlock, open.count)])
        let rows = queries.selecting(rows: part)
        let tile = tile(rows.elements.span, candidateBlocks[block])
        return part.indices.map { local in
          var counts = Counts()
          counts.add(
            tile.span.extracting(local * count..<(local + 1) * count), less: penalties,
            reaching: own[part[local]])
          return (part[local], counts)
        }
      }
    }
    var counts = [[Counts]](
      repeating: [Counts](repeating: Counts(), count: sizes.count), count: own.count)
    for (block, found) in found.enumerated() {
      for (query, added) in found { counts[query][sets[block]] = counts[query][sets[block]] + added }
    }
    return counts
  }

  private func trueScores(_ truth: [Int]) -> [Float] {
    truth.indices.map { row in
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

  static func + (a: Self, b: Self) -> Self {
    Self(above: a.above + b.above, atLeast: a.atLeast + b.atLeast)
  }

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

private func largest(_ values: Span<Float>) -> Float {
  var largest = -Float.infinity
  for i in values.indices { largest = values[i] > largest ? values[i] : largest }
  return largest
}

/// A block's largest values behind a lock: workers that meet at a block take turns.
private final class Guarded: Sendable {
  let values: Mutex<LargestValues>
  init(_ values: sending LargestValues) { self.values = Mutex(values) }
}
