import ArgumentParser
import Geometry
import Reports
import Studies
import StudyReports
import Workflow

struct NeighboursCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "neighbours",
    abstract: "Show a token's surroundings in one or more models.",
    discussion: """
      For each model: the nearest tokens by cosine, the weights that rebuild the token from them (locally linear \
      embedding), how many directions the neighbourhood spreads into (local PCA), and which neighbours all models \
      share. Neighbours are looked for among the tokens that all the models have.

      Example:
        sextant neighbours " happy" smollm2-135m gemma-3-270m
      """,
    aliases: ["neighbors"])

  @Argument(
    help: "The token's text. A leading space or ▁ marks the start of a word; without it both are tried.")
  var token: String
  @Argument(help: "Models, named as `sextant compare` takes them.") var models: [String]
  @Option(Parameters.neighbours, name: .shortAndLong, help: "neighbours to show", valueName: "count")
  var k: Int
  @Option(help: "Neighbours of the local PCA, from 3; larger values measure a wider surrounding.")
  var dimensionNeighbours = 1200
  @Option(help: "What is done to each space first.") var normalisation = Gauge.raw
  @Flag(inversion: .prefixedNo, help: "Only tokens made of letters can be neighbours.") var lettersOnly = true
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard dimensionNeighbours >= 3 else { throw ValidationError("--dimension-neighbours must be 3 or more") }
  }

  func run() throws {
    var options = TokenViewOptions()
    options.neighbours = k
    options.dimensionNeighbours = dimensionNeighbours
    options.normalisation = normalisation
    options.lettersOnly = lettersOnly
    let opened = try folders.stores(models, Console(verbosity))
    let view = try TokenView(of: token, in: opened, options: options)
    try format.emit(view.tables, note: noteOnOneModel(opened)) { try TextOutput.json(view) }
  }
}
