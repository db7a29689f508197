/// IsoScore from a participation ratio: (PR - 1) / (d - 1); 0 for a line, 1 for an isotropic cloud.
///
/// - Precondition: at least two dimensions.
public func isoScore(participationRatio: Double, dimensions: Int) -> Double {
  precondition(dimensions > 1, "IsoScore needs 2 dimensions, got \(dimensions)")
  return (participationRatio - 1) / Double(dimensions - 1)
}

/// IsoScore from the spectrum of the covariance, step by step as Rudman et al. 2022 define it.
///
///     λ̂ = √d λ / ‖λ‖,  δ = ‖λ̂ - 1‖ / √(2(d - √d)),  φ = (d - δ²(d - √d))²,  (φ - d) / (d(d - 1))
///
/// Equal to `isoScore(participationRatio:dimensions:)` of the same spectrum; kept because spectra come from
/// elsewhere too. O(d).
///
/// - Returns: nil for fewer than two eigenvalues or a spectrum of zeros.
public func isoScore(eigenvalues: [Double]) -> Double? {
  let d = Double(eigenvalues.count)
  let norm = eigenvalues.reduce(0) { $0 + $1 * $1 }.squareRoot()
  guard eigenvalues.count > 1, norm > 0 else { return nil }
  let defect = eigenvalues.reduce(0) { sum, value in
    let excess = d.squareRoot() * value / norm - 1
    return sum + excess * excess
  }
  let width = d - d.squareRoot()
  let delta = (defect / (2 * width)).squareRoot()
  let root = d - delta * delta * width
  return (root * root - d) / (d * (d - 1))
}
