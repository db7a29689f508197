internal import LinearAlgebra
public import Tensors

/// Each vector as a combination of shared tokens (``TokenPursuit``).
public struct TokenPursuitMethod: LookUpMethod {
  public static let name = "token-pursuit"
  /// Tokens a vector is written with, 1 or more; larger values fit closer and carry more noise.
  public var sparsity: Int

  public init(sparsity: Int = 64) { self.sparsity = sparsity }

  /// The pursuit in the matched tokens.
  public func transfer(
    source: Matrix<Float>, target: Matrix<Float>, options: AlignmentOptions
  ) throws(AlignmentError) -> any TokenTransfer {
    try TokenPursuit(source: source, target: target, sparsity: sparsity, isCentred: options.isCentred)
  }
}

/// Orthogonal matching pursuit in shared tokens: a source vector is written as a combination of k shared source
/// tokens, and the same combination of the target's rows is its image.
///
/// Each step takes the token whose unit row has the largest |product| with the residual, and projects the vector
/// anew on all chosen rows (incremental QR by Gram–Schmidt, twice). It stops early when the residual is below
/// 1e-6 of the vector. Nothing is trained. Rows are taken about their means, and the map is homogeneous: a
/// direction and a point go the same way. Goddard, Fernandes Neto 2025 (arXiv 2506.06607), who do not centre.
/// O(k n d_S) a vector, by blocks of 64 vectors; 4 n d_S bytes for packed rows (AVX-512), else 4 bytes x 64 n a worker.
public struct TokenPursuit: TokenTransfer, Equatable {
  public let method = TokenPursuitMethod.name
  /// Tokens a vector is written with, at most.
  public let sparsity: Int
  let table: TokenTable
  /// The table's unit rows, where the processor multiplies them packed.
  private let packed: PackedRows?

  public var sourceWidth: Int { table.unit.columns }
  public var targetWidth: Int { table.target.columns }
  public var targetMean: [Float] { table.targetMean }

  /// - Parameters:
  ///   - source: n x d_S rows of the shared tokens.
  ///   - target: n x d_T rows of the same tokens.
  ///   - sparsity: k, 1 or more, cut to the source's width; larger values fit closer and carry more noise.
  ///   - isCentred: subtract the means of both sides first.
  /// - Throws: `AlignmentError.option`, `.tooFewTokens`, `.notFinite`, `.noVariance`.
  /// - Precondition: equally many rows.
  public init(
    source: Matrix<Float>, target: Matrix<Float>, sparsity: Int = 64, isCentred: Bool = true
  ) throws(AlignmentError) {
    guard sparsity >= 1 else {
      throw .option(name: "sparsity", expected: "1 or more", actual: "\(sparsity)")
    }
    self.sparsity = min(sparsity, source.columns, source.rows)
    table = try TokenTable(source, target, isCentred: isCentred, purpose: "token pursuit", needed: 2)
    packed = hasWideDoubleKernels ? PackedRows(table.unit) : nil
  }

  /// What a vector was written with.
  public struct Expression: Sendable, Equatable {
    /// Positions of the shared tokens, in the order they were chosen.
    public let tokens: [Int]
    /// Their coefficients, for rows about their mean.
    public let coefficients: [Double]
    /// `‖residual‖ / ‖vector‖`; 0 for a zero vector.
    public let relativeResidual: Double
  }

  /// The tokens and coefficients of every direction.
  ///
  /// - Precondition: `sourceWidth` columns.
  public func expressions(of directions: Matrix<Float>) -> [Expression] {
    precondition(
      directions.columns == sourceWidth,
      "a pursuit in width \(sourceWidth) of directions of width \(directions.columns)")
    let block = 64
    let parts: [[Expression]] = withSingleThreadedBLAS {
      parallelMap(count: (directions.rows + block - 1) / block) { index in
        pursue(directions.selecting(rows: Array(index * block..<min(directions.rows, (index + 1) * block))))
      }
    }
    return parts.flatMap { $0 }
  }

  /// Each direction is pursued as it is; no mean is added.
  public func applied(toDirections directions: Matrix<Float>) -> Matrix<Float> {
    let expressions = expressions(of: directions)
    let rows: [[Float]] = parallelMap(count: expressions.count, chunk: 16) { row in
      table.synthesis(expressions[row].tokens, expressions[row].coefficients)
    }
    return Matrix(rows: directions.rows, columns: targetWidth, elements: rows.flatMap { $0 })
  }

