internal import LinearAlgebra
internal import Tensors

/// Unit rows about their mean, lifted by two columns so that a product of two of them is their cosine less a constant.
///
/// With ûᵢ the rows of length 1, m their mean, vᵢ = ûᵢ - m and q̄ the mean of ‖vᵢ‖²:
///
///     cos(i, j) = 1 - ‖vᵢ - vⱼ‖²/2 = ⟨vᵢ, vⱼ⟩ + pᵢ + pⱼ + level,   pᵢ = (q̄ - ‖vᵢ‖²)/2,   level = 1 - q̄
///
/// so row i holds (vᵢ, pᵢ, 1), and a product takes the last two columns of one of its sides in the other order. In a
/// narrow cone all cosines are near 1, and sums of them and of their squares cancel to nothing; here the constant that
/// they share is never added. v is taken in Double and rounded to Float, so what is lost is a share of ‖v‖, not of 1.
struct LiftedRows: Sendable {
  /// n x (d + 2).
  let rows: Matrix<Float>
  /// What the products lack to be cosines.
  let level: Double

  /// - Parameters: rows without NaN or infinity, none of them zero, and their norms.
  init(_ matrix: Matrix<Float>, norms: [Double]) {
    let (columns, width) = (matrix.columns, matrix.columns + 2)
    let inverse = norms.map { 1 / $0 }
    let mean = Self.mean(matrix, inverse)
    var rows = Matrix<Float>.parallelRows(rows: matrix.rows, columns: width, chunk: 256) { part, lifted in
      let source = matrix.elements.span
      for (local, row) in part.enumerated() {
        for column in 0..<columns {
          lifted[local * width + column] = Float(
            Double(source[row * columns + column]) * inverse[row] - mean[column])
        }
      }
    }
    let squares: [Double] = parallelMap(count: rows.rows, chunk: 256) { [rows] row in
      let start = row * width
      return squaredNorm(rows.elements.span.extracting(start..<start + columns))
    }
    let meanSquare = squares.reduce(0, +) / Double(max(squares.count, 1))
    for row in squares.indices {
      rows[row, columns] = Float((meanSquare - squares[row]) / 2)
      rows[row, columns + 1] = 1
    }
    self.rows = rows
    level = 1 - meanSquare
  }

  /// Σ ûᵢ / n by chunks of rows, combined in order.
  private static func mean(_ matrix: Matrix<Float>, _ inverse: [Double]) -> [Double] {
    weightedColumnSums(matrix, inverse).map { $0 / Double(max(matrix.rows, 1)) }
  }

  /// Some rows with the last two columns in the other order: the right side of a product.
  func partners(_ range: Range<Int>) -> [Float] {
    let width = rows.columns
    var partners = Array(rows.elements[range.lowerBound * width..<range.upperBound * width])
    for row in 0..<range.count { partners.swapAt((row + 1) * width - 2, (row + 1) * width - 1) }
    return partners
  }

  /// cos(i, j) - level.
  func cosine(_ i: Int, _ j: Int) -> Double {
    let d = rows.columns - 2
    let (x, y) = (i * rows.columns, j * rows.columns)
    let elements = rows.elements.span
    let product = dot(elements.extracting(x..<x + d), elements.extracting(y..<y + d))
    return Double(product) + Double(elements[x + d]) + Double(elements[y + d])
  }
}

/// Sums over the off-diagonal pairs of two models' cosines, each less its own constant, without an n × n matrix.
///
/// With X the lifted rows, M the exchange of their last two columns and G = Xᵀ X: row i of the cosines sums to
/// xᵢᵀ M Σ xⱼ, its squares to xᵢᵀ M G M xᵢ, and all squares to ⟨M G M, G⟩; products of two models by C = Xᵀ Y in the same way.
/// The diagonal is taken off. O(n d_A d_B); the per-row squares are Float products, summed in Double.
struct PairedCosineMoments {
  let a: OffDiagonalSums
  let b: OffDiagonalSums
  /// Σ_{j≠i} A_ij B_ij for each row.
  let rowProducts: [Double]
  let sumProducts: Double

