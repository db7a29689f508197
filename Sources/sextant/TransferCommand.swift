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
    help:
      "The contrast set for best-separation: a bundled one, or a file in JSON or JSON Lines (default: the vector's own)."
  )
  var contrast: String?
  @Flag(inversion: .prefixedNo, help: "Set the norm by the divergence that it causes.") var calibrate = true
  @Option(help: "KL divergence at dose 1, nats a token; larger values steer harder.") var divergence = 0.5
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The vector file to write.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile
  @OptionGroup var foreign: ConventionOptions
  @OptionGroup var mismatch: MismatchOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard divergence > 0, divergence.isFinite else { throw ValidationError("--divergence must be above 0") }
  }

  func run() throws {
    let console = Console(verbosity)
    let source = try VectorFile.read(vector, convention: foreign.convention) { console.warning($0) }
    let store = try AlignmentStore.open(map)
    let record = store.record
    let checkpoint = try folders.checkpoint(model, console)
    let target = try Model.load(checkpoint)
    let linear = LinearMap(
      weights: record.weights, sourceMean: record.meanA, targetMean: record.meanB, method: record.method)
    let identity = try Studies.identity(of: checkpoint, source: model)
    if !mismatch.isAllowed { try requireMap(store, from: source.provenance.identity, to: identity, console) }
    guard linear.sourceWidth == source.direction.count, linear.targetWidth == target.configuration.width
    else {
      throw SteeringError.widthMismatch(
        map: "\(linear.sourceWidth) -> \(linear.targetWidth)",
        needed: "\(source.direction.count) -> \(target.configuration.width)")
    }
    let alignment = "\(record.method) map \(record.storeA.name)--\(record.storeB.name) (\(store.identity))"
    var carried: SteeringVector
    if let layers = LayerSpace(space: record.space) {
      guard block == nil || block == layers.targetBlock else {
        throw ValidationError("--block is \(block ?? 0), but the map leads to block \(layers.targetBlock)")
      }
      _ = try target.checked(block: layers.targetBlock)
      carried = try Steering.transfer(
        source, through: linear, between: layers, into: target, identity: identity, alignment: alignment,
        alignmentHash: store.identity)
    } else {
      let chosen =
        try block
        ?? self.block(for: linear.applied(toDirection: source.direction), source, in: target, console)
      carried = try Steering.transfer(
        source, through: linear, into: target, identity: identity, at: target.checked(block: chosen),
        alignment: alignment, alignmentHash: store.identity)
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
      return LayerPolicy.sameDepthBlock(
        source: source.point.block, sourceBlocks: try sourceBlocks(source, console), targetBlocks: count)
    case .bestSeparation:
      let set = try ContrastSet.named(contrast ?? source.provenance.behaviour)
      let positions = ActivationPositions(rawValue: source.provenance.tokenPosition) ?? .last
      let block = try bestBlock(for: direction, on: set, in: target, positions: positions)
      console.progress("block \(block) of \(count) separates \(set.name) best")
      return block
    }
  }

  /// The blocks of the model that the vector was read in: the vector says it, or else that model does.
  private func sourceBlocks(_ source: SteeringVector, _ console: Console) throws -> Int {
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

  /// Throws unless the map leads from the vector's model to the target.
  private func requireMap(
    _ store: AlignmentStore, from source: ModelIdentity, to target: ModelIdentity, _ console: Console
  ) throws {
    let (a, b) = (try made(on: store.record.storeA), try made(on: store.record.storeB))
    let isBackwards = a.hash == target.hash && b.hash == source.hash && a.hash != b.hash
    let remedy =
      isBackwards
      ? "the map leads the other way: fit one with `sextant align \(b.name) \(a.name)`"
      : "take the map between these two, or fit it with `sextant align`"
    if source.hash.isEmpty {
      console.warning("\(vector) does not say which model it is of; only its width is checked")
    } else if a.hash != source.hash {
      throw SteeringError.otherModel(
        what: "the source side of \(map)", made: a, given: source, remedy: remedy)
    }
    guard b.hash == target.hash else {
      throw SteeringError.otherModel(
        what: "the target side of \(map)", made: b, given: target, remedy: remedy)
    }
  }

  /// The model behind one side of a map. Maps of older versions name a store only: the one that is here must be that one.
  private func made(on reference: StoreReference) throws -> ModelIdentity {
    if let hash = reference.source { return ModelIdentity(name: reference.name, hash: hash) }
    let path = "\(folders.models)/\(reference.name).h5"
    if let store = try? EmbeddingStore.open(path), store.identity == reference.identity {
      return ModelIdentity(name: reference.name, hash: store.provenance.sourceSHA256)
    }
    throw StoreError.misfit(
      path: map, what: "the model of its side \(reference.name)",
      expected: "the SHA-256 of its file, or its store at \(path)",
      actual: "neither (a version before these hashes wrote it)",
      hint: "fit the map again, or pass --force-mismatch if you know that it belongs here")
  }
}
