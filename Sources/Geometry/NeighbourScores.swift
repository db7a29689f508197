internal import Tensors

/// How scores of a block of rows against another are found, and what they may be off by.
///
/// *Scores.* For cosines s = ⟨x̂ᵢ, x̂ⱼ⟩ with x̂ = fl(x · fl(1/‖x‖)); its bits depend on the two rows only. For distances
/// s = ⟨yᵢ, yⱼ⟩ - ‖yᵢ‖²/2 - ‖yⱼ‖²/2 = -‖yᵢ - yⱼ‖²/2 with centred rows y.
///
/// *Why a coarse search finds the exact answer.* Whatever the arithmetic of the search, it gives s̃ with |s̃ᵢⱼ - sᵢⱼ| ≤ Δᵢ for
/// all j. Of the k best by s̃ each has s ≥ s̃₍ₖ₎ - Δᵢ; a row with s̃ < s̃₍ₖ₎ - 2Δᵢ has s < s̃₍ₖ₎ - Δᵢ, so k rows are truly
/// nearer and it is not among the answer, ties included. Rows within the margin 2Δᵢ are scored again: cosines by the
/// kernel whose bits the f32 search has, distances in Double. So every search gives the answer of the f32 one.
///
/// *The bound.* bf16 keeps eight digits of the significand: with e = x - bf16(x), measured for each row,
///
///     |s̃ - s| ≤ |eᵢ| N + (nᵢ + |eᵢ|) E + 3 d u nᵢ' N' + 16 u (nᵢ + N)²,   u = 2⁻²⁴
///
/// with norms nᵢ, N = max n, E = max |e| (Cauchy–Schwarz on x̃·ỹ - x·y = -x̃·e_y - e_x·y), the third term for sums of d
/// exact products in f32 (those of the search and those of the score), the last for halves, their subtraction and
/// centring, and only for distances. The f32 search of cosines has Δ = 0, that of distances the last two terms.
struct NeighbourScores: Sendable {
  /// Rows of a block; a whole number of groups, and of three groups at a time.
  static let blockRows = 480
  /// From here on the second look at candidates costs more than bf16 saves.
  static let largestCoarseK = 128

  let source: Matrix<Float>
  let metric: NeighbourMetric
  let isCoarse: Bool
  /// 1/‖x‖ for cosines, otherwise 1.
  let scales: [Float]
  let shift: [Float]

  init(_ matrix: Matrix<Float>, metric: NeighbourMetric, isCoarse: Bool) {
    source = matrix
    self.metric = metric
    self.isCoarse = isCoarse
    switch metric {
    case .cosine:
      scales = rowNorms(matrix).map { $0 > 0 ? Float(1 / $0) : 0 }
      shift = []
    case .euclidean:
      scales = Array(repeating: 1, count: matrix.rows)
      shift = columnSums(matrix) { _, x in x }.map { Float($0 / Double(matrix.rows)) }
    }
  }

  /// The given rows, ready to be scored against others.
  func side(_ rows: [Int]) -> ScoredRows {
    isCoarse
      ? ScoredRows(half: HalfRows(source, rows: rows, scales: scales, shift: shift), metric: metric)
      : ScoredRows(full: prepared(rows), rows: rows.count, metric: metric)
  }

  /// The rows in f32, each padded with zeros to a multiple of sixteen columns.
  private func prepared(_ rows: [Int]) -> Matrix<Float> {
    let stride = (source.columns + 15) / 16 * 16
    return Matrix.parallelRows(rows: rows.count, columns: stride, chunk: 64) { range, part in
      let elements = source.elements.span
      for (local, position) in range.enumerated() {
        let scale = scales[rows[position]]
        let start = rows[position] * source.columns
        for column in 0..<source.columns {
          let value = shift.isEmpty ? elements[start + column] : elements[start + column] - shift[column]
          part[local * stride + column] = value * scale
        }
      }
    }
  }

