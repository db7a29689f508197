internal import RealModule

/// Standard error and normal interval from all delete-one values.
///
///     SE² = ((n-1)/n)² G/(G-1) Σ_g (Σ_{i ∈ g} (θ₍ᵢ₎ - θ̄))²
///
/// over groups g of tokens; with each token by itself that is √((n-1)/n Σ (θ₍ᵢ₎ - θ̄)²), Efron, Tibshirani 1993, ch. 11. What a
/// group changes is taken as the sum of what its tokens change, to first order. Correlations get their interval on Fisher's z scale,
/// so that it stays inside [-1, 1].
///
/// - Parameters:
///   - groups: tokens that leave together; nil takes each by itself.
///   - unrelated: the variance of the value where the two models have nothing in common, as permutations give it; see
///     ``withoutDegenerate(_:unrelated:)``.
func jackknife(
  _ value: Double, deleteOne: [Double], isCorrelation: Bool, confidence: Double, groups: TokenGroups? = nil,
  unrelated: Double = 0
) -> (standardError: Double, lower: Double, upper: Double)? {
  guard deleteOne.count > 1, value.isFinite, deleteOne.allSatisfy(\.isFinite) else { return nil }
  func error(_ values: [Double]) -> Double {
    withoutDegenerate(jackknifeVariance(values, groups), unrelated: unrelated).squareRoot()
  }
  let reach = studentQuantile(
    (1 + confidence) / 2, degrees: Double((groups?.count ?? deleteOne.count) - 1))
  let spread = error(deleteOne)
  guard isCorrelation, 1 - abs(value) > 1e-9, deleteOne.allSatisfy({ abs($0) < 1 }) else {
    let (lower, upper) = (value - reach * spread, value + reach * spread)
    return (spread, isCorrelation ? max(lower, -1) : lower, isCorrelation ? min(upper, 1) : upper)
  }
  let errorZ = error(deleteOne.map(Double.atanh))
  let z = Double.atanh(value)
  return (spread, .tanh(z - reach * errorZ), .tanh(z + reach * errorZ))
}

private func jackknifeVariance(_ values: [Double], _ groups: TokenGroups?) -> Double {
  let n = Double(values.count)
  let mean = values.reduce(0, +) / n
  guard let groups else { return (n - 1) / n * values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } }
  precondition(
    groups.labels.count == values.count, "groups of \(groups.labels.count) tokens for \(values.count)")
  guard groups.count > 1 else { return .infinity }
  var sums = [Double](repeating: 0, count: groups.count)
  for (value, label) in zip(values, groups.labels) { sums[Int(label)] += value - mean }
  let count = Double(groups.count)
  return (n - 1) / n * ((n - 1) / n) * count / (count - 1) * sums.reduce(0) { $0 + $1 * $1 }
}
