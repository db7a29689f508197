internal import LinearAlgebra
internal import RealModule
internal import Tensors

/// The rows of a search: how tiles approximate their scores, by how much at most, and the exact scores.
///
/// Let c be a row as the tiles mean it: x / ‖x‖ for cosines, (x - μ) 2^s for distances, with μ the mean and s such
/// that no ‖c‖ exceeds 1. The tiles hold ĉ = c - e, with e the rounding to bf16 or Float, measured for each row.
/// The score to sift by is g(x, y) = ⟨c_x, c_y⟩, or -‖c_x - c_y‖²/2 = ⟨c_x, c_y⟩ - ‖c_x‖²/2 - ‖c_y‖²/2.
///
/// **Bound.** ⟨ĉ_x, ĉ_y⟩ - ⟨c_x, c_y⟩ = -⟨e_x, c_y⟩ - ⟨ĉ_x, e_y⟩, so by Cauchy and Schwarz, with ρ the largest ‖e‖/‖c‖, it
/// is at most ρ‖c_x‖‖c_y‖ + (1 + ρ)ρ‖c_x‖‖c_y‖ ≤ ρ(1 + ρ/2)(‖c_x‖² + ‖c_y‖²). A sum of d products in f32, in any order
/// and fused or not, is off by at most γ‖ĉ_x‖‖ĉ_y‖ ≤ γ(1 + ρ)²(‖c_x‖² + ‖c_y‖²)/2 with γ = du/(1 - du) (Higham 2002, §3.1);
/// u = 2^-23 also covers hardware that does not round to nearest. So
///
///     |computed g - g| ≤ m_x + m_y,   m = (ρ(1 + ρ/2) + γ(1 + ρ)²/2 + 2^-19) ‖c‖² + 10^-24.
///
/// 2^-19 is far more than all that is lost where biases, bounds and thresholds are Float, and where a score is
/// rounded to Float: fewer than ten roundings of 2^-24 of sums below 2(‖c_x‖² + ‖c_y‖²). 10^-24 covers rows so
/// small that numbers underflow: no ρ is taken from rows below 10^-25, whose errors are not larger than they.
///
/// **Use.** U = computed g + m_x + m_y is never below g, and U - 2m_x - 2m_y never above it. If k candidates of x have
/// lower bounds of t or more, one with U < t is farther than all of them, and is dropped.
struct PreparedRows: Sendable {
  static let blockRows = 768

  let source: Matrix<Float>
  let metric: NeighbourMetric
  /// Tiles' blocks; none crosses the borders of the panel.
  let blocks: [Range<Int>]
  /// m of each row.
  let margins: [Float]
  /// m of each row, for distances less ‖c‖²/2: U = product + bias_x + bias_y.
  let biases: [Float]
  private let norms: [Double]
  private let shift: [Double]
  /// 2^s for distances.
  private let scale: Double
  private let packed: [BFloat16Rows]
  private let tieSeed: UInt64
  private let usesBFloat16: Bool

  init(_ matrix: Matrix<Float>, metric: NeighbourMetric, panel: Range<Int>, bfloat16: Bool) {
    source = matrix
    self.metric = metric
    tieSeed = contentHash(matrix)
    usesBFloat16 = bfloat16
    blocks = [0..<panel.lowerBound, panel, panel.upperBound..<matrix.rows].flatMap { part in
      stride(from: part.lowerBound, to: part.upperBound, by: Self.blockRows).map {
        $0..<min($0 + Self.blockRows, part.upperBound)
      }
    }
    let means = metric == .cosine ? [] : ColumnMoments(matrix).means
    shift = means
    let lengths = metric == .cosine ? rowNorms(matrix) : shiftedNorms(matrix, means)
    norms = lengths
    let largest = lengths.max() ?? 0
    scale =
      metric == .cosine || largest == 0
      ? 1 : Double(sign: .plus, exponent: -largest.exponent - 1, significand: 1)
    let (factor, cut) = (scale, blocks)
    let results: [(packed: BFloat16Rows?, worst: Double)] = parallelMap(count: cut.count) { block in
      var filler = OperandFiller(rows: cut[block].count, columns: matrix.columns, bfloat16: bfloat16)
      var worst = 0.0
      for (local, row) in cut[block].enumerated() {
        let norm = lengths[row]
        let multiplier = metric == .euclidean ? factor : norm > 0 ? 1 / norm : 0
        let error = filler.set(
          local, to: matrix.elements.span.extracting(matrix.range(ofRow: row)), shift: means.span,
          scale: multiplier)
        if norm * multiplier > 1e-25 { worst = max(worst, error.squareRoot() / (norm * multiplier)) }
      }
      return (filler.packed, worst)
    }
    packed = results.compactMap(\.packed)
    let rho = results.reduce(0) { max($0, $1.worst) }
    let sum = Double(matrix.columns) * 0x1p-23
    let gamma = sum / (1 - min(sum, 0.5))
    let share = rho * (1 + rho / 2) + gamma * (1 + rho) * (1 + rho) / 2 + 0x1p-19
    let squares: [Double] = lengths.map { metric == .cosine ? ($0 > 0 ? 1 : 0) : $0 * factor * $0 * factor }
    margins = squares.map { Float(share * $0 + 1e-24).nextUp }
    biases = squares.map { Float(share * $0 + 1e-24 - (metric == .cosine ? 0 : $0 / 2)).nextUp }
  }

