import ArgumentParser
import Checkpoints
import Files
import Foundation
import Geometry
import Reports
import Steering
import Stores
import Studies
import StudyReports
import Transformers
import Workflow

struct LayersCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "layers",
    abstract: "Compare the hidden states of two models layer by layer.",
    discussion: """
      The residual stream of every block, for matched tokens (each behind --carrier) and for short \
      texts that both models read: CKA, relative orientation and mutual nearest neighbours of all layer pairs, against \
      the same permutations, the largest value by max-T; the pairs of matched depth with intervals; and affine maps \
      between them, scored on texts that the fit has not seen. A model can be compared with itself.

      Time and memory grow with the square of --tokens: 1000 take two to three minutes on two processors for models of \
      30 and 18 blocks.

      Example:
        sextant layers smollm2-135m gemma-3-270m -o layers > layers.md
      """)

  @Argument(help: .model) var a: String
  @Argument(help: "Another model, named in the same ways, or the same.") var b: String
  @Option(Parameters.layerTokens) var tokens: Int
  @Flag(Parameters.wholeWords) var wholeWords: Bool
  @Option(Parameters.layerCarrier, valueName: "text") var carrier: String
  @Option(help: ArgumentHelp(Parameters.layerPosition.sentence(withRange: false)))
  var position = PositionChoice.last
  @Option(
    name: .customLong("gauge"),
    help: ArgumentHelp("\(Parameters.layerGauges.sentence()); repeatable.", valueName: "gauge"))
  var gauges = Parameters.layerGauges.standard
  @Option(Parameters.layerNeighbours, help: "neighbours of the mutual kNN") var neighbours: Int
  @Option(Parameters.layerPermutations) var permutations: Int
  @Flag(inversion: .prefixedNo, help: "Also fit maps between layers of matched depth.") var maps = true
  @Option(
    help: ArgumentHelp(
      "Also write the map of this layer of the first model to the alignments folder (layer l is the output of block "
        + "l - 1), for steer transfer; repeatable.", valueName: "layer"))
  var keepMap: [Int] = []
  @Option(
    help: ArgumentHelp(
      "A bundled contrast set whose texts the kept maps do not see: the one whose vector they are to carry; repeatable.",
      valueName: "set"))
  var without: [String] = []
  @Option(Parameters.seed, help: "seed of samples, splits, intervals and nulls") var seed: UInt64
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "Write all tables (CSV) and figures, each with its data and its gnuplot script, to this folder.",
      valueName: "folder"),
    transform: WritableFolder.init)
  var output: WritableFolder?
  @OptionGroup var format: FormatOptions
  @OptionGroup var alignments: AlignmentsFolderOption
  @OptionGroup(title: "Figures") var figures: FigureSettings
  @OptionGroup var model: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    for name in without where !ContrastSet.bundledNames.contains(name) {
      throw ValidationError(
        "--without takes \(ContrastSet.bundledNames.joined(separator: ", ")), not \(name)"
          + suggestion(for: name, among: ContrastSet.bundledNames))
    }
    if let fault = Parameters.layerGauges.fault(gauges) {
      throw ValidationError("--gauge must be \(fault.expected), not \(fault.actual)")
    }
    guard keepMap.allSatisfy({ $0 >= 1 }) else { throw ValidationError("--keep-map must be 1 or more") }
  }

  func run() throws {
    let console = Console(verbosity)
    let (first, second) = (try model.checkpoint(a, console), try model.checkpoint(b, console))
    let (nameA, nameB) = (ModelName.of(a), ModelName.of(b))
    let drawing = try output.map { _ in try figures.applied(models: [nameA, nameB], console) }
    console.progress("hashing \(first.path) and \(second.path)")
    let (hashA, hashB) = (first.sha256(), second.sha256())
    let note =
      hashA == hashB
      ? "\(nameA) and \(nameB) are one model (SHA-256 \(hashA)): what follows compares it with itself" : nil
    if let note { console.warning(note) }
    guard note != nil || ModelName.folded(nameA) != ModelName.folded(nameB) else {
      throw ValidationError(
        "\(first.path) and \(second.path) would both be called \(nameA); give one another name, by a link say"
      )
    }
    let (modelA, modelB) = (try Model.load(first), try Model.load(second))
    var options = LayerOptions()
    (options.tokens, options.neighbours, options.permutations) = (tokens, neighbours, permutations)
    (options.position, options.maps, options.carrier) = (position.positions, maps, carrier)
    options.normalisations = gauges
    try requireNewMaps(nameA, modelA, nameB, modelB)
    let bench = LayerBench(
      (nameA, modelA), (nameB, modelB), options: options, seed: seed)
    console.progress("layers/\(nameA)--\(nameB)")
    let result = try bench.compare(
      LayerBench.letterTokens(modelA.tokenizer, modelB.tokenizer, wholeWords: wholeWords))
    try format.emit(result.tables(), note: note) { try TextOutput.json(result) }
    if let output, let drawing {
      for file in try result.write(to: URL(filePath: output.path), figures: drawing) {
        print(file.relativePath)
      }
    }
    guard !keepMap.isEmpty else { return }
    let (from, to) = (
      StoreReference(name: nameA, identity: hashA, source: hashA),
      StoreReference(name: nameB, identity: hashB, source: hashB)
    )
    for map in try bench.maps(.bundled(excluding: Set(without)), layers: keepMap) {
      if let path = try map.write(from: from, to: to, folder: alignments.path) { print(path) }
    }
  }

  /// Throws where a map that is to be kept is of no layer, or would stand in another's place, before minutes go by.
  private func requireNewMaps(_ nameA: String, _ a: Model, _ nameB: String, _ b: Model) throws {
    if let layer = keepMap.first(where: { $0 > a.configuration.blockCount }) {
      throw ValidationError(
        "--keep-map: \(nameA) has the layers 1 to \(a.configuration.blockCount), \(layer) was asked for")
    }
    let pairs = LayerPair.matchedDepth(
      layersA: a.configuration.blockCount + 1, layersB: b.configuration.blockCount + 1)
    for pair in pairs where keepMap.contains(pair.a) {
      let path = AlignmentStore.path(
        folder: alignments.path, nameA: nameA, nameB: nameB, method: pair.mapName)
      if FileManager.default.fileExists(atPath: path) { throw StoreError.exists(path: path) }
    }
  }
}
