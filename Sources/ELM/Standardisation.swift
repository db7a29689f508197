internal import Foundation
public import Stores
public import Tensors

extension ElmRecord.Standardisation {
  /// Of some vectors: `mean_j = Σ_i x_ij / n`, `scale = √(Σ_i ‖x_i - mean‖² / (n d))`, summed in Double.
  ///
  /// One scale for all columns: the shape of the space stays, and with it what is near and far.
  /// - Throws: ``ElmError/notEvaluable(what:reason:)`` where all vectors are equal.
  public init(of vectors: Matrix<Float>) throws(ElmError) {
    var sums = [Double](repeating: 0, count: vectors.columns)
    for row in 0..<vectors.rows {
      for (column, index) in vectors.range(ofRow: row).enumerated() {
        sums[column] += Double(vectors.elements[index])
      }
    }
    let mean = sums.map { $0 / Double(max(1, vectors.rows)) }
    var energy = 0.0
    for row in 0..<vectors.rows {
      for (column, index) in vectors.range(ofRow: row).enumerated() {
        let difference = Double(vectors.elements[index]) - mean[column]
        energy += difference * difference
      }
    }
    let scale = Float((energy / Double(max(1, vectors.elements.count))).squareRoot())
    guard scale > 0 else {
      throw .notEvaluable(what: "vectors to train on", reason: "all \(vectors.rows) of them are equal")
    }
    self.init(mean: mean.map(Float.init), scale: scale)
  }

  /// `(x - mean) / scale`, row by row.
  /// - Precondition: as wide as the mean.
  public func applied(to vectors: Matrix<Float>) -> Matrix<Float> {
    precondition(vectors.columns == mean.count, "vectors of \(vectors.columns), a mean of \(mean.count)")
    var result = vectors
    for row in 0..<vectors.rows {
      for (column, index) in vectors.range(ofRow: row).enumerated() {
        result.elements[index] = (vectors.elements[index] - mean[column]) / scale
      }
    }
    return result
  }
}
