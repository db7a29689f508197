internal import Foundation
internal import Tensors
internal import Tokenizers
public import Transformers

/// The size of a model's residual stream at one point, over neutral text.
public struct ResidualScale: Sendable, Equatable, Codable {
  public let point: ActivationPoint
  /// Median over positions of `‖h‖`; robust against the few massive activations.
  public let medianNorm: Double
  /// Mean over positions of `‖h‖`, for comparison.
  public let meanNorm: Double
  /// Positions measured: all but the first of each text, which many models use as an attention sink.
  public let positions: Int
}

/// Measures the residual stream at `point` over `texts`; one forward pass.
///
/// - Throws: `SteeringError.noNeutralText` if no text has two tokens; what the model throws.
public func residualScale(of model: Model, at point: ActivationPoint, texts: [String]) throws -> ResidualScale
{
  ResidualScale(point: point, states: try residualStates(of: model, at: point, texts: texts))
}

extension ResidualScale {
  init(point: ActivationPoint, states: Matrix<Float>) {
    let norms = (0..<states.rows).map { row in
      states.elements[states.range(ofRow: row)].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    }.sorted()
    self.init(
      point: point, medianNorm: norms[norms.count / 2], meanNorm: norms.reduce(0, +) / Double(norms.count),
      positions: norms.count)
  }
}

/// The residual stream at `point` over all positions of `texts` but the first of each, `[positions x d_model]`.
func residualStates(of model: Model, at point: ActivationPoint, texts: [String]) throws -> Matrix<Float> {
  let sequences = texts.map { model.tokenizer.encode($0) }.filter { $0.count > 1 }
  guard !sequences.isEmpty else { throw SteeringError.noNeutralText }
  guard let rows = try model.activations(sequences, at: [point], positions: .all)[point] else {
    throw SteeringError.missingActivation(point)
  }
  return rows.selecting(rows: rowsBehindFirst(lengths: sequences.map(\.count)))
}
