internal import LinearAlgebra
internal import Tensors

/// Sums over the off-diagonal entries of the linear kernel K = X Xᵀ, without the n × n matrix.
///
/// With G = Xᵀ X and s = Σ xᵢ:  Σ_{j≠i} K_ij = xᵢ·s - ‖xᵢ‖²,  Σ_{j≠i} K_ij² = xᵢᵀ G xᵢ - ‖xᵢ‖⁴,
/// Σ_{i≠j} K_ij² = ‖G‖_F² - Σ ‖xᵢ‖⁴. O(n d²), totals in Double, the per-row squares through Float products.
struct KernelMoments {
  let count: Int
  let squaredNorms: [Double]
  /// Σ_{j≠i} K_ij for each row.
  let rowSums: [Double]
  /// Σ_{j≠i} K_ij² for each row.
  let rowSquares: [Double]
  let sum: Double
  let sumSquares: Double
  /// Σ xᵢ.
  let total: [Double]
  let gram: Matrix<Double>

  var sums: OffDiagonalSums {
    OffDiagonalSums(
      count: count, rowSums: rowSums, rowSquares: rowSquares, sum: sum, sumSquares: sumSquares)
  }

  init(_ x: Matrix<Float>) {
    let norms: [Double] = parallelMap(count: x.rows, chunk: 256) { row in
      squaredNorm(x.elements.span.extracting(x.range(ofRow: row)))
    }
    let total = columnSums(x) { _, value in value }
    let gram = LinearAlgebra.gram(x)
    count = x.rows
    squaredNorms = norms
    rowSums = zip(rowProducts(x, with: total), norms).map { $0 - $1 }
    rowSquares = zip(rowQuadratics(x, gram, x), norms).map { max($0 - $1 * $1, 0) }
    sum = total.reduce(0) { $0 + $1 * $1 } - norms.reduce(0, +)
    sumSquares = squaredFrobenius(gram) - norms.reduce(0) { $0 + $1 * $1 }
    self.total = total
    self.gram = gram
  }
}

/// The same for the products K_ij L_ij of two kernels over the same rows.
struct JointKernelMoments {
  /// Σ_{j≠i} K_ij L_ij for each row.
  let rowProducts: [Double]
  let sumProducts: Double
  /// Xᵀ Y.
  let crossGram: Matrix<Double>

  init(_ x: Matrix<Float>, _ k: KernelMoments, _ y: Matrix<Float>, _ l: KernelMoments) {
    let crossGram = LinearAlgebra.crossGram(x, y)
    let diagonal = zip(k.squaredNorms, l.squaredNorms).map { $0 * $1 }
    rowProducts = zip(rowQuadratics(x, crossGram, y), diagonal).map { $0 - $1 }
    sumProducts = squaredFrobenius(crossGram) - diagonal.reduce(0, +)
    self.crossGram = crossGram
  }
}

func squaredFrobenius(_ matrix: Matrix<Double>) -> Double {
  matrix.elements.reduce(0) { $0 + $1 * $1 }
}

/// xᵢ·v for each row, in Double.
func rowProducts(_ x: Matrix<Float>, with vector: [Double]) -> [Double] {
  parallelMap(count: x.rows, chunk: 256) { row in
    let elements = x.elements.span
    var sum = 0.0
    for column in 0..<x.columns { sum += Double(elements[row * x.columns + column]) * vector[column] }
    return sum
  }
}

/// xᵢᵀ G yᵢ for each row: blocks of X G in Float, their products with yᵢ summed in Double.
func rowQuadratics(_ x: Matrix<Float>, _ g: Matrix<Double>, _ y: Matrix<Float>) -> [Double] {
  let transposed = g.narrowed().transposed()
  let block = 512
  let parts: [[Double]] = withSingleThreadedBLAS {
    parallelMap(count: (x.rows + block - 1) / block) { index in
      let rows = index * block..<min(x.rows, (index + 1) * block)
      var products = [Float](repeating: 0, count: rows.count * transposed.rows)
      var span = products.mutableSpan
      multiplyTile(
        x.elements.span.extracting(rows.lowerBound * x.columns..<rows.upperBound * x.columns),
        transposed.elements.span, columns: x.columns, into: &span)
      return rows.map { row in
        let local = row - rows.lowerBound
        return innerProduct(
          products.span.extracting(local * y.columns..<(local + 1) * y.columns),
          y.elements.span.extracting(y.range(ofRow: row)))
      }
    }
  }
  return parts.flatMap { $0 }
}
