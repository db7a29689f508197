internal import LinearAlgebra
internal import Tensors

/// Vectors of things from the marks that they bear, by truncated singular values (Deerwester et al. 1990).
///
/// ```
/// A = U Σ Vᵀ,  A [things x marks], each row weighted and of unit length;   vectors = U Σ = A V, the first `width` columns
/// ```
/// Through the eigenvectors of AᵀA: O(things · marks² + marks³).
struct LatentSemantics {
  /// `[things x width]`.
  let vectors: Matrix<Float>
  /// The share of ‖A‖² that the vectors keep.
  let keptShare: Double

  /// - Parameter marks: of each thing, columns below `columns` and their weights.
  /// - Precondition: at least `width` columns.
  init(_ marks: [[(column: Int, weight: Double)]], columns: Int, width: Int) throws {
    precondition(width > 0 && width <= columns, "\(width) of \(columns) dimensions")
    var gram = Matrix(rows: columns, columns: columns, repeating: 0.0)
    let unit = marks.map { thing in
      let norm = thing.reduce(0) { $0 + $1.weight * $1.weight }.squareRoot()
      return thing.map { ($0.column, norm > 0 ? $0.weight / norm : 0) }
    }
    for thing in unit {
      for (i, a) in thing { for (j, b) in thing { gram[i, j] += a * b } }
    }
    let eigen = try symmetricEigen(gram)
    let total = eigen.values.reduce(0, +)
    let axes = (0..<width).map { columns - 1 - $0 }
    keptShare = total > 0 ? axes.reduce(0) { $0 + eigen.values[$1] } / total : 0
    var vectors = Matrix<Float>(rows: marks.count, columns: width, repeating: 0)
    for (row, thing) in unit.enumerated() {
      for (place, axis) in axes.enumerated() {
        vectors[row, place] = Float(thing.reduce(0.0) { $0 + $1.1 * eigen.vectors[axis, $1.0] })
      }
    }
    self.vectors = vectors
  }
}
