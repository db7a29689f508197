import ArgumentParser
import Checkpoints
import Gradients
import Tensors
import Transformers

/// A forward pass, and the reverse pass with frozen weights: logits of the last position, a cotangent of them, back to the stream
/// that enters block 0. The pass alone, and together with the forward pass that it needs.
struct GradientBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gradient", abstract: "Seconds of a forward and of a reverse pass through a frozen model.")

  @Argument(help: "A GGUF file.") var file: String
  @Option(help: "Tokens of the prompt.") var prompt = 128
  @Option(help: "Timed runs, after one that is not.") var runs = 5

  func validate() throws {
    guard prompt > 0, runs > 0 else { throw ValidationError("--prompt and --runs must be 1 or more") }
  }

  func run() throws {
    let model = try Model.load(Checkpoint.open(file))
    let tokens = [DecodeBench.prompt(sequence: 0, count: prompt)]
    var values: [String: [Double]] = [:]
    for run in 0...runs {
      var cache = KeyValueCache(for: model, sequenceCount: 1)
      var tape: Tape?
      let forward = try seconds { _ = try model.forward(tokens, cache: &cache) }
      let taping = try seconds { tape = try model.tape(tokens) }
      guard let tape else { continue }
      let reverse = try seconds { try Self.reverse(model, tape) }
      guard run > 0 else { continue }
      values["forward", default: []].append(forward)
      values["reverse", default: []].append(reverse)
      values["forward and reverse", default: []].append(taping + reverse)
    }
    for job in ["forward", "reverse", "forward and reverse"] {
      let facts = ["prompt": Double(prompt)]
      try Measurement(job: job, model: modelName(file), unit: "s", values: values[job] ?? [], facts: facts)
        .emit()
    }
  }

  /// From a logit of the last position to the stream entering block 0.
  private static func reverse(_ model: Model, _ tape: Tape) throws {
    let width = model.configuration.width
    let last = tape.finalStates.selecting(rows: [tape.tokenCount - 1])
    var logit = Matrix<Float>(rows: 1, columns: model.configuration.vocabularySize, repeating: 0)
    logit[0, 1000] = 1
    let row = try model.pullbackLogits(logit, at: last)
    var cotangent = Matrix<Float>(rows: tape.tokenCount, columns: width, repeating: 0)
    for column in 0..<width { cotangent[tape.tokenCount - 1, column] = row[0, column] }
    _ = try model.pullback(cotangent, through: tape, to: 0)
  }
}

/// Jacobians of the final stream by the stream entering every block, one prompt: as many cotangents as the stream is wide.
struct JacobianBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jacobian", abstract: "Seconds of the Jacobians of one prompt, all blocks.")

  @Argument(help: "A GGUF file.") var file: String
  @Option(help: "Tokens of the prompt.") var prompt = 128
  @Option(help: "Timed runs; none goes before them.") var runs = 1

  func validate() throws {
    guard prompt > 17, runs > 0 else {
      throw ValidationError("--prompt must be 18 or more, --runs 1 or more")
    }
  }

  func run() throws {
    let model = try Model.load(Checkpoint.open(file))
    let width = model.configuration.width
    // The lens leaves out the first 16 positions and the last.
    let (skipped, positions) = (16, prompt - 17)
    let tape = try model.tape([DecodeBench.prompt(sequence: 0, count: prompt - 1)])
    var values: [Double] = []
    for _ in 0..<runs {
      values.append(
        try seconds {
          var cotangents = Matrix<Float>(rows: width * positions, columns: width, repeating: 0)
          for row in 0..<cotangents.rows { cotangents[row, row / positions] = 1 }
          _ = try model.pullback(cotangents, through: tape, to: 1, from: skipped)
        })
    }
    var facts = ["prompt": Double(prompt)]
    facts["peakBytes"] = peakResidentBytes()
    try Measurement(job: "jacobian", model: modelName(file), unit: "s", values: values, facts: facts).emit()
  }
}
