internal import LinearAlgebra
internal import Statistics
internal import Tensors

/// The rows of a space and what each nearness needs of them: some numbers a row beside the matrix, which is not copied.
struct PointRows: Sendable {
  let matrix: Matrix<Float>
  /// Whether a row counts.
  let counts: [Bool]
  /// Whether a row counts and is not held out.
  let isRest: [Bool]
  /// The group of each row; nil where each is by itself.
  let labels: [Int32]?
  /// μ of the rows that count.
  let mean: [Double]
  let meanNorm: Double
  /// The leading principal components of the rows that count, [D x d].
  let leading: Matrix<Double>
  /// ‖r‖.
  let norms: [Double]
  /// 1/‖r‖, 1/‖r - μ‖ and the inverse norm of what the leading components leave of r - μ; 0 for 0.
  let inverseNorms: [Double]
  let inverseCentred: [Double]
  let inverseRemaining: [Double]
  /// ⟨r, μ⟩.
  let meanProducts: [Double]
  /// r - μ along the leading components, [n x D].
  let leadingParts: Matrix<Double>

  /// - Throws: `GeometryError.decomposition`.
  init(
    _ matrix: Matrix<Float>, norms: [Double], counts: [Bool], isRest: [Bool], labels: [Int32]?,
    moments: RowMoments
  ) throws(GeometryError) {
    (self.matrix, self.norms, self.counts, self.isRest) = (matrix, norms, counts, isRest)
    self.labels = labels
    let (mean, columns) = (moments.mean, matrix.columns)
    self.mean = mean
    meanNorm = mean.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let eigen = try decomposing("all but the top") { () throws(LinearAlgebraError) in
      try symmetricEigen(moments.covariance)
    }
    let removed = min(max(1, (columns + 50) / 100), max(columns - 1, 0))
    let leading = eigen.vectors.selecting(rows: Array(columns - removed..<columns))
    self.leading = leading
    let block = 256
    let parts: [(parts: [Double], centred: [Double], remaining: [Double], products: [Double])] =
      withSingleThreadedBLAS {
        parallelMap(count: (matrix.rows + block - 1) / block) { part in
          let rows = part * block..<min((part + 1) * block, matrix.rows)
          var centred = Matrix<Double>(rows: rows.count, columns: columns, repeating: 0)
          var products: [Double] = []
          let source = matrix.elements.span
          var target = centred.elements.mutableSpan
          let shift = mean.span
          for (local, row) in rows.enumerated() {
            var product = 0.0
            for column in 0..<columns {
              let x = Double(source[row * columns + column])
              product += x * shift[column]
              target[local * columns + column] = x - shift[column]
            }
            products.append(product)
          }
          let along = multiply(centred, leading, transposingB: true)
          let squares = (0..<rows.count).map { squaredLength(centred.elements[centred.range(ofRow: $0)]) }
          let remaining = (0..<rows.count).map {
            max(squares[$0] - squaredLength(along.elements[along.range(ofRow: $0)]), 0)
          }
          return (along.elements, squares, remaining, products)
        }
      }
    leadingParts = Matrix(rows: matrix.rows, columns: removed, elements: parts.flatMap(\.parts))
    meanProducts = parts.flatMap(\.products)
    let squares = parts.flatMap(\.centred)
    inverseNorms = norms.map { $0 > 0 ? 1 / $0 : 0 }
    // What is left of a row after its mean, or after its components, may be no more than rounding.
    inverseCentred = zip(squares, norms).map { $0 > 1e-24 * $1 * $1 ? 1 / $0.squareRoot() : 0 }
    inverseRemaining = zip(parts.flatMap(\.remaining), squares).map {
      $0 > 1e-14 * $1 ? 1 / $0.squareRoot() : 0
    }
  }

  /// What a point needs to be compared with the rows.
  ///
  /// - Throws: `GeometryError.notFinite`, `.width`.
  func queries(_ points: Matrix<Float>) throws(GeometryError) -> [PointQuery] {
    guard points.columns == matrix.columns else {
      throw .width(point: points.columns, rows: matrix.columns)
    }
    let norms = try finiteNorms(points, "points")
    return points.rows == 0 ? [] : (0..<points.rows).map { query(points.row($0), norm: norms[$0]) }
  }

  /// A row as a point.
  func query(row: Int) -> PointQuery { query(matrix.row(row), norm: norms[row], itself: row) }

