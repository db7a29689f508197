internal import Foundation
internal import Tensors

/// Natural-log probabilities of one row of logits: `log softmax(z)ᵢ = zᵢ - log Σ exp zⱼ`, summed in Double.
struct NextTokenDistribution: Sendable {
  let logits: ArraySlice<Float>
  let logPartition: Double

  init(_ logits: Matrix<Float>, row: Int) {
    self.logits = logits.elements[logits.range(ofRow: row)]
    logPartition = logSumExp(logits.elements.span.extracting(logits.range(ofRow: row)))
  }

  func logProbability(of token: Int) -> Double { Double(logits[logits.startIndex + token]) - logPartition }

  /// KL(self ‖ other) = `Σ p (log p - log q)` in nats.
  func divergence(from other: NextTokenDistribution) -> Double {
    let shift = other.logPartition - logPartition
    var sum = 0.0
    for (p, q) in zip(logits, other.logits) {
      let probability = expf(p - Float(logPartition))
      if probability > 0 { sum += Double(probability) * (Double(p - q) + shift) }
    }
    return max(0, sum)
  }
}
