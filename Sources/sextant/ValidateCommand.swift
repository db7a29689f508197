import ArgumentParser
import Checkpoints
import Reports
import Steering
import Stores
import Studies
import StudyReports
import Transformers
import Workflow

struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate",
    abstract: "Carry a vector into another model and test whether it steers there.",
    discussion: """
      Does with one vector what a study does with each behaviour, and comes to the same numbers from the same vector, map, \
      options and seed: the vector goes through the map, gets the norm at which it moves the target by --divergence over \
      neutral text, and is held against the target's own vector and three nulls: residual noise, permuted labels and \
      shuffled maps. docs/studies.md says how the verdict is reached.

      The vector is the one of the source, not yet carried. Permuted labels are read in its model, which must be here; \
      shuffled maps need the two stores that the map was fitted on, or, for a map between layers (`sextant layers \
      --keep-map L --without SET`), a pass of both models over its texts.

      Prints verdict and tables; with --output, the carried vector at dose 1 goes to a file that says what came out. Exit \
      code 5 when the verdict is "not evaluable".

      Example:
        sextant steer validate sentiment.safetensors gemma-3-270m \\
          --map alignments/smollm2-135m--gemma-3-270m.ridge.h5 -o carried.safetensors
      """)

  @OptionGroup var carry: CarryOptions
  @Option(help: "The model that the vector was read in (default: what the vector calls it).") var source:
    String?
  @Option(
    help:
      "The contrast set that the vector is tested on: a bundled one, or a file in JSON or JSON Lines (default: the vector's own)."
  )
  var contrast: String?
  @Option(Parameters.divergence) var divergence: Double
  @Option(Parameters.items) var items: Int
  @Option(Parameters.randomVectors) var randomVectors: Int
  @Option(Parameters.permutedLabels) var permutedLabels: Int
  @Option(Parameters.shuffledMaps) var shuffledMaps: Int
  @Option(Parameters.margin) var margin: Double
  @Option(Parameters.generatedTokens) var generatedTokens: Int
  @Option(Parameters.seed, help: "seed of the nulls, and of the split of a list of pairs") var seed: UInt64
  @OptionGroup var format: FormatOptions
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The vector file to write.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile?
  @OptionGroup var foreign: ConventionOptions
  @OptionGroup var mismatch: MismatchOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    let vector = try carry.readVector(foreign, console)
    if let way = vector.provenance.transferredBy {
      throw ValidationError("\(carry.vector) was carried already (\(way)): give the vector before that")
    }
    guard contrast != nil || ExtractionMethods.named(vector.provenance.method)?.kind ?? .pairs == .pairs
    else {
      throw ValidationError(
        "\(carry.vector) was not made of contrast pairs: name a set to test it on with --contrast")
    }
    let set = try ContrastSet.named(contrast ?? vector.provenance.behaviour, seed: seed)
    let (map, target) = try carry.open(for: vector, mismatch, folders, console)
    let source = try loadSource(of: vector, console)
    let block = try carry.targetBlock(
      of: vector, along: map, in: target.model, on: set, folders, console)
    console.progress("fitting the controls of \(carry.map)")
    let trial = TransferTrial(
      from: source, to: target, through: map.carrier,
      controls: try controls(map, source, target, set, console))
    let found = try trial.result(
      of: vector, on: set, at: block,
      layer: carry.block == nil && map.carrier.layers == nil ? carry.layer : nil,
      options: try steering(as: vector, console).trial(seed: seed)
    ) { carried in
      if let output { try VectorFile.write(carried, to: output.path) }
      return (output?.path, nil)
    }
    format.say(found.verdict)
    try format.emit(found.tables) { try TextOutput.json(found) }
    format.say("")
    format.say(found.checks)
    format.say([found.vectorPath].compactMap { $0 })
    if case .notEvaluable = found.judgement.verdict { throw ExitStatus.notEvaluable }
  }

  /// The model that the vector was read in, which no other may stand for.
  private func loadSource(of vector: SteeringVector, _ console: Console) throws -> NamedModel {
    let name = source ?? vector.provenance.model
    let checkpoint: Checkpoint
    do {
      checkpoint = try folders.checkpoint(name, console)
    } catch  where source == nil && isOfAbsence(error) {
      throw ValidationError(
        "\(carry.vector) was read in \(name), which is not here: name that model with --source")
    }
    let loaded = try Model.load(checkpoint)
    let identity = try Workflow.identity(of: checkpoint, source: name)
    let note = try vector.checkFit(
      to: loaded, allowsMismatch: mismatch.isAllowed, remedy: "name its own model with --source"
    ) { identity }
    if let note { console.warning("\(carry.vector): \(note)") }
    let (point, blocks) = (vector.point, loaded.configuration.blockCount)
    guard point.site == .residualPost, point.block < blocks else {
      throw SteeringError.vectorFile(
        path: carry.vector, place: "direction.\(point.block)",
        expected: "residualPost of a block of \(name), 0 to \(blocks - 1)",
        actual: "\(point.site.rawValue) of block \(point.block)")
    }
    return NamedModel(loaded, identity)
  }

  private func isOfAbsence(_ error: any Error) -> Bool {
    switch error {
    case CheckpointError.unknownModel, StoreError.checkpoint(.missing): true
    default: false
    }
  }

  private func controls(
    _ map: KeptMap, _ source: NamedModel, _ target: NamedModel, _ set: ContrastSet, _ console: Console
  ) throws -> any MapControls {
    guard map.carrier.layers == nil else {
      return try map.controls(from: source, to: target, without: set)
    }
    let record = map.store.record
    return try map.controls(a: store(record.storeA, console), b: store(record.storeB, console))
  }

  /// A store that the map was fitted on.
  private func store(_ side: StoreReference, _ console: Console) throws -> EmbeddingStore {
    do {
      return try folders.store(side.name, console).store
    } catch CheckpointError.unknownModel {
      throw CheckpointError.missing(
        path: "\(folders.models)/\(side.name).h5", what: "the store",
        hint: "\(carry.map) was fitted on it, and shuffled maps are too: "
          + "make it with `sextant import SOURCE --as \(side.name)`")
    }
  }

  /// The target's own vector is made as the given one was.
  private func steering(as vector: SteeringVector, _ console: Console) -> SteerOptions {
    var steer = SteerOptions()
    if let extraction = vector.provenance.extraction {
      (steer.extraction, steer.position) = (extraction.estimator.word, extraction.positions)
    } else {
      let method = ExtractionMethods.named(vector.provenance.method)
      let reason = method.map { "was made by \($0.word), without pairs" } ?? "does not say how it was made"
      console.warning(
        "\(carry.vector) \(reason); the target's own vector is a mean difference at the last token")
    }
    (steer.divergence, steer.items, steer.margin) = (divergence, items, margin)
    (steer.randomVectors, steer.permutedLabels) = (randomVectors, permutedLabels)
    (steer.shuffledMaps, steer.generatedTokens) = (shuffledMaps, generatedTokens)
    return steer
  }
}
