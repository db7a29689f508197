import ArgumentParser
import Checkpoints
import Lenses
import Reports
import Steering
import Stores
import StudyReports
import Tensors
import Transformers
import Workflow

struct LensShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Read a prompt's hidden states, or a direction, through a lens.",
    discussion: """
      Of the last position a table of layers with their most probable tokens; of several positions a table of positions by layers. With \
      --vector a steering vector is read in place of a prompt, at the layer of its own block unless --layers says another: a direction \
      has no norm to divide by, so it goes through the linear part of the lens. Where no Jacobian lens is fitted, a direction is carried by \
      one tangent a text of the bundled corpus, which takes seconds.

      Example:
        sextant lens show smollm2-135m "The capital of France is"
        sextant lens show smollm2-135m "The capital of France is" --positions all --layers 1,2 --json
      """)

  @Argument(help: .model) var model: String
  @Argument(help: "The text whose states are read.") var prompt: String?
  @Option(help: "logit, tuned, jacobian, patchscope, or the file of a lens.") var lens = LensChoice(
    kind: .logit)
  @Option(
    help: ArgumentHelp(
      "Blocks (from 0) whose output is read, as in 4,8-11, and embedding (default: all).", valueName: "list"))
  var layers: LayerList?
  @Option(
    help: ArgumentHelp(
      "last, all, or positions by commas: from 0, or from the end with a minus, as in --positions=-2,-1 (default: last).",
      valueName: "list"))
  var positions: PositionList?
  @Option(help: "Tokens of each cell.") var top = 5
  @Option(help: ArgumentHelp("A steering vector to read in place of a prompt.", valueName: "file"))
  var vector: String?
  @OptionGroup var foreign: ConventionOptions
  @OptionGroup var mismatch: MismatchOptions
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard (prompt == nil) != (vector == nil) else {
      throw ValidationError("give a prompt, or --vector in its place")
    }
    guard top >= 1 else { throw ValidationError("--top must be 1 or more") }
    guard vector == nil || positions == nil else { throw ValidationError("a vector has no --positions") }
  }

  func run() throws {
    let console = Console(verbosity)
    let vectors = try vector.map {
      try VectorFile.readAll($0, convention: foreign.convention) { console.warning($0) }
    }
    // A Jacobian lens that is not fitted is no need of a direction's.
    let needed = vector != nil && lens.kind == .jacobian ? [] : [lens]
    let loaded = try LensModel(model, lenses: needed, folders, console)
    if let vector, let vectors { return try show(vectors, of: vector, loaded, console) }
    let reading = try LensReading(
      loaded.lens(lens), of: loaded.name, prompt: prompt ?? "", layers: chosenLayers(of: loaded),
      positions: positions?.positions ?? .last,
      count: top)
    try format.emit(reading.tables) { try TextOutput.json(reading) }
  }

  private func chosenLayers(of loaded: LensModel) throws -> [Int]? {
    try layers?.layers(blocks: loaded.model.configuration.blockCount)
  }

  private func show(
    _ vectors: [SteeringVector], of path: String, _ loaded: LensModel, _ console: Console
  ) throws {
    var readings: [DirectionReading] = []
    for vector in vectors {
      let note = try vector.checkFit(to: loaded.model, allowsMismatch: mismatch.isAllowed) {
        ModelIdentity(name: loaded.name, hash: loaded.identity.identity)
      }
      if let note, vector == vectors.first { console.warning("\(path): \(note)") }
      for layer in try chosenLayers(of: loaded) ?? [vector.layer] {
        readings.append(try read(vector.direction, layer, loaded, console))
      }
    }
    try format.emit(readings.flatMap(\.tables)) { try TextOutput.json(readings) }
  }

  private func read(
    _ direction: [Float], _ layer: Int, _ loaded: LensModel, _ console: Console
  ) throws -> DirectionReading {
    guard lens.kind == .jacobian, !loaded.known.contains(lens) else {
      return try DirectionReading(
        loaded.lens(lens), of: loaded.name, direction: direction, layer: layer, count: top)
    }
    console.progress("tangents at layer \(layerWords(layer))")
    let carried = try JacobianDirection.image(of: direction, layer: layer, in: loaded.model)
    console.note(
      "no Jacobian lens of \(loaded.name) is fitted: the direction was carried by tangents over "
        + "\(carried.perPrompt.rows) texts"
        + (carried.relativeError.flatMap { NumberFormat.significant(2).text($0) }
          .map { "; standard error over them \($0) of its length" } ?? ""))
    return try DirectionReading(
      loaded.model, of: loaded.name, lens: "Jacobian", image: carried.image, layer: layer, count: top)
  }
}

extension SteeringVector {
  /// The layer of its point: the block that it leaves, or what enters the block.
  fileprivate var layer: Int { point.site == .residualPre ? point.block - 1 : point.block }
}
