import Checkpoints
import Foundation
import Tensors
import Testing
import Transformers

/// A tiny model with random weights, and what transformers computes with it.
struct TinyModel {
  let name: String
  let model: Model
  let tokens: [Int]
  /// `[positions x vocabulary]`.
  let logits: Matrix<Float>
  /// The residual stream entering block 2, last position.
  let middle: [Float]

  static let names = ["llama", "qwen2", "gemma3"]

  private struct Golden: Decodable {
    let tokens: [Int]
    let logits: [[Float]]
    let middle: [Float]
  }

  static func load(_ name: String) throws -> TinyModel {
    let file = try golden(name, "gguf")
    let data = try Data(contentsOf: golden("tiny", "json"))
    let golden = try #require(try JSONDecoder().decode([String: Golden].self, from: data)[name])
    return TinyModel(
      name: name, model: try Model.load(Checkpoint.open(file.path)), tokens: golden.tokens,
      logits: Matrix(
        rows: golden.logits.count, columns: golden.logits[0].count, elements: golden.logits.flatMap(\.self)),
      middle: golden.middle)
  }

  static func golden(_ name: String, _ type: String) throws -> URL {
    try #require(Bundle.module.url(forResource: name, withExtension: type, subdirectory: "Golden"))
  }

  /// A direction of the residual stream.
  func direction(seed: UInt64 = 3) -> [Float] {
    var random = SeededRandom(seed: seed)
    return (0..<model.configuration.width).map { _ in Float(random.normal()) }
  }

  /// Logits of all positions of one sequence, without a cache that was there before.
  func logits(_ tokens: [Int]? = nil, _ edits: [Edit] = []) throws -> Matrix<Float> {
    var cache = KeyValueCache(for: model, sequenceCount: 1)
    return try model.forward(
      [tokens ?? self.tokens], cache: &cache, interventions: [Intervention(edits)], logits: .all
    ).logits
  }
}

/// Largest absolute difference.
func distance(_ a: [Float], _ b: [Float]) -> Float {
  precondition(a.count == b.count, "\(a.count) and \(b.count) numbers")
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}

func bits(_ x: Matrix<Float>) -> [UInt32] { x.elements.map(\.bitPattern) }

/// KL divergence from the first logits to the second, nats a row, the mean over rows.
func meanDivergence(_ p: Matrix<Float>, _ q: Matrix<Float>) -> Double {
  var divergence = 0.0
  for row in 0..<p.rows {
    let (x, y) = (p.row(row), q.row(row))
    let (a, b) = (logSumExp(x.span), logSumExp(y.span))
    for i in x.indices { divergence += exp(Double(x[i]) - a) * (Double(x[i]) - a - Double(y[i]) + b) }
  }
  return divergence / Double(p.rows)
}
