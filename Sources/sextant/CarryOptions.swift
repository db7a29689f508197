import ArgumentParser
import Checkpoints
import Steering
import Stores
import Transformers
import Workflow

/// A vector, the model that it is to steer, and the map between.
struct CarryOptions: ParsableArguments {
  @Argument(help: "The vector file.") var vector: String
  @Argument(help: "The target model, named as `sextant generate` takes it.") var model: String
  @Option(help: ArgumentHelp("The alignment from the vector's model to the target.", valueName: "file"))
  var map: String
  @Option(
    help: "The block of the target (from 0) whose output is steered; without it, the one that --layer finds.")
  var block: Int?
  @Option(
    help:
      "How the block is found: at the same share of the depth, or where the carried vector separates best.")
  var layer = LayerPolicy.sameDepth

  func readVector(_ foreign: ConventionOptions, _ console: Console) throws -> SteeringVector {
    try VectorFile.read(vector, convention: foreign.convention) { console.warning($0) }
  }

  /// Opens map and target, and holds the vector, the map and the target against each other.
  func open(
    for source: SteeringVector, _ mismatch: MismatchOptions, _ folders: ModelOptions, _ console: Console
  ) throws -> (map: KeptMap, target: NamedModel) {
    let kept = try KeptMap(DataFolder.current.found(map))
    let checkpoint = try folders.checkpoint(model, console)
    let loaded = try Model.load(checkpoint)
    let target = NamedModel(loaded, try Workflow.identity(of: checkpoint, source: model))
    if !mismatch.isAllowed {
      if source.provenance.modelHash.isEmpty {
        console.warning("\(vector) does not say which model it is of; only its width is checked")
      }
      try kept.requireModels(source.provenance.identity, target.identity, stores: folders.models)
    }
    try kept.carrier.requireFit(source, to: loaded)
    return (kept, target)
  }

  /// The target's block: the one that was given, or that the map leads to, or that the policy finds.
  func targetBlock(
    of source: SteeringVector, along map: KeptMap, in target: Model,
    on set: @autoclosure () throws -> ContrastSet,
    _ folders: ModelOptions, _ console: Console
  ) throws -> Int {
    if let layers = map.carrier.layers, let block, block != layers.targetBlock {
      throw ValidationError("--block is \(block), but the map leads to block \(layers.targetBlock)")
    }
    let found =
      try block
      ?? map.carrier.targetBlock(
        of: source, in: target, by: layer, sourceBlocks: sourceBlocks(source, folders, console), on: set(),
        positions: source.provenance.extraction?.positions ?? .last)
    if block == nil, map.carrier.layers == nil {
      console.progress("block \(found) of \(target.configuration.blockCount) (\(layer.rawValue))")
    }
    return try target.checked(block: found)
  }

  /// The blocks of the model that the vector was read in: the vector says it, or else that model does.
  private func sourceBlocks(
    _ source: SteeringVector, _ folders: ModelOptions, _ console: Console
  ) throws -> Int {
    if let count = source.provenance.blockCount, count > source.point.block { return count }
    guard let model = try? folders.checkpoint(source.provenance.model, console),
      let count = try? model.configuration.blockCount, count > source.point.block
    else {
      throw ValidationError(
        "\(vector) does not say how many blocks its model has, and \(source.provenance.model) is not here to ask: "
          + "give the target's block with --block")
    }
    return count
  }
}
