import ArgumentParser
import Reports
import StudyReports
import Workflow

struct MatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "match",
    abstract: "Find the tokens that two models share.",
    discussion: """
      Two rows are the same token when they stand for the same bytes of text, however their tokenizers spell them. \
      Prints coverage, collisions and how many rows are untrained or copies; with --output every pair as CSV (row a, \
      token a, row b, token b, reason, row a is, row b is: what is wrong with a row).

      Example:
        sextant match smollm2-135m gemma-3-270m -o match.csv
      """)

  @Argument(help: .model) var a: String
  @Argument(help: .anotherModel) var b: String
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write every pair to this CSV file.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile?
  @OptionGroup var format: FormatOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let stores = try model.stores([a, b], Console(verbosity))
    let match = try StorePair(stores[0], stores[1]).matched()
    try format.emit([match.summary], note: noteOnOneModel(stores))
    if let output { try TextOutput.emit(match.table.csv(), to: output) }
  }
}
