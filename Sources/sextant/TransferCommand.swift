import Alignment
import ArgumentParser
import Checkpoints
import Steering
import Stores
import Transformers

struct TransferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer",
    abstract: "Carry a vector into another model through a fitted map.",
    discussion: """
      The direction goes through the map's weights; its norm is then set so that dose 1 moves the target by \
      --divergence over neutral text. --no-calibrate keeps the norm that the map gives.

      Example:
        sextant steer transfer sentiment.safetensors gemma-3-270m --block 8 \\
          --map alignments/smollm2-135m--gemma-3-270m.ridge.h5 -o carried.safetensors
      """)

  @Argument(help: "The vector file.") var vector: String
  @Argument(help: "The target model.") var model: String
  @Option(help: ArgumentHelp("The alignment from the vector's model to the target.", valueName: "file"))
  var map: String
  @Option(help: "The block of the target (from 0) whose output is steered.") var block: Int
  @Flag(inversion: .prefixedNo, help: "Set the norm by the divergence that it causes.") var calibrate = true
  @Option(help: "KL divergence at dose 1, nats a token; larger values steer harder.") var divergence = 0.5
  @Option(name: .shortAndLong, help: ArgumentHelp("The vector file to write.", valueName: "file"))
  var output: String
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard divergence > 0, divergence.isFinite else { throw ValidationError("--divergence must be above 0") }
  }

  func run() throws {
    let console = Console(verbosity)
    let source = try VectorFile.read(vector)
    let store = try AlignmentStore.open(map)
    let record = store.record
    let checkpoint = try folders.checkpoint(model)
    let target = try Model.load(checkpoint)
    let linear = LinearMap(
      weights: record.weights, sourceMean: record.meanA, targetMean: record.meanB, method: record.method)
    var carried = try Steering.transfer(
      source, through: linear, into: target,
      identity: ModelIdentity(name: checkpoint.name, hash: checkpoint.sha256()),
      at: target.checked(block: block),
      alignment: "\(record.method) map \(record.storeA.name)--\(record.storeB.name) (\(store.identity))")
    if calibrate {
      console.progress("calibrating to \(divergence) nats a token")
      var options = CalibrationOptions()
      options.targetDivergence = divergence
      let (scaled, found) = try carried.calibrated(
        in: target, neutralTexts: ContrastSet.neutralTexts(), options: options)
      if !found.converged {
        console.warning(
          "only \(found.divergence) nats a token were reached, at the largest norm that is tried")
      }
      carried = scaled
    }
    try VectorFile.write(carried, to: output)
    print(output)
  }
}
