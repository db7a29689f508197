internal import RealModule

/// Standard error and normal interval from all delete-one values.
///
///     SE² = ((n-1)/n)² G/(G-1) Σ_g (Σ_{i ∈ g} (θ₍ᵢ₎ - θ̄))²
///
/// over groups g of tokens; with each token by itself that is √((n-1)/n Σ (θ₍ᵢ₎ - θ̄)²), Efron, Tibshirani 1993, ch. 11. What a
/// group changes is taken as the sum of what its tokens change, to first order. The interval is Student's with 2 G/(κ - 1) degrees of freedom, κ
/// the kurtosis of those sums: a few tokens that change much leave the error itself uncertain. Correlations get their interval on Fisher's z scale,
/// so that it stays inside [-1, 1].
///
/// - Parameters:
///   - groups: tokens that leave together; nil takes each by itself.
///   - unrelated: the variance of the value where the two models have nothing in common, as permutations give it; see
///     ``withoutDegenerate(_:unrelated:)``.
///   - pairs: the variance that pairs add to the value, where it is known for these tokens (``pairInteraction(count:_:seed:draws:_:)``).
package func jackknife(
  _ value: Double, deleteOne: [Double], isCorrelation: Bool, confidence: Double, groups: TokenGroups? = nil,
  unrelated: Double = 0, pairs: Double = 0
) -> Spread? {
  guard deleteOne.count > 1, value.isFinite, deleteOne.allSatisfy(\.isFinite) else { return nil }
  let whole = jackknifeVariance(deleteOne, groups)
  guard whole.isFinite else { return nil }
  let once = whole > 0 ? 1 - min(pairs / whole, 0.5) : 1
  func error(_ values: [Double]) -> Double {
    withoutDegenerate(once * jackknifeVariance(values, groups), unrelated: unrelated).squareRoot()
  }
  let degrees = degreesOfFreedom(groupSums(deleteOne, groups)) * once * once
  let reach = studentQuantile((1 + confidence) / 2, degrees: max(degrees, 5))
  let spread = error(deleteOne)
  guard isCorrelation, 1 - abs(value) > 1e-9, deleteOne.allSatisfy({ abs($0) < 1 }) else {
    let (lower, upper) = (value - reach * spread, value + reach * spread)
    return Spread(
      standardError: spread, lower: isCorrelation ? max(lower, -1) : lower,
      upper: isCorrelation ? min(upper, 1) : upper)
  }
  let errorZ = error(deleteOne.map(Double.atanh))
  let z = Double.atanh(value)
  return Spread(
    standardError: spread, lower: .tanh(z - reach * errorZ), upper: .tanh(z + reach * errorZ))
}

package func jackknifeVariance(_ values: [Double], _ groups: TokenGroups?) -> Double {
  let sums = groupSums(values, groups)
  guard sums.count > 1 else { return .infinity }
  let (n, count) = (Double(values.count), Double(sums.count))
  return (n - 1) / n * ((n - 1) / n) * count / (count - 1) * sums.reduce(0) { $0 + $1 * $1 }
}

/// What leaving out each group changes, about the mean.
private func groupSums(_ values: [Double], _ groups: TokenGroups?) -> [Double] {
  let mean = values.reduce(0, +) / Double(values.count)
  guard let groups else { return values.map { $0 - mean } }
  precondition(
    groups.labels.count == values.count, "groups of \(groups.labels.count) tokens for \(values.count)")
  var sums = [Double](repeating: 0, count: groups.count)
  for (value, label) in zip(values, groups.labels) { sums[Int(label)] += value - mean }
  return sums
}

/// Of the variance of numbers about 0: 2 G/(κ - 1), at most G - 1.
private func degreesOfFreedom(_ numbers: [Double]) -> Double {
  let count = Double(numbers.count)
  let squares = numbers.map { $0 * $0 }
  let second = squares.reduce(0, +) / count
  guard second > 0 else { return count - 1 }
  let kurtosis = squares.reduce(0) { $0 + $1 * $1 } / count / (second * second)
  return kurtosis > 1 ? min(2 * count / (kurtosis - 1), count - 1) : count - 1
}

/// A variance V from subsets of the tokens without what it counts twice where two models are unrelated.
///
/// There all that varies is what pairs of tokens share; a jackknife counts that twice (Efron, Stein 1981), and so do halves, whose
/// error shrinks with n instead of √n. Its variance P is that over permuted tokens. V - 2P²/V, at least P, is P where V = 2P
/// and V where P is small beside it.
package func withoutDegenerate(_ variance: Double, unrelated: Double) -> Double {
  variance > 0 ? max(variance - 2 * unrelated * unrelated / variance, unrelated) : unrelated
}
