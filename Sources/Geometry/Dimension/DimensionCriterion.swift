/// How many directions a spectrum counts as.
///
/// λ are the p eigenvalues of a neighbourhood's covariance, descending, p the directions that its points can
/// vary in. Every criterion is a function of the same λ, O(p).
///
/// Equal to scikit-dimension 0.5's `lPCA` on the same neighbourhood (`ver` in brackets) where k > d. It differs
/// - for k ≤ d: `lPCA` takes the rounding error of the k-th eigenvalue for one more direction. Its mean
///   (Kaiser) and its sticks are then of k numbers, and its largest gap lies before that error; here p = k - 1;
/// - where a share equals its stick: `lPCA` counts it, here it does not exceed;
/// - where nothing varies: nil here, NaN or an error there.
public enum DimensionCriterion: Sendable, Equatable, Codable {
  /// The smallest m with Σ_{i≤m} λᵢ ≥ share · Σ λᵢ, share in (0, 1] (`ratio`). Lee et al. 2025 take 0.95.
  case variance(share: Double)
  /// (Σ λ)² / Σ λ²; the only one that is not a whole number (`participation_ratio`).
  case participationRatio
  /// #{λᵢ > share · λ₁}, share in [0, 1). Fukunaga, Olsen 1971; 0.05 is usual (`FO`).
  case fukunagaOlsen(share: Double)
  /// #{λᵢ > mean λ} (`Kaiser`). Kaiser 1960.
  case kaiser
  /// The i with the largest λᵢ / λᵢ₊₁, the first of equal ones (`maxgap`); where the spectrum falls to rounding
  /// error, there.
  case largestGap
  /// Leading components with λᵢ / Σ λ > (1/p) Σ_{j=i}^p 1/j, up to the first that is not (`broken_stick`).
  /// Frontier 1976.
  ///
  /// scikit-dimension before 0.5 returns one more: it counts the first component that fails.
  case brokenStick

  /// The dimension of a spectrum.
  ///
  /// - Parameter spectrum: eigenvalues, descending; negative rounding errors count as 0.
  /// - Returns: nil when nothing varies (all points coincide), and for the gap when p < 2.
  public func dimension(of spectrum: [Double]) -> Double? {
    let values = spectrum.map { max($0, 0) }
    let total = values.reduce(0, +)
    guard let largest = values.first, total > 0 else { return nil }
    switch self {
    case .variance(let share): return Double(Self.components(values, share: share, total: total))
    case .participationRatio: return total * total / values.reduce(0) { $0 + $1 * $1 }
    case .fukunagaOlsen(let share): return Double(values.count { $0 > share * largest })
    case .kaiser: return Double(values.count { $0 > total / Double(values.count) })
    case .largestGap: return Self.gap(values, largest: largest).map(Double.init)
    case .brokenStick: return Double(Self.sticks(values, total: total))
    }
  }

  private static func components(_ values: [Double], share: Double, total: Double) -> Int {
    var sum = 0.0
    for (index, value) in values.enumerated() {
      sum += value
      if sum >= share * total { return index + 1 }
    }
    return values.count
  }

  private static func gap(_ values: [Double], largest: Double) -> Int? {
    let floor = largest * Double(values.count) * Double(Float.ulpOfOne)
    var best: (index: Int, ratio: Double)?
    for index in values.indices.dropLast() {
      if values[index + 1] <= floor { return index + 1 }
      let ratio = values[index] / values[index + 1]
      if ratio > best?.ratio ?? 0 { best = (index + 1, ratio) }
    }
    return best?.index
  }

  private static func sticks(_ values: [Double], total: Double) -> Int {
    var expected = (1...values.count).reduce(0.0) { $0 + 1 / Double($1) } / Double(values.count)
    for (index, value) in values.enumerated() {
      if value <= expected * total { return index }
      expected -= 1 / Double((index + 1) * values.count)
    }
    return values.count
  }
}

extension DimensionCriterion {
  /// As tables call it.
  public var words: String {
    switch self {
    case .variance(let share): "\(Int((share * 100).rounded())) % of the variance"
    case .participationRatio: "participation ratio"
    case .fukunagaOlsen(let share): "above \(Int((share * 100).rounded())) % of the largest (Fukunaga, Olsen)"
    case .kaiser: "above the mean (Kaiser)"
    case .largestGap: "largest gap"
    case .brokenStick: "broken stick"
    }
  }
}
