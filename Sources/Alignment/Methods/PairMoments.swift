internal import Geometry
internal import LinearAlgebra
internal import Tensors

/// Sums over pairs of rows (x, y), all that the closed-form fits need: a fold is a difference of two.
///
/// Accumulated in Double, uncentred; centring happens afterwards in closed form.
struct PairMoments: Sendable {
  var count: Double
  /// Σ x and Σ y.
  var sourceSum: [Double]
  var targetSum: [Double]
  /// Σ x xᵀ, d_S x d_S; empty where it was not asked for.
  var sourceGram: Matrix<Double>
  /// Σ x yᵀ, d_S x d_T.
  var cross: Matrix<Double>
  /// Σ ‖x‖² and Σ ‖y‖².
  var sourceEnergy: Double
  var targetEnergy: Double

  /// O(n d_S (d_S + d_T)), without the source's Gram matrix O(n d_S d_T).
  ///
  /// - Throws: `AlignmentError.notFinite`, naming the first bad row.
  init(
    _ source: Matrix<Float>, _ target: Matrix<Float>, withSourceGram: Bool = true
  ) throws(AlignmentError) {
    let all = [(0..<UInt32(source.rows)).map { $0 }]
    self = try Self.sums(source, target, over: all, withSourceGram: withSourceGram)[0]
  }

  /// The sums over each of some sets of rows, in one pass without a copy of the rows.
  ///
  /// Products and squares of Floats are finite in Double, so a sum that is not finite tells of a bad row.
  static func sums(
    _ source: Matrix<Float>, _ target: Matrix<Float>, over sets: [[UInt32]], withSourceGram: Bool = true
  ) throws(AlignmentError) -> [PairMoments] {
    let (sources, targets) = (columnSums(source, over: sets), columnSums(target, over: sets))
    if !sources.allSatisfy(\.energy.isFinite) { try requireFinite(source, side: "source") }
    if !targets.allSatisfy(\.energy.isFinite) { try requireFinite(target, side: "target") }
    let grams = withSourceGram ? sets.map { TransposedProduct(source, rows: $0) } : []
    let products = transposedProducts(grams + sets.map { TransposedProduct(source, target, rows: $0) })
    let none = Matrix<Double>(rows: 0, columns: 0, elements: [])
    return sets.indices.map { index in
      PairMoments(
        count: Double(sets[index].count), sourceSum: sources[index].sums, targetSum: targets[index].sums,
        sourceGram: withSourceGram ? products[index] : none, cross: products[grams.count + index],
        sourceEnergy: sources[index].energy, targetEnergy: targets[index].energy)
    }
  }

  private init(
    count: Double, sourceSum: [Double], targetSum: [Double], sourceGram: Matrix<Double>,
    cross: Matrix<Double>, sourceEnergy: Double, targetEnergy: Double
  ) {
    (self.count, self.sourceSum, self.targetSum) = (count, sourceSum, targetSum)
    (self.sourceGram, self.cross) = (sourceGram, cross)
    (self.sourceEnergy, self.targetEnergy) = (sourceEnergy, targetEnergy)
  }

  static func - (all: PairMoments, part: PairMoments) -> PairMoments {
    all.adding(part, times: -1)
  }

  static func + (left: PairMoments, right: PairMoments) -> PairMoments {
    left.adding(right, times: 1)
  }

  private func adding(_ other: PairMoments, times sign: Double) -> PairMoments {
    var result = self
    result.count += sign * other.count
    result.sourceEnergy += sign * other.sourceEnergy
    result.targetEnergy += sign * other.targetEnergy
    add(other.sourceSum, times: sign, to: &result.sourceSum)
    add(other.targetSum, times: sign, to: &result.targetSum)
    add(other.sourceGram.elements, times: sign, to: &result.sourceGram.elements)
    add(other.cross.elements, times: sign, to: &result.cross.elements)
    return result
  }

  var sourceMean: [Double] { sourceSum.map { $0 / count } }
  var targetMean: [Double] { targetSum.map { $0 / count } }

  /// The same sums of x - a and y - b.
  func about(_ a: [Double], _ b: [Double]) -> PairMoments {
    var moved = self
    if !sourceGram.elements.isEmpty { move(&moved.sourceGram, sourceSum, a, sourceSum, a) }
    move(&moved.cross, sourceSum, a, targetSum, b)
    for (i, mean) in a.enumerated() {
      moved.sourceEnergy += mean * (count * mean - 2 * sourceSum[i])
      moved.sourceSum[i] -= count * mean
    }
    for (j, mean) in b.enumerated() {
      moved.targetEnergy += mean * (count * mean - 2 * targetSum[j])
      moved.targetSum[j] -= count * mean
    }
    return moved
  }

  /// Σ (x - a)(y - b)ᵀ = Σ x yᵀ - a (Σ y)ᵀ - (Σ x) bᵀ + n a bᵀ.
  private func move(
    _ gram: inout Matrix<Double>, _ xSum: [Double], _ a: [Double], _ ySum: [Double], _ b: [Double]
  ) {
    let (rows, columns) = (gram.rows, gram.columns)
    let means = b.span
    let rests = zip(b, ySum).map { count * $0 - $1 }
    let rest = rests.span
    var elements = gram.elements.mutableSpan
    for i in 0..<rows {
      let (mean, sum) = (a[i], xSum[i])
      for j in 0..<columns { elements[i * columns + j] += mean * rest[j] - sum * means[j] }
    }
  }
}

/// y += s x.
private func add(_ x: [Double], times sign: Double, to y: inout [Double]) {
  let source = x.span
  var target = y.mutableSpan
  for index in 0..<source.count { target[index] += sign * source[index] }
}

/// Σ of the rows and Σ of their squared lengths for sets of rows, by fixed blocks of 1024.
private func columnSums(
  _ matrix: Matrix<Float>, over sets: [[UInt32]]
) -> [(sums: [Double], energy: Double)] {
  let blocks = sets.map { rows in
    stride(from: 0, to: rows.count, by: 1024).map { rows[$0..<min(rows.count, $0 + 1024)] }
  }
  let all = blocks.flatMap { $0 }
  let parts: [(sums: [Double], energy: Double)] = parallelMap(count: all.count) { index in
    var sums = [Double](repeating: 0, count: matrix.columns)
    let energy = addColumns(of: matrix, rows: all[index], to: &sums)
    return (sums, energy)
  }
  var next = parts.startIndex
  return blocks.map { own in
    var total = (sums: [Double](repeating: 0, count: matrix.columns), energy: 0.0)
    for part in parts[next..<next + own.count] {
      add(part.sums, times: 1, to: &total.sums)
      total.energy += part.energy
    }
    next += own.count
    return total
  }
}

/// The mean row, in Double; of no rows 0.
func columnMeans(_ matrix: Matrix<Float>) -> [Double] {
  columnSums(matrix).map { $0 / Double(max(matrix.rows, 1)) }
}

func requireFinite(_ matrix: Matrix<Float>, side: String) throws(AlignmentError) {
  // Squares of Floats are finite in Double, and so are their sums.
  if let row = rowNorms(matrix).firstIndex(where: { !$0.isFinite }) { throw .notFinite(side: side, row: row) }
}
