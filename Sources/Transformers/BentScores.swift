import Checkpoints
import Foundation
import LinearAlgebra
import Tensors

/// What happens to the scores of attention beyond their scale: Gemma 2's soft cap, `c · tanh(s / c)`, and ALiBi's loss with the
/// distance, `s − m_h · (query − key)`.
package struct ScoreBend: Sendable {
  package let cap: Float?
  /// m of every head; empty where scores do not depend on the distance.
  package let slopes: [Float]

  init(_ configuration: ModelConfiguration, _ family: ModelFamily) {
    cap = configuration.attentionLogitCap
    slopes = family.positions == .linearBias ? Self.slopes(configuration.headCount) : []
  }

  package var isNeutral: Bool { cap == nil && slopes.isEmpty }

  /// `2^(−8 (h + 1) / n)` for n heads, a power of two; other numbers of heads take those of the power below, then every other
  /// one of the power above (Press et al. 2022, as their code has it).
  static func slopes(_ heads: Int) -> [Float] {
    var power = 1
    while 2 * power <= heads { power *= 2 }
    func slope(_ step: Int, of count: Int) -> Float { Float(pow(2, -8 * Double(step) / Double(count))) }
    let first = (1...power).map { slope($0, of: power) }
    return first + (0..<heads - power).map { slope(2 * $0 + 1, of: 2 * power) }
  }

  /// Scaled scores of one query with consecutive keys, the last of them its own position's, bent in place.
  package func apply(to scores: inout MutableSpan<Float>, _ range: Range<Int>, head: Int) {
    if let cap {
      for i in range { scores[i] = cap * tanh(scores[i] / cap) }
    }
    guard !slopes.isEmpty else { return }
    let slope = slopes[head]
    for i in range { scores[i] -= slope * Float(range.upperBound - 1 - i) }
  }
}

/// Softmax attention of one query of one head with bent scores; otherwise as ``attend(queries:dimension:keys:values:stride:count:scale:weights:into:at:)``.
func attend(
  query: Span<Float>, keys: Span<Float>, values: Span<Float>, stride: Int, count: Int, scale: Float,
  bend: (inout MutableSpan<Float>, Range<Int>) -> Void, weights: inout [Float],
  into y: inout MutableSpan<Float>, at offset: Int
) {
  let dimension = query.count
  let row = MatrixTile(rows: 1, columns: count, stride: count)
  let memory = MatrixTile(rows: count, columns: dimension, stride: stride)
  var scores = weights.mutableSpan
  multiplyTiles(
    query, MatrixTile(rows: 1, columns: dimension, stride: dimension), keys, memory, transposingB: true,
    into: &scores, row)
  // Zero, or NaN if any score is not finite: the exponential, and the cap, would hide it.
  var poison: Float = 0
  for i in 0..<count {
    scores[i] *= scale
    poison += scores[i] - scores[i]
  }
  bend(&scores, 0..<count)
  softmax(&scores, 0..<count, scale: 1)
  scores[0] += poison
  multiplyTiles(
    scores.span, row, values, memory, into: &y,
    MatrixTile(offset: offset, rows: 1, columns: dimension, stride: dimension))
}