  /// Each point less the source's mean is pursued, and the target's mean added.
  public func applied(toPoints points: Matrix<Float>) -> Matrix<Float> {
    shifted(
      applied(toDirections: shifted(points, by: table.sourceMean, sign: -1)), by: table.targetMean, sign: 1)
  }

  private func pursue(_ vectors: Matrix<Float>) -> [Expression] {
    var states = (0..<vectors.rows).map { PursuitState(vectors.row($0)) }
    for _ in 0..<sparsity {
      let open = states.indices.filter { !states[$0].isDone }
      guard !open.isEmpty else { break }
      let residuals = Matrix(
        rows: open.count, columns: sourceWidth,
        elements: open.flatMap { states[$0].residual.map { Float($0) } })
      for (index, token) in zip(open, nearest(residuals)) { states[index].take(token, from: table.unit) }
    }
    return states.map { $0.expression(lengths: table.lengths) }
  }

  /// The token whose unit row has the largest |product| with each residual; nil where all products are zero.
  private func nearest(_ residuals: Matrix<Float>) -> [Int?] {
    if let packed { return packed.largestProducts(residuals) }
    var scores = [Float](repeating: 0, count: residuals.rows * table.unit.rows)
    table.products(residuals, into: &scores)
    let span = scores.span
    return (0..<residuals.rows).map { row in
      largestMagnitude(span.extracting(row * table.unit.rows..<(row + 1) * table.unit.rows))
    }
  }
}

/// The position of the largest |x|, the first of equal ones; nil when all are zero.
private func largestMagnitude(_ values: Span<Float>) -> Int? {
  var (best, position) = (Float(0), -1)
  for i in values.indices where abs(values[i]) > best { (best, position) = (abs(values[i]), i) }
  return position < 0 ? nil : position
}

/// One vector's chosen rows as `A = Q R`, and what they leave of it.
private struct PursuitState {
  var residual: [Double]
  var tokens: [Int] = []
  var isDone = false
  private let length: Double
  /// Orthonormal, one a chosen token.
  private var basis: [[Double]] = []
  /// Columns of R, the i-th with i + 1 numbers.
  private var upper: [[Double]] = []
  private var products: [Double] = []

  init(_ vector: [Float]) {
    residual = vector.map { Double($0) }
    length = product(residual, residual).squareRoot()
    isDone = length == 0
  }

  mutating func take(_ token: Int?, from rows: Matrix<Float>) {
    // Chosen rows are orthogonal to the residual: if one comes nearest, nothing but rounding is left.
    guard let token, !tokens.contains(token) else {
      isDone = true
      return
    }
    var row = rows.row(token).map { Double($0) }
    var column = [Double](repeating: 0, count: basis.count)
    for _ in 0..<2 {
      for (index, direction) in basis.enumerated() {
        let share = product(direction, row)
        column[index] += share
        for i in row.indices { row[i] -= share * direction[i] }
      }
    }
    let rest = product(row, row).squareRoot()
    // A row in the span of those chosen adds nothing but rounding.
    guard rest > 1e-6 else {
      isDone = true
      return
    }
    for i in row.indices { row[i] /= rest }
    let share = product(row, residual)
    for i in row.indices { residual[i] -= share * row[i] }
    tokens.append(token)
    basis.append(row)
    upper.append(column + [rest])
    products.append(share)
    isDone = product(residual, residual).squareRoot() < 1e-6 * length
  }

  func expression(lengths: [Double]) -> TokenPursuit.Expression {
    var coefficients = products
    for i in coefficients.indices.reversed() {
      coefficients[i] /= upper[i][i]
      for j in 0..<i { coefficients[j] -= upper[i][j] * coefficients[i] }
    }
    return TokenPursuit.Expression(
      tokens: tokens, coefficients: zip(tokens, coefficients).map { $1 / lengths[$0] },
      relativeResidual: length > 0 ? product(residual, residual).squareRoot() / length : 0)
  }
}

/// Σ xᵢ yᵢ, eight partial sums.
func product(_ x: [Double], _ y: [Double]) -> Double {
  let (a, b) = (x.span, y.span)
  precondition(a.count == b.count, "product of \(a.count) and \(b.count) numbers")
  var sums = SIMD8<Double>.zero
  let whole = a.count & ~7
  var i = 0
  while i < whole {
    for lane in 0..<8 { sums[lane] += a[i + lane] * b[i + lane] }
    i += 8
  }
  var total = sums.sum()
  while i < a.count {
    total += a[i] * b[i]
    i += 1
  }
  return total
}
