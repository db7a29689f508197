internal import LinearAlgebra
internal import RealModule
internal import Tensors

/// Sums over the off-diagonal entries of the linear kernel K = X Xᵀ, without the n × n matrix.
///
/// With G = Xᵀ X and s = Σ xᵢ:  Σ_{j≠i} K_ij = xᵢ·s - ‖xᵢ‖²,  Σ_{j≠i} K_ij² = xᵢᵀ G xᵢ - ‖xᵢ‖⁴,
/// Σ_{i≠j} K_ij² = ‖G‖_F² - Σ ‖xᵢ‖⁴. O(n d²); the per-row squares are Float products, summed in Double.
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

  /// The sums of one kernel alone.
  init(_ x: Matrix<Float>) { self.init(x, gram: transposedProducts([TransposedProduct(x)])[0]) }

  fileprivate init(_ x: Matrix<Float>, gram: Matrix<Double>) {
    let norms: [Double] = parallelMap(count: x.rows, chunk: 256) { row in
      squaredNorm(x.elements.span.extracting(x.range(ofRow: row)))
    }
    let total = columnSums(x)
    count = x.rows
    squaredNorms = norms
    rowSums = zip(rowProducts(x, with: total), norms).map { $0 - $1 }
    rowSquares = zip(quadraticForms(x, gram), norms).map { max($0 - $1 * $1, 0) }
    sum = total.reduce(0) { $0 + $1 * $1 } - norms.reduce(0, +)
    sumSquares = squaredFrobenius(gram) - norms.reduce(0) { $0 + $1 * $1 }
    self.total = total
    self.gram = gram
  }
}

/// The sums of two kernels over the same rows, and those of their products.
struct PairedKernelMoments {
  let a: KernelMoments
  let b: KernelMoments
  let joint: JointKernelMoments

  init(_ x: Matrix<Float>, _ y: Matrix<Float>) {
    let grams = transposedProducts([TransposedProduct(x), TransposedProduct(y), TransposedProduct(x, y)])
    a = KernelMoments(x, gram: grams[0])
    b = KernelMoments(y, gram: grams[1])
    joint = JointKernelMoments(x, a, y, b, crossGram: grams[2])
  }
}

/// The same for the products K_ij L_ij of two kernels.
struct JointKernelMoments {
  /// Σ_{j≠i} K_ij L_ij for each row.
  let rowProducts: [Double]
  let sumProducts: Double
  /// Xᵀ Y.
  let crossGram: Matrix<Double>

  fileprivate init(
    _ x: Matrix<Float>, _ k: KernelMoments, _ y: Matrix<Float>, _ l: KernelMoments, crossGram: Matrix<Double>
  ) {
    let diagonal = zip(k.squaredNorms, l.squaredNorms).map { $0 * $1 }
    rowProducts = zip(quadraticForms(x, crossGram, y), diagonal).map { $0 - $1 }
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
    let elements = x.elements.span.extracting(x.range(ofRow: row))
    let factors = vector.span
    var sum = 0.0
    for column in elements.indices {
      sum = Relaxed.multiplyAdd(Double(elements[column]), factors[column], sum)
    }
    return sum
  }
}