  private func query(_ numbers: [Float], norm: Double, itself: Int? = nil) -> PointQuery {
    let centred = zip(numbers, mean).map { Double($0) - $1 }
    let along = (0..<leading.rows).map { component in
      zip(leading.elements[leading.range(ofRow: component)], centred).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let square = squaredLength(centred[...])
    let remaining = square - squaredLength(along[...])
    let identical = norms.indices.filter { row in
      norms[row] == norm && zip(matrix.elements[matrix.range(ofRow: row)], numbers).allSatisfy { $0 == $1 }
    }
    let itself = itself ?? identical.first
    return PointQuery(
      numbers: numbers, identical: identical, itself: itself, group: itself.flatMap { labels?[$0] },
      norm: norm, inverseNorm: norm > 0 ? 1 / norm : 0,
      inverseCentred: square > 1e-24 * norm * norm ? 1 / square.squareRoot() : 0,
      inverseRemaining: remaining > 1e-14 * square ? 1 / remaining.squareRoot() : 0,
      centred: centred, along: along,
      constant: zip(mean, numbers).reduce(meanNorm * meanNorm) { $0 - $1.0 * Double($1.1) })
  }

  /// The nearness of a row by its definition, in Double.
  func score(_ point: PointQuery, _ row: Int, _ nearness: PointNearness, hubness: [Double]) -> Double {
    let other = matrix.elements.span.extracting(matrix.range(ofRow: row))
    switch nearness {
    case .euclidean: return -squaredDistance(point.numbers.span, other).squareRoot()
    case .cosine: return cosine(point, row)
    case .csls: return 2 * cosine(point, row) - hubness[row]
    case .centred, .allButTheTop:
      var sum = 0.0
      for column in 0..<matrix.columns {
        sum += point.centred[column] * (Double(other[column]) - mean[column])
      }
      if nearness == .centred { return within(sum * point.inverseCentred * inverseCentred[row]) }
      for component in 0..<leading.rows { sum -= point.along[component] * leadingParts[row, component] }
      return within(sum * point.inverseRemaining * inverseRemaining[row])
    }
  }

  private func cosine(_ point: PointQuery, _ row: Int) -> Double {
    let other = matrix.elements.span.extracting(matrix.range(ofRow: row))
    // As in a graph of neighbours: products of norms, not of their inverses.
    let norm = point.norm * norms[row]
    return norm > 0 ? within(innerProduct(point.numbers.span, other) / norm) : 0
  }

  private func within(_ cosine: Double) -> Double { min(max(cosine, -1), 1) }
}

/// A point with what is known of it.
struct PointQuery: Sendable {
  let numbers: [Float]
  /// Rows with the same numbers.
  let identical: [Int]
  /// The row that the point is.
  let itself: Int?
  /// The group of that row; its members are no neighbours either.
  let group: Int32?
  let norm: Double
  let inverseNorm: Double
  let inverseCentred: Double
  let inverseRemaining: Double
  /// x - μ.
  let centred: [Double]
  /// Along the leading components.
  let along: [Double]
  /// ‖μ‖² - ⟨x, μ⟩.
  let constant: Double

  /// Why no cosine of that kind means anything.
  func reasonAgainst(_ nearness: PointNearness) -> String? {
    switch nearness {
    case .euclidean: nil
    case .cosine, .csls: inverseNorm == 0 ? "the point is zero: it has no direction" : nil
    case .centred: inverseCentred == 0 ? "the point is the rows' mean: it has no direction from there" : nil
    case .allButTheTop:
      inverseRemaining == 0 ? "nothing is left of the point without the mean and the leading components" : nil
    }
  }
}

/// Σ xᵢ².
func squaredLength(_ numbers: ArraySlice<Double>) -> Double { numbers.reduce(0) { $0 + $1 * $1 } }

/// Sums over some rows, from which mean and covariance (divisor n) follow; O(n d²) in Double, without a copy of the rows.
struct RowMoments: Sendable {
  let count: Int
  private let sums: [Double]
  private let scatter: Matrix<Double>

  init(_ matrix: Matrix<Float>, rows: [Int]) {
    let numbers = rows.map { UInt32(truncatingIfNeeded: $0) }
    var sums = [Double](repeating: 0, count: matrix.columns)
    _ = addColumns(of: matrix, rows: numbers[...], to: &sums)
    self.init(
      count: rows.count, sums: sums,
      scatter: transposedProducts([TransposedProduct(matrix, rows: numbers)])[0])
  }

  private init(count: Int, sums: [Double], scatter: Matrix<Double>) {
    (self.count, self.sums, self.scatter) = (count, sums, scatter)
  }

  static func + (a: RowMoments, b: RowMoments) -> RowMoments {
    RowMoments(
      count: a.count + b.count, sums: zip(a.sums, b.sums).map { $0 + $1 },
      scatter: Matrix(
        rows: a.scatter.rows, columns: a.scatter.columns,
        elements: zip(a.scatter.elements, b.scatter.elements).map { $0 + $1 }))
  }

  var mean: [Double] { sums.map { $0 / Double(count) } }

  var covariance: Matrix<Double> {
    let mean = mean
    var covariance = scatter
    for i in mean.indices {
      for j in mean.indices { covariance[i, j] = scatter[i, j] / Double(count) - mean[i] * mean[j] }
    }
    return covariance
  }
}
