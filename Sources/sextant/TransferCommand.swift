import Alignment
import ArgumentParser
import Checkpoints
import Steering
import Stores
import Studies
import Transformers

struct TransferCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "transfer",
    abstract: "Carry a vector into another model through a fitted map.",
    discussion: """
      The direction goes through the map's weights; its norm is then set so that dose 1 moves the target by \
      --divergence over neutral text. --no-calibrate keeps the norm that the map gives. A map between layers (see \
      `sextant layers --keep-map`) says itself from which block to which it leads.

      Example:
        sextant steer transfer sentiment.safetensors gemma-3-270m --layer best-separation \\
          --map alignments/smollm2-135m--gemma-3-270m.ridge.h5 -o carried.safetensors
      """)

  @Argument(help: "The vector file.") var vector: String
  @Argument(help: "The target model.") var model: String
  @Option(help: ArgumentHelp("The alignment from the vector's model to the target.", valueName: "file"))
  var map: String
  @Option(
    help: "The block of the target (from 0) whose output is steered; without it, the one that --layer finds.")
  var block: Int?
  @Option(
    help:
      "How the block is found: at the same share of the depth, or where the carried vector separates best.")
  var layer = LayerChoice.sameDepth
  @Option(
    help: "The contrast set for best-separation: a bundled one, or a JSON file (default: the vector's own).")
  var contrast: String?
  @Flag(inversion: .prefixedNo, help: "Set the norm by the divergence that it causes.") var calibrate = true
  @Option(help: "KL divergence at dose 1, nats a token; larger values steer harder.") var divergence = 0.5
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The vector file to write.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile
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
    let identity = ModelIdentity(name: checkpoint.name, hash: checkpoint.sha256())
    let alignment = "\(record.method) map \(record.storeA.name)--\(record.storeB.name) (\(store.identity))"
    var carried: SteeringVector
    if let layers = LayerSpace(space: record.space) {
      guard block == nil || block == layers.targetBlock else {
        throw ValidationError("--block is \(block ?? 0), but the map leads to block \(layers.targetBlock)")
      }
      _ = try target.checked(block: layers.targetBlock)
      carried = try Steering.transfer(
        source, through: linear, between: layers, into: target, identity: identity, alignment: alignment)
    } else {
      let chosen =
        try block
        ?? self.block(for: linear.applied(toDirection: source.direction), source, in: target, console)
      carried = try Steering.transfer(
        source, through: linear, into: target, identity: identity, at: target.checked(block: chosen),
        alignment: alignment)
    }
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
    try VectorFile.write(carried, to: output.path)
    print(output.path)
  }

  private func block(
    for direction: [Float], _ source: SteeringVector, in target: Model, _ console: Console
  ) throws -> Int {
    let count = target.configuration.blockCount
    switch layer {
    case .sameDepth:
      let model = try folders.checkpoint(source.provenance.model)
      return LayerPolicy.sameDepthBlock(
        source: source.point.block, sourceBlocks: try model.configuration.blockCount, targetBlocks: count)
    case .bestSeparation:
      let set = try ContrastSet.named(contrast ?? source.provenance.behaviour)
      let positions = ActivationPositions(rawValue: source.provenance.tokenPosition) ?? .last
      let block = try bestBlock(for: direction, on: set, in: target, positions: positions)
      console.progress("block \(block) of \(count) separates \(set.name) best")
      return block
    }
  }
}
