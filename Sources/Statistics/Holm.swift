/// p-values corrected for the number of claims, by Holm's step-down procedure: the chance that any of several true nulls
/// is rejected stays below the level, whatever the claims' dependence.
///
/// Sorted `p₁ ≤ … ≤ pₘ`: `p̃ⱼ = max over i ≤ j of min(1, (m - i + 1) pᵢ)`; O(m log m).
/// Source: Holm 1979, Scandinavian Journal of Statistics 6, 65–70.
/// - Returns: in the order of the arguments.
public func holmAdjusted(_ pValues: [Double]) -> [Double] {
  var adjusted = pValues
  var largest = 0.0
  for (position, index) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
    largest = max(largest, min(1, Double(pValues.count - position) * pValues[index]))
    adjusted[index] = largest
  }
  return adjusted
}
