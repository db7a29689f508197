internal import LinearAlgebra
internal import Tensors

/// Sums over pairs of rows (x, y), all that the closed-form fits need: a fold is a difference of two.
///
/// Accumulated in Double, uncentred; centring happens afterwards in closed form.
struct PairMoments {
  var count: Double
  /// Σ x and Σ y.
  var sourceSum: [Double]
  var targetSum: [Double]
  /// Σ x xᵀ, d_S x d_S.
  var sourceGram: Matrix<Double>
  /// Σ x yᵀ, d_S x d_T.
  var cross: Matrix<Double>
  /// Σ ‖y‖².
  var targetEnergy: Double

  /// O(n d_S (d_S + d_T)).
  ///
  /// - Throws: `AlignmentError.notFinite`, naming the first bad row.
  init(_ source: Matrix<Float>, _ target: Matrix<Float>) throws(AlignmentError) {
    try requireFinite(source, side: "source")
    try requireFinite(target, side: "target")
    count = Double(source.rows)
    sourceSum = columnSums(source)
    targetSum = columnSums(target)
    sourceGram = gram(source)
    cross = crossGram(source, target)
    targetEnergy = rowEnergies(target).reduce(0, +)
  }

  static func - (all: PairMoments, part: PairMoments) -> PairMoments {
    all.combined(with: part) { $0 - $1 }
  }

  static func + (left: PairMoments, right: PairMoments) -> PairMoments {
    left.combined(with: right) { $0 + $1 }
  }

  private func combined(with other: PairMoments, _ combine: (Double, Double) -> Double) -> PairMoments {
    var result = self
    result.count = combine(count, other.count)
    result.targetEnergy = combine(targetEnergy, other.targetEnergy)
    result.sourceSum = zip(sourceSum, other.sourceSum).map(combine)
    result.targetSum = zip(targetSum, other.targetSum).map(combine)
    result.sourceGram.elements = zip(sourceGram.elements, other.sourceGram.elements).map(combine)
    result.cross.elements = zip(cross.elements, other.cross.elements).map(combine)
    return result
  }

  var sourceMean: [Double] { sourceSum.map { $0 / count } }
  var targetMean: [Double] { targetSum.map { $0 / count } }

  /// The same sums of x - a and y - b.
  func about(_ a: [Double], _ b: [Double]) -> PairMoments {
    var moved = self
    moved.sourceGram = gramAbout(sourceGram, sourceSum, a, sourceSum, a)
    moved.cross = gramAbout(cross, sourceSum, a, targetSum, b)
    for (j, mean) in b.enumerated() {
      moved.targetEnergy += mean * (count * mean - 2 * targetSum[j])
      moved.targetSum[j] -= count * mean
    }
    for (i, mean) in a.enumerated() { moved.sourceSum[i] -= count * mean }
    return moved
  }

  /// Σ (x - a)(y - b)ᵀ = Σ x yᵀ - a (Σ y)ᵀ - (Σ x) bᵀ + n a bᵀ.
  private func gramAbout(
    _ gram: Matrix<Double>, _ xSum: [Double], _ a: [Double], _ ySum: [Double], _ b: [Double]
  ) -> Matrix<Double> {
    var elements = gram.elements
    var span = elements.mutableSpan
    for i in 0..<gram.rows {
      for j in 0..<gram.columns {
        span[i * gram.columns + j] += a[i] * (count * b[j] - ySum[j]) - xSum[i] * b[j]
      }
    }
    return Matrix(rows: gram.rows, columns: gram.columns, elements: elements)
  }
}

/// Σ over rows, in Double; partial sums of fixed blocks, so the bits do not depend on the processors.
func columnSums(_ matrix: Matrix<Float>) -> [Double] {
  let block = 1024
  let parts: [[Double]] = parallelMap(count: (matrix.rows + block - 1) / block) { index in
    var sums = [Double](repeating: 0, count: matrix.columns)
    var span = sums.mutableSpan
    let elements = matrix.elements.span
    for row in index * block..<min(matrix.rows, (index + 1) * block) {
      for column in 0..<matrix.columns { span[column] += Double(elements[row * matrix.columns + column]) }
    }
    return sums
  }
  return parts.reduce(into: [Double](repeating: 0, count: matrix.columns)) { total, part in
    for column in part.indices { total[column] += part[column] }
  }
}

/// ‖row‖² of every row, in Double.
func rowEnergies(_ matrix: Matrix<Float>) -> [Double] {
  parallelMap(count: matrix.rows, chunk: 256) { row in
    let elements = matrix.elements.span.extracting(matrix.range(ofRow: row))
    return innerProduct(elements, elements)
  }
}

/// Σ xᵢ yᵢ in Double, eight partial sums.
func innerProduct(_ x: Span<Float>, _ y: Span<Float>) -> Double {
  var sums = SIMD8<Double>.zero
  var i = 0
  while i + 8 <= x.count {
    for lane in 0..<8 { sums[lane] += Double(x[i + lane]) * Double(y[i + lane]) }
    i += 8
  }
  var total = sums.sum()
  while i < x.count {
    total += Double(x[i]) * Double(y[i])
    i += 1
  }
  return total
}

func requireFinite(_ matrix: Matrix<Float>, side: String) throws(AlignmentError) {
  let energies = rowEnergies(matrix)
  if let row = energies.firstIndex(where: { !$0.isFinite }) { throw .notFinite(side: side, row: row) }
}
