import ArgumentParser
import Distribution
import Foundation
import Geometry
import Reports
import Studies
import StudyReports
import Workflow

struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Measure what two embedding spaces share.",
    discussion: """
      Over the matched tokens: relative orientation, CKA, mutual nearest neighbours and LLE weights, each with an \
      interval and against a null of tokens permuted within strata of their kind and frequency; anisotropy, participation ratio and intrinsic dimension of both.

      Example:
        sextant compare smollm2-135m gemma-3-270m --seed 1 > comparison.md
        sextant compare smollm2-135m gemma-3-270m --token-table tokens.csv
        sextant compare smollm2-135m gemma-3-270m --also token-profiles \\
          --relations words.tsv
      """)

  @Argument(help: .model) var a: String
  @Argument(help: .anotherModel) var b: String
  @Option(Parameters.neighbours) var neighbours: Int
  @Option(Parameters.dimensionNeighbours) var dimensionNeighbours: Int
  @Option(Parameters.dimensionTokens) var dimensionTokens: Int
  @Option(help: ArgumentHelp("Measure more; may be given more than once.", valueName: "group"))
  var also: [MeasureGroup] = []
  @Option(help: ArgumentHelp(Parameters.relations.sentence(), valueName: "file")) var relations: String?
  @Option(help: "The matrices to compare.") var space = EmbeddingSpace.input
  @Flag(Parameters.stratifiedNull) var stratifiedNull: Bool
  @OptionGroup var tokens: TokenOptions
  @Option(Parameters.seed, help: "seed of samples, intervals and nulls") var seed: UInt64
  @Flag(help: "With --format json, also the draws of nulls.") var draws = false
  @Option(
    help: ArgumentHelp(
      "Write what each matched token shows to this file, .csv or .h5; may be given more than once.",
      valueName: "file"),
    transform: WritableFile.init)
  var tokenTable: [WritableFile] = []
  @Option(
    name: .shortAndLong, help: ArgumentHelp("Write to this file.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile?
  @OptionGroup var format: FormatOptions
  @OptionGroup var model: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard format.asked == .json || !draws else { throw ValidationError("--draws are of --format json") }
    for file in tokenTable where !file.path.hasSuffix(".csv") && !file.path.hasSuffix(".h5") {
      throw ValidationError("--token-table: expected a file that ends in .csv or .h5, found \(file.path)")
    }
    guard relations == nil || also.contains(.tokenProfiles) else {
      throw ValidationError("--relations needs --also token-profiles, whose coherence they are for")
    }
  }

  func run() throws {
    let console = Console(verbosity)
    let stores = try model.stores([a, b], console)
    var pair = StorePair(stores[0], stores[1], seed: seed)
    tokens.apply(to: &pair.options.tokens)
    pair.options.compare.neighbours = neighbours
    pair.options.compare.dimensionNeighbours = dimensionNeighbours
    pair.options.compare.dimensionTokens = dimensionTokens
    pair.options.compare.isStratified = stratifiedNull
    pair.options.compare.also = also
    pair.options.compare.relations = relations
    pair.options.compare.spaces = [space]
    pair.warn = { console.warning($0) }
    console.progress("compare/\(stores[0].name)--\(stores[1].name)")
    let folder = BlockFolder(URL(filePath: model.models).appending(path: ".blocks"), version: Ranks.build)
    let result = try Ranks.run(keeping: folder) { try pair.compared() }
    guard let result else { return }
    try result.writeTokens(to: tokenTable.map(\.path))
    try format.emit(result.comparisonTables, note: noteOnOneModel(stores), to: output) {
      try pair.json(result, draws: draws).text
    }
  }
}
