internal import Checkpoints
internal import Foundation
package import Tensors
public import Transformers

/// Directions from `N(0, Σ)`, Σ the covariance of the rows of `states` (about their mean): `v = Σᵢ gᵢ (hᵢ - h̄) / √(n - 1)` with
/// standard normal gᵢ has it exactly, and Σ is never formed. O(n d) a direction.
package func residualNoise(like states: Matrix<Float>, count: Int, seed: UInt64) -> [[Float]] {
  let (rows, width) = (states.rows, states.columns)
  let means = states.columnMeans
  var random = SeededRandom(seed: seed)
  let scale = 1 / Double(max(1, rows - 1)).squareRoot()
  let factors = (0..<count).map { _ in (0..<rows).map { _ in scale * random.normal() } }
  return parallelMap(count: count) { index in
    var sums = [Double](repeating: 0, count: width)
    let elements = states.elements.span
    var total = 0.0
    for row in 0..<rows {
      let factor = factors[index][row]
      total += factor
      let start = row * width
      for j in 0..<width { sums[j] += factor * Double(elements[start + j]) }
    }
    return zip(sums, means).map { Float($0 - total * $1) }
  }
}

extension SteeringVector {
  /// Such directions at the vector's place and of its norm.
  func residualNoise(like states: Matrix<Float>, count: Int, seed: UInt64) -> [SteeringVector] {
    Steering.residualNoise(like: states, count: count, seed: seed)
      .map { with(direction: $0).scaled(toNorm: norm) }
  }
}

/// Signs of pairs, exactly half of them -1: every labelling once, up to a common sign.
///
/// Balanced labels leave no share of the real direction: `Σ sᵢ δᵢ` has the pairs' mean taken out, as `Σ sᵢ = 0`. Of an odd number of
/// pairs, one that is drawn anew has the sign 0.
/// - Returns: `count` labellings, or all that there are.
package func balancedLabels(pairs: Int, count: Int, seed: UInt64) -> [[Int]] {
  let half = pairs / 2
  guard half > 0 else { return [] }
  var random = SeededRandom(seed: seed)
  var found: Set<[Int]> = []
  var labels: [[Int]] = []
  let wanted = min(Double(count), balancedLabellings(pairs: pairs))
  while Double(labels.count) < wanted {
    let order = random.permutation(pairs)
    var signs = [Int](repeating: 0, count: pairs)
    for (position, pair) in order.prefix(2 * half).enumerated() { signs[pair] = position < half ? -1 : 1 }
    let first = signs.first { $0 != 0 } ?? 1
    if found.insert(signs.map { $0 * first }).inserted { labels.append(signs) }
  }
  return labels
}

/// How many balanced labellings there are, up to a common sign: `C(n, n/2) / 2`, n times that of n - 1 for odd n.
package func balancedLabellings(pairs: Int) -> Double {
  let half = pairs / 2
  let even = (0..<half).reduce(1.0) { $0 * Double(2 * half - $1) / Double($1 + 1) } / 2
  return (even * (pairs % 2 == 0 ? 1 : Double(pairs))).rounded()
}

/// Vectors as ``MeanDifference`` makes them, with the labels of exactly half of the pairs exchanged: `Σ sᵢ (h⁺ᵢ - h⁻ᵢ) / n`,
/// `sᵢ = ±1`, `Σ sᵢ = 0`.
///
/// They are mean differences whatever estimator made the vector that they are held against: an uncentred principal component
/// is the same for all labels but for its sign, and would be held against itself. Of such a vector they are another kind of
/// direction from the same texts, and its p-value against them is not exact.
///
/// Cost: one forward pass over all training texts, O(n d) a vector.
/// - Parameter count: vectors; fewer come back where there are not so many balanced labellings of the pairs.
/// - Throws: `SteeringError.tooFewPairs` with less than two pairs; what the model throws.
public func permutedLabelVectors(
  _ set: ContrastSet, from model: Model, block: Int, count: Int, seed: UInt64, identity: ModelIdentity,
  positions: ActivationPositions = .last
) throws -> [SteeringVector] {
  let differences = try pairDifferences(set, in: model, blocks: [block], positions: positions)[0]
  let provenance = VectorProvenance(
    model: identity.name, modelHash: identity.hash, architecture: model.configuration.architecture,
    behaviour: set.name, method: "\(MeanDifference.name) of permuted labels",
    tokenPosition: positions.rawValue, pairCount: set.train.count)
  return balancedLabels(pairs: differences.rows, count: count, seed: seed).map { signs in
    SteeringVector(
      direction: signedMean(differences, signs), point: ActivationPoint(block: block, site: .residualPost),
      provenance: provenance)
  }
}

/// `Σ sᵢ δᵢ / n` over the rows δᵢ.
package func signedMean(_ differences: Matrix<Double>, _ signs: [Int]) -> [Float] {
  var sums = [Double](repeating: 0, count: differences.columns)
  for (row, sign) in signs.enumerated() where sign != 0 {
    for (j, value) in differences.row(row).enumerated() { sums[j] += Double(sign) * value }
  }
  return sums.map { Float($0 / Double(signs.count)) }
}
