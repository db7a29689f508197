internal import LinearAlgebra
internal import Tensors

/// Mahalanobis distances by a covariance that is shrunk towards a multiple of the identity.
///
///     Σ̂ = (1 - ρ) S + ρ ν I,   ν = tr S / d,   ρ = min(β², δ²) / δ²
///     δ² = ‖S - ν I‖² / d,   β² = (Σᵢ ‖zᵢ‖⁴ - n ‖S‖²) / (n² d)
///
/// S has divisor n, zᵢ = xᵢ - μ. Ledoit, Wolf 2004; the same as scikit-learn's `ledoit_wolf`. O(d³) once, O(d²) a point.
struct LedoitWolf: Sendable {
  /// ρ.
  let shrinkage: Double
  let mean: [Double]
  private let count: Int
  private let eigen: SymmetricEigen
  private let added: Double

  /// - Throws: `GeometryError.decomposition` where nothing varies.
  init(_ matrix: Matrix<Float>, rows: [Int], _ moments: RowMoments) throws(GeometryError) {
    let (mean, n, d) = (moments.mean, Double(rows.count), Double(matrix.columns))
    let covariance = moments.covariance
    let fourths: [Double] = parallelMap(count: (rows.count + 511) / 512) { part in
      let elements = matrix.elements.span
      return rows[part * 512..<min((part + 1) * 512, rows.count)].reduce(0.0) { sum, row in
        var square = 0.0
        for column in mean.indices {
          let z = Double(elements[row * mean.count + column]) - mean[column]
          square += z * z
        }
        return sum + square * square
      }
    }
    let square = squaredLength(covariance.elements[...])
    let level = trace(covariance) / d
    let distance = square / d - level * level
    let noise = (fourths.reduce(0, +) - n * square) / (n * n * d)
    shrinkage = distance > 0 ? min(max(noise, 0), distance) / distance : 0
    guard level > 0 else {
      throw .decomposition(measure: "Mahalanobis distance", reason: "all \(rows.count) rows are equal")
    }
    eigen = try decomposing("Mahalanobis distance") { () throws(LinearAlgebraError) in
      try symmetricEigen(covariance)
    }
    (self.mean, count, added) = (mean, rows.count, shrinkage * level)
  }

  /// √((x - μ)ᵀ Σ̂⁻¹ (x - μ)).
  ///
  /// - Parameter leavingOut: the point is one of the rows: mean and covariance are those of the others, with the same ρ and ν. By
  ///   the rank-one update of S, (x - μ')ᵀ Σ̂'⁻¹ (x - μ') = (n/(n-1))² h / (1 - c h) with c = (1-ρ) n/(n-1)² and h the form in
  ///   ((1-ρ) n/(n-1) S + ρ ν I)⁻¹.
  func distance(_ point: [Float], leavingOut: Bool) -> Double {
    let n = Double(count)
    let grown = leavingOut ? n / (n - 1) : 1
    let centred = zip(point, mean).map { Double($0) - $1 }
    let largest = max(eigen.values.last ?? 0, 0)
    var form = 0.0
    for (index, value) in eigen.values.enumerated() {
      let variance = (1 - shrinkage) * grown * max(value, 0) + added
      // Without shrinkage, directions in which rows do not vary have no distance.
      guard variance > 1e-12 * largest else { continue }
      let vector = eigen.vectors.elements.span.extracting(eigen.vectors.range(ofRow: index))
      var along = 0.0
      for column in centred.indices { along += vector[column] * centred[column] }
      form += along * along / variance
    }
    guard leavingOut else { return form.squareRoot() }
    // h < 1/c for a row of the sample; equality would be a row that alone spans a direction.
    let left = max(1 - (1 - shrinkage) * grown / (n - 1) * form, .ulpOfOne)
    return grown * (form / left).squareRoot()
  }

  /// Σ √λⱼ ξⱼ vⱼ + μ with independent normal ξ: a Gaussian with the rows' mean and covariance S.
  func gaussian(_ random: inout SeededRandom) -> [Float] {
    var point = mean
    for (index, value) in eigen.values.enumerated() where value > 0 {
      let weight = value.squareRoot() * random.normal()
      for column in point.indices { point[column] += weight * eigen.vectors[index, column] }
    }
    return point.map { Float($0) }
  }
}