  /// How the candidates of a query that score the same are ordered.
  func tieOrder(_ query: Int) -> TieOrder { TieOrder(seed: tieSeed, query: query) }

  func operand(block: Int) -> RowOperand {
    usesBFloat16 ? .bfloat16(packed[block]) : operand(of: blocks[block])
  }

  /// Any rows, prepared for a tile.
  func operand(of rows: some Collection<Int>) -> RowOperand {
    var filler = OperandFiller(rows: rows.count, columns: source.columns, bfloat16: usesBFloat16)
    for (local, row) in rows.enumerated() {
      let multiplier = metric == .euclidean ? scale : norms[row] > 0 ? 1 / norms[row] : 0
      _ = filler.set(
        local, to: source.elements.span.extracting(source.range(ofRow: row)), shift: shift.span,
        scale: multiplier)
    }
    return filler.operand
  }

  /// The score that the graph keeps.
  func score(_ row: Int, _ other: Int) -> Float {
    let x = source.elements.span.extracting(source.range(ofRow: row))
    let y = source.elements.span.extracting(source.range(ofRow: other))
    guard metric == .cosine else { return -Float(squaredDistance(x, y).squareRoot()) }
    let norm = norms[row] * norms[other]
    return norm > 0 ? Float(innerProduct(x, y) / norm) : 0
  }

  /// The scores of a row with others; `products` is scratch with room for them.
  func scores(
    _ row: Int, _ others: Span<UInt32>, products: inout [Double],
    _ use: (_ position: Int, _ score: Float) -> Void
  ) {
    guard metric == .cosine else {
      for position in others.indices { use(position, score(row, Int(others[position]))) }
      return
    }
    innerProducts(of: row, with: others, in: source, into: &products)
    for position in others.indices {
      let norm = norms[row] * norms[Int(others[position])]
      use(position, norm > 0 ? Float(products[position] / norm) : 0)
    }
  }

  /// What U must reach for a score to reach this one.
  func bound(ofScore score: Float) -> Float {
    guard metric == .euclidean else { return score }
    let distance = Double(score) * scale
    return Float(-distance * distance / 2)
  }
}

/// Rows prepared for tiles.
enum RowOperand: Sendable {
  case bfloat16(BFloat16Rows)
  case single(Matrix<Float>)

  /// Rows or columns of its tiles.
  var paddedRows: Int {
    switch self {
    case .bfloat16(let rows): rows.paddedRows
    case .single(let rows): rows.rows
    }
  }

  func multiply(_ other: RowOperand, into tile: inout MutableSpan<Float>) {
    switch (self, other) {
    case (.bfloat16(let left), .bfloat16(let right)): BFloat16Rows.multiplyTile(left, right, into: &tile)
    case (.single(let left), .single(let right)):
      multiplyTile(left.elements.span, right.elements.span, columns: left.columns, into: &tile)
    default: preconditionFailure("a tile of bf16 rows and Float rows")
    }
  }
}

private struct OperandFiller {
  private(set) var packed: BFloat16Rows?
  private var rows: Matrix<Float>

  init(rows: Int, columns: Int, bfloat16: Bool) {
    packed = bfloat16 ? BFloat16Rows(rows: rows, columns: columns) : nil
    self.rows = Matrix(rows: bfloat16 ? 0 : rows, columns: columns, repeating: 0)
  }

  var operand: RowOperand { packed.map(RowOperand.bfloat16) ?? .single(rows) }

  mutating func set(_ local: Int, to x: Span<Float>, shift: Span<Double>, scale: Double) -> Double {
    if let error = packed?.set(local, to: x, shift: shift, scale: scale) { return error }
    let offset = local * rows.columns
    var span = rows.elements.mutableSpan
    return scaleRow(x, shift: shift, scale: scale, into: &span, at: offset)
  }
}

private func shiftedNorms(_ matrix: Matrix<Float>, _ shift: [Double]) -> [Double] {
  parallelMap(count: matrix.rows, chunk: 256) { row in
    let elements = matrix.elements.span.extracting(matrix.range(ofRow: row))
    var sum = 0.0
    for i in elements.indices {
      let difference = Double(elements[i]) - shift[i]
      sum += difference * difference
    }
    return sum.squareRoot()
  }
}
