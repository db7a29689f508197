import ArgumentParser
import Checkpoints
import Foundation
import Tensors
import Tokenizers
import Transformers

/// How far rounded arithmetic, or a cache in 16 bits, is from f32: nats of the next token, and hidden states.
struct DeviationBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deviation",
    abstract:
      "KL divergence of the next token, from f32 to a cheaper arithmetic or cache, over a text, and relative errors of hidden states."
  )

  @Argument(help: "A GGUF file.") var file: String
  @Argument(help: "A text.") var text: String
  @Option(help: "f32, or rounded.") var arithmetic = Arithmetic.rounded
  @Option(help: "What keys and values are kept in: f32, f16 or bf16.") var cache = CachePrecision.f32
  @Option(help: "Tokens of the text, in passes of at most 256.") var tokens = 1024

  func run() throws {
    let checkpoint = try Checkpoint.open(file)
    let models = try [Arithmetic.f32, arithmetic].map { try Model.load(checkpoint, arithmetic: $0) }
    let precisions = [CachePrecision.f32, self.cache]
    let points = (0..<models[0].configuration.blockCount).map {
      ActivationPoint(block: $0, site: .residualPost)
    }
    let ids = models[0].tokenizer.encodeStart(try String(contentsOfFile: text, encoding: .utf8)).prefix(
      tokens)
    var (divergences, surprise) = ([Double](), [0.0, 0.0])
    var (sameToken, predicted) = (0, 0)
    // Squared errors and squares of each block, without first tokens, whose states are a hundred times as long.
    var (errors, squares) = (
      [Double](repeating: 0, count: points.count), [Double](repeating: 0, count: points.count)
    )
    for start in stride(from: 0, to: ids.count, by: 256) {
      let part = Array(ids[start..<min(ids.count, start + 256)])
      let results = try zip(models, precisions).map { model, precision in
        var cache = KeyValueCache(for: model, sequenceCount: 1, precision: precision)
        return try model.forward([part], cache: &cache, recording: points, logits: .all)
      }
      for row in part.indices {
        let logs = results.map { result in
          let logits = result.logits.row(row)
          let total = logSumExp(logits.span)
          return logits.map { Double($0) - total }
        }
        divergences.append(zip(logs[0], logs[1]).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) })
        let best = logs.map { values in values.indices.max { values[$0] < values[$1] } }
        if best[0] == best[1] { sameToken += 1 }
        guard row + 1 < part.count else { continue }
        predicted += 1
        for i in 0...1 { surprise[i] -= logs[i][part[row + 1]] }
      }
      for (i, point) in points.enumerated() {
        guard let exact = results[0].activations[point], let near = results[1].activations[point] else {
          continue
        }
        for k in exact.columns..<exact.elements.count {
          let difference = Double(exact.elements[k]) - Double(near.elements[k])
          errors[i] += difference * difference
          squares[i] += Double(exact.elements[k]) * Double(exact.elements[k])
        }
      }
    }
    divergences.sort()
    let count = Double(divergences.count)
    let facts = [
      "tokens": count, "mean": divergences.reduce(0, +) / count,
      "percentile99": divergences[Int(0.99 * (count - 1))], "largest": divergences[divergences.count - 1],
      "sameToken": Double(sameToken) / count, "nats": surprise[0] / Double(predicted),
      "natsCheaper": surprise[1] / Double(predicted),
    ]
    try Measurement(
      job: "divergence", model: modelName(file), unit: "nats",
      values: divergences.isEmpty ? [] : [facts["mean"] ?? 0], facts: facts
    ).emit()
    try Measurement(
      job: "states", model: modelName(file), unit: "relative error of each block",
      values: zip(errors, squares).map { ($0 / $1).squareRoot() }
    ).emit()
  }
}
