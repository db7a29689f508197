import ArgumentParser
import Reports
import Studies
import StudyReports
import Workflow

struct CycleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cycle",
    abstract: "Map embeddings through several models and back, and say what is lost.",
    discussion: """
      Fits a map for every step A → B → … → A on a share of the tokens that all the models have, and says what comes back \
      of the others: the error beside the least that the narrowest model allows and beside maps of shuffled tokens. Of \
      three models or more it also says what each way through others costs against the map that leads there directly. \
      Methods: \(StoreCycle.methods.joined(separator: ", ")).

      Example:
        sextant cycle smollm2-135m gemma-3-270m
        sextant cycle smollm2-135m gemma-3-270m qwen2.5-coder-0.5b --method procrustes
      """)

  @Argument(help: "Two or more models in the order of the way, named as `sextant compare` takes them.")
  var models: [String]
  @Option(help: "How the maps are fitted.") var method = "ridge"
  @Option(Parameters.alignSpace) var space: EmbeddingSpace
  @Option(Parameters.heldOut) var heldOut: Double
  @Flag(Parameters.heldOutGroups) var heldOutGroups: Bool
  @OptionGroup var tokens: TokenOptions
  @Option(Parameters.seed, help: "seed of the split, the folds, the shuffles and the intervals")
  var seed: UInt64
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write to this file.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile?
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard models.count >= 2 else { throw ValidationError("a cycle takes two or more models") }
  }

  func run() throws {
    let console = Console(verbosity)
    var options = CycleOptions()
    (options.method, options.space, options.heldOut, options.seed) = (method, space, heldOut, seed)
    options.heldOutGroups = heldOutGroups
    tokens.apply(to: &options.tokens)
    try options.check()
    let cycle = StoreCycle(try folders.stores(models, console), options)
    let result = try cycle.measured()
    try format.emit(result.tables, note: noteOnOneModel(cycle.stores), to: output) {
      try TextOutput.json(result)
    }
  }
}