  /// 2Δ for each row of one side against all rows of the other.
  func margins(_ side: ScoredRows, _ other: ScoredRows) -> [Float] {
    let unit = 0x1p-24
    let (largest, worst) = (Double(other.norms.max() ?? 0), Double(other.errors.max() ?? 0))
    guard isCoarse || metric == .euclidean else { return Array(repeating: 0, count: side.count) }
    return (0..<side.count).map { row in
      let (norm, error) = (Double(side.norms[row]), Double(side.errors[row]))
      var bound = error * largest + (norm + error) * worst
      bound += 3 * Double(source.columns) * unit * (norm + error) * (largest + worst)
      if metric == .euclidean { bound += 16 * unit * (norm + largest) * (norm + largest) }
      return Float(2 * bound).nextUp
    }
  }

  /// The k nearest among candidates, by the score that defines the answer.
  func nearest(
    _ k: Int, to query: Int, among candidates: [(score: Float, candidate: Int)]
  ) -> [(similarity: Float, row: Int)] {
    let scored: [(similarity: Float, row: Int)]
    switch metric {
    case .cosine where !isCoarse: return candidates.prefix(k).map { ($0.score, $0.candidate) }
    case .cosine:
      let row = source.elements[source.range(ofRow: query)].map { $0 * scales[query] }
      let rows = candidates.map { Int32(truncatingIfNeeded: $0.candidate) }
      let cosines = innerProducts(of: row.span, with: source, scales: scales.span, rows: rows)
      scored = cosines.indices.map { (cosines[$0], candidates[$0].candidate) }
    case .euclidean:
      let own = source.elements.span.extracting(source.range(ofRow: query))
      scored = candidates.map { entry in
        let other = source.elements.span.extracting(source.range(ofRow: entry.candidate))
        return (-Float(squaredDistance(own, other).squareRoot()), entry.candidate)
      }
    }
    return Array(scored.sorted { ($1.similarity, $0.row) < ($0.similarity, $1.row) }.prefix(k))
  }
}

/// Rows as a search multiplies them.
struct ScoredRows: Sendable {
  let count: Int
  let norms: [Float]
  let errors: [Float]
  private let full: Matrix<Float>?
  private let half: HalfRows?
  /// ‖y‖²/2 for distances, otherwise 0; padded to whole blocks.
  private let halves: [Float]

  init(half rows: HalfRows, metric: NeighbourMetric) {
    (half, full, count, norms, errors) = (rows, nil, rows.rows, rows.norms, rows.errors)
    halves = Self.halves(rows.norms, metric)
  }

  init(full rows: Matrix<Float>, rows count: Int, metric: NeighbourMetric) {
    (half, full, self.count) = (nil, rows, count)
    norms = rowNorms(rows).map { Float($0) }
    errors = Array(repeating: 0, count: count)
    halves = Self.halves(norms, metric)
  }

  private static func halves(_ norms: [Float], _ metric: NeighbourMetric) -> [Float] {
    norms.map { metric == .cosine ? 0 : $0 * $0 / 2 } + Array(repeating: 0, count: HalfRows.group)
  }

  var blocks: [Range<Int>] {
    let step = NeighbourScores.blockRows
    return stride(from: 0, to: count, by: step).map { $0..<min($0 + step, count) }
  }

  /// Pairs of two blocks whose score reaches the row's or the column's limit.
  func hits(
    _ block: Range<Int>, _ limits: [Float], _ other: ScoredRows, _ otherBlock: Range<Int>,
    _ otherLimits: [Float]?, into hits: inout ScoreHits
  ) {
    let none = [Float](repeating: .infinity, count: otherBlock.count)
    let (a, b) = (side(block, limits), other.side(otherBlock, otherLimits ?? none))
    if let half, let others = other.half {
      half.scoreHits(block, a, with: others, otherBlock, b, into: &hits)
    } else if let full, let others = other.full {
      let stride = full.columns
      scoreHits(
        full.elements.span.extracting(block.lowerBound * stride..<block.upperBound * stride), a,
        others.elements.span.extracting(otherBlock.lowerBound * stride..<otherBlock.upperBound * stride), b,
        stride: stride, into: &hits)
    }
  }

  /// Limits and halves of a block; rows that only fill the last group reach no limit.
  private func side(_ block: Range<Int>, _ limits: [Float]) -> ScoreSide {
    let size =
      half == nil ? block.count : (block.count + HalfRows.group - 1) / HalfRows.group * HalfRows.group
    let padding = [Float](repeating: .infinity, count: size - block.count)
    return ScoreSide(
      limits: limits + padding,
      halves: Array(halves[block.lowerBound..<block.lowerBound + size]))
  }
}