  /// - Precondition: equal numbers of rows.
  init(_ x: LiftedRows, _ y: LiftedRows) {
    let grams = transposedProducts(
      [TransposedProduct(x.rows), TransposedProduct(y.rows), TransposedProduct(x.rows, y.rows)],
      sums: Self.sums(count: x.rows.rows, columns: x.rows.columns + y.rows.columns))
    let (diagonalX, diagonalY) = (Self.diagonal(x), Self.diagonal(y))
    a = Self.sums(x, gram: grams[0], diagonalX)
    b = Self.sums(y, gram: grams[1], diagonalY)
    let exchanged = grams[2].exchangingLastTwo
    let diagonal = zip(diagonalX, diagonalY).map { $0 * $1 }
    rowProducts = zip(quadraticForms(x.rows, exchanged, y.rows), diagonal).map { $0 - $1 }
    sumProducts = innerProduct(exchanged, grams[2]) - diagonal.reduce(0, +)
  }

  /// The sums of one model alone.
  static func sums(_ x: LiftedRows) -> OffDiagonalSums {
    let gram = transposedProducts(
      [TransposedProduct(x.rows)], sums: sums(count: x.rows.rows, columns: 2 * x.rows.columns))[0]
    return sums(x, gram: gram, diagonal(x))
  }

  /// Where the rows are many, the diagonal is a small part of the sums of squares, and Float sums lose some 1e-8 of
  /// them; few rows may be nearly orthogonal, so that the diagonal is nearly all.
  private static func sums(count: Int, columns: Int) -> ProductSums {
    count >= 4 * columns ? .float : .double
  }

  /// ‖vᵢ‖² + 2 pᵢ.
  static func diagonal(_ x: LiftedRows) -> [Double] {
    let width = x.rows.columns
    return parallelMap(count: x.rows.rows, chunk: 256) { row in
      let start = row * width
      return squaredNorm(x.rows.elements.span.extracting(start..<start + width - 2))
        + 2 * Double(x.rows.elements[start + width - 2])
    }
  }

  private static func sums(_ x: LiftedRows, gram: Matrix<Double>, _ diagonal: [Double]) -> OffDiagonalSums {
    let exchanged = gram.exchangingLastTwo
    var total = columnSums(x.rows)
    total.swapAt(total.count - 2, total.count - 1)
    let rowSums = zip(Geometry.rowProducts(x.rows, with: total), diagonal).map { $0 - $1 }
    let rowSquares = zip(quadraticForms(x.rows, exchanged), diagonal).map { max($0 - $1 * $1, 0) }
    return OffDiagonalSums(
      count: x.rows.rows, rowSums: rowSums, rowSquares: rowSquares, sum: rowSums.reduce(0, +),
      sumSquares: innerProduct(exchanged, gram) - diagonal.reduce(0) { $0 + $1 * $1 }, level: x.level)
  }
}

extension Matrix<Double> {
  /// M G M': the last two rows exchanged, and the last two columns.
  fileprivate var exchangingLastTwo: Matrix<Double> {
    var result = self
    for j in 0..<columns { result.elements.swapAt((rows - 2) * columns + j, (rows - 1) * columns + j) }
    for i in 0..<rows { result.elements.swapAt(i * columns + columns - 2, i * columns + columns - 1) }
    return result
  }
}

private func innerProduct(_ x: Matrix<Double>, _ y: Matrix<Double>) -> Double {
  zip(x.elements, y.elements).reduce(0) { $0 + $1.0 * $1.1 }
}

/// Matched rows that have a direction in both models, lifted.
struct MatchedCosines {
  let a: LiftedRows
  let b: LiftedRows
  /// Their row numbers in the matrices as given.
  let kept: [Int]
  let zeroRows: Int

  var pairs: Int { kept.count * (kept.count - 1) / 2 }
  var tooFew: String { "needs 4 tokens with a direction in both models, got \(kept.count)" }

  init(_ a: Matrix<Float>, _ b: Matrix<Float>) throws(GeometryError) {
    precondition(a.rows == b.rows, "matched rows differ in number: \(a.rows) and \(b.rows)")
    let normsA = try finiteNorms(a, "first model")
    let normsB = try finiteNorms(b, "second model")
    let kept = (0..<a.rows).filter { normsA[$0] > 0 && normsB[$0] > 0 }
    self.kept = kept
    zeroRows = a.rows - kept.count
    func lifted(_ matrix: Matrix<Float>, _ norms: [Double]) -> LiftedRows {
      kept.count == matrix.rows
        ? LiftedRows(matrix, norms: norms)
        : LiftedRows(matrix.selecting(rows: kept), norms: kept.map { norms[$0] })
    }
    (self.a, self.b) = (lifted(a, normsA), lifted(b, normsB))
  }
}
