import ArgumentParser
import Checkpoints
import Foundation
import Steering
import Studies
import Transformers
import Workflow

struct ExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Find the direction of a behaviour from contrasting texts.",
    discussion: """
      Reads the residual stream at the output of a block for both texts of each training pair. The file says in words \
      which model, block, site, position and pairs the vector comes from. Prints its path.

      Bundled contrast sets: \(ContrastSet.bundledNames.joined(separator: ", ")); `sextant steer behaviours NAME` prints one.

      Example:
        sextant steer extract smollm2-135m --contrast sentiment --block 14 \\
          -o sentiment.safetensors
      """)

  @Argument(help: .model) var model: String
  @Option(help: "A bundled contrast set, or a file in JSON or JSON Lines.") var contrast: String
  @Option(help: "The block (from 0) whose output is read (default: the middle one).") var block: Int?
  @Option(help: "How the direction is made of the pairs.") var method = EstimatorChoice(MeanDifference())
  @Option(help: "Read the last token of each text, or the mean over all but the first.")
  var position = PositionChoice.last
  @Option(
    Parameters.seed, help: "seed that splits a list of pairs into those for the vector and those for tests")
  var seed: UInt64
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The vector file to write.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    let set = try ContrastSet.named(contrast, seed: seed)
    if ContrastSet.bundledNames.contains(contrast), FileManager.default.fileExists(atPath: contrast) {
      console.warning("\(contrast) is the bundled set; write ./\(contrast) for the file")
    }
    let checkpoint = try folders.checkpoint(model, console)
    let loaded = try Model.load(checkpoint)
    let block = try loaded.checked(block: block ?? loaded.configuration.blockCount / 2)
    var options = ExtractionOptions()
    options.estimator = method.estimator
    options.positions = position.positions
    console.progress("\(set.train.count) pairs at block \(block)")
    let identity = try Workflow.identity(of: checkpoint, source: model)
    for vector in try extractVectors(set, from: loaded, blocks: [block], identity: identity, options: options)
    {
      try VectorFile.write(vector, to: output.path)
    }
    print(output.path)
  }
}

extension Model {
  /// A block that the model has; a usage error for another one.
  func checked(block: Int) throws -> Int {
    guard (0..<configuration.blockCount).contains(block) else {
      throw ValidationError("--block must be 0 to \(configuration.blockCount - 1), is \(block)")
    }
    return block
  }
}
