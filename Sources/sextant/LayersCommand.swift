import ArgumentParser
import Checkpoints
import Foundation
import Geometry
import Reports
import Stores
import Studies
import Transformers

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

  @Argument(help: "A model: its catalog name, or the path of a checkpoint.") var a: String
  @Argument(help: "Another model, or the same.") var b: String
  @Option(help: "Matched tokens, a seeded sample, 50 to 2000.") var tokens = 1000
  @Flag(help: "Only tokens that start a word.") var wholeWords = false
  @Option(
    help: ArgumentHelp(
      "Text that each token follows. Empty: a token stands alone behind the begin of sequence, which some models take "
        + "for an attention sink.", valueName: "text"))
  var carrier = LayerOptions().carrier
  @Option(help: "Read the last token of each text, or the mean over all but the first.")
  var position = PositionChoice.last
  @Option(help: "Neighbours of the mutual kNN, 2 to 40.") var neighbours = 10
  @Option(help: "Permutations of the null, 19 to 10000.") var permutations = 200
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
  @Option(help: "Seed of samples, splits, intervals and nulls.") var seed: UInt64 = 1
  @Flag(help: "JSON instead of Markdown.") var json = false
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("Write all tables (CSV) and figures (SVG) to this folder.", valueName: "folder"),
    transform: WritableFolder.init)
  var output: WritableFolder?
  @Option(help: ArgumentHelp("The folder of fitted maps.", valueName: "folder")) var alignments = "alignments"
  @OptionGroup var model: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard (50...2000).contains(tokens) else { throw ValidationError("--tokens must be 50 to 2000") }
    guard (2...40).contains(neighbours) else { throw ValidationError("--neighbours must be 2 to 40") }
    guard (19...10_000).contains(permutations) else {
      throw ValidationError("--permutations must be 19 to 10000")
    }
    guard keepMap.allSatisfy({ $0 >= 1 }) else { throw ValidationError("--keep-map must be 1 or more") }
  }

  func run() throws {
    let console = Console(verbosity)
    let (first, second) = (try model.checkpoint(a), try model.checkpoint(b))
    let (modelA, modelB) = (try Model.load(first), try Model.load(second))
    var options = LayerOptions()
    (options.tokens, options.neighbours, options.permutations) = (tokens, neighbours, permutations)
    (options.position, options.maps, options.carrier) = (position.positions, maps, carrier)
    let (nameA, nameB) = (name(a), name(b))
    let bench = LayerBench(
      (nameA, modelA), (nameB, modelB), options: options, seed: seed
    ) { console.progress($0) }
    let result = try bench.compare(
      LayerBench.letterTokens(modelA.tokenizer, modelB.tokenizer, wholeWords: wholeWords))
    print(json ? try TextOutput.json(result) : TextOutput.markdown(result.tables()))
    if let output {
      for file in try result.write(to: URL(filePath: output.path)) { print(file.relativePath) }
    }
    guard !keepMap.isEmpty else { return }
    let (from, to) = (
      StoreReference(name: nameA, identity: first.sha256()),
      StoreReference(name: nameB, identity: second.sha256())
    )
    for map in try bench.maps(.bundled(excluding: Set(without)), layers: keepMap) {
      if let path = try map.write(from: from, to: to, folder: alignments) { print(path) }
    }
  }

  /// A catalog name as it is, a file without its folder and extension.
  private func name(_ model: String) -> String {
    FileManager.default.fileExists(atPath: model)
      ? URL(filePath: model).deletingPathExtension().lastPathComponent : model
  }
}
