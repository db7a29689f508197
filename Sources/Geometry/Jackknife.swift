internal import RealModule

/// Standard error and normal interval from all delete-one values.
///
/// SE = √((n-1)/n Σ (θ₍ᵢ₎ - θ̄)²); Efron, Tibshirani 1993, ch. 11. Correlations get their interval on
/// Fisher's z scale, so that it stays inside [-1, 1].
func jackknife(
  _ value: Double, deleteOne: [Double], isCorrelation: Bool, confidence: Double
) -> (standardError: Double, lower: Double, upper: Double)? {
  guard deleteOne.count > 1, value.isFinite, deleteOne.allSatisfy(\.isFinite) else { return nil }
  let reach = normalQuantile((1 + confidence) / 2)
  let error = jackknifeError(deleteOne)
  guard isCorrelation, 1 - abs(value) > 1e-9, deleteOne.allSatisfy({ abs($0) < 1 }) else {
    let (lower, upper) = (value - reach * error, value + reach * error)
    return (error, isCorrelation ? max(lower, -1) : lower, isCorrelation ? min(upper, 1) : upper)
  }
  let errorZ = jackknifeError(deleteOne.map(Double.atanh))
  let z = Double.atanh(value)
  return (error, .tanh(z - reach * errorZ), .tanh(z + reach * errorZ))
}

private func jackknifeError(_ values: [Double]) -> Double {
  let n = Double(values.count)
  let mean = values.reduce(0, +) / n
  return ((n - 1) / n * values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }).squareRoot()
}
