import ArgumentParser
import Checkpoints
import Foundation
import Steering
import Stores
import Tensors
import Transformers
import Workflow

/// Hidden states of all blocks on a file of prompts, to HDF5 in f32.
struct ActivationsBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activations", abstract: "Seconds to write the hidden states of all blocks on prompts.")

  @Argument(help: "A GGUF file.") var file: String
  @Argument(help: "A prompt a line.") var prompts: String
  @Argument(help: "The HDF5 file to write; removed after each run.") var output: String
  @Option(help: "f32, or rounded.") var arithmetic = Arithmetic.f32
  @Option(help: "Timed runs.") var runs = 1

  func run() throws {
    let model = try Model.load(Checkpoint.open(file), arithmetic: arithmetic)
    let embedding = ActivationPoint(block: 0, site: .residualPre)
    let points = (0..<model.configuration.blockCount).map { ActivationPoint(block: $0, site: .residualPost) }
    var times: [Double] = []
    var facts: [String: Double] = [:]
    for _ in 0..<runs {
      forgetPeak()
      var done: ActivationExport?
      times.append(
        try seconds {
          done = try exportActivations(
            of: model, identity: ModelIdentity(name: modelName(file), hash: ""),
            prompts: PromptFile(path: prompts),
            options: ActivationExportOptions(points: [embedding] + points), to: output)
        })
      facts["prompts"] = done.map { Double($0.record.promptCount) }
      facts["tokens"] = done.map { Double($0.record.tokenCount) }
      facts["peakBytes"] = peakResidentBytes()
      try FileManager.default.removeItem(atPath: output)
    }
    try Measurement(
      job: "activations", model: modelName(file), unit: "s", values: times, facts: facts
    ).emit()
  }
}
