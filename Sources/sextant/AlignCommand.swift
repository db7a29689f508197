import Alignment
import ArgumentParser
import Reports
import Studies
import StudyReports
import Workflow

struct AlignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "align",
    abstract: "Fit a map from one embedding space to another.",
    discussion: """
      Fits on a share of the matched tokens and scores on the rest: R², cosine and retrieval, each beside the same fit \
      on shuffled tokens. Writes alignments/A--B.METHOD.h5 and prints the scores and the file's path. Such a file is \
      never changed: another map goes beside it, with a hash in its name. Methods: \
      \(MapOptions.allMethods.joined(separator: ", ")). token-pursuit and local have no matrix and leave no file; \
      unsupervised finds its anchors by itself.

      Example:
        sextant align smollm2-135m gemma-3-270m --method ridge
        sextant align smollm2-135m gemma-3-270m --method all --by-class
      """)

  @Argument(help: .model) var a: String
  @Argument(help: "The model that the map leads to, named in the same ways.") var b: String
  @Option(help: "How the map is fitted; may be given more than once, or be all.") var method = ["ridge"]
  @Option(Parameters.alignSpace) var space: EmbeddingSpace
  @Option(Parameters.heldOut) var heldOut: Double
  @Flag(Parameters.heldOutGroups) var heldOutGroups: Bool
  @Option(Parameters.candidates) var candidates: CandidateSet
  @Flag(Parameters.byClass) var byClass: Bool
  @Flag(help: "Score over the number of anchors, too: thirty fits a method.") var learningCurve = false
  @OptionGroup var tokens: TokenOptions
  @Option(Parameters.seed, help: "seed of the split, the folds and the intervals") var seed: UInt64
  @OptionGroup var format: FormatOptions
  @OptionGroup var study: StudyOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    let options = try options()
    let stores = try study.model.stores([a, b], console)
    var pair = StorePair(stores[0], stores[1], seed: seed)
    tokens.apply(to: &pair.options.tokens)
    pair.options.align = options
    pair.folders = study.folders
    pair.warn = { console.warning($0) }
    let (maps, curves) = try pair.aligned()
    try format.emit(maps.tables + [curves.table].compactMap { $0 }, note: noteOnOneModel(stores)) {
      if learningCurve { return try TextOutput.json(Results(maps: maps, curves: curves)) }
      if let map = maps.first, maps.count == 1 { return try TextOutput.json(map) }
      return try TextOutput.json(maps)
    }
    format.say([""] + maps.compactMap(\.path))
  }

  /// Those of the fit, with methods that there are.
  private func options() throws -> MapOptions {
    var options = MapOptions()
    options.space = space
    (options.heldOut, options.heldOutGroups) = (heldOut, heldOutGroups)
    options.candidates = candidates
    options.methods = method == ["all"] ? MapOptions.allMethods : method
    options.byClass = byClass
    if learningCurve {
      options.learningCurve = options.methods.filter(MapOptions.anchoredMethods.contains)
    }
    try options.requireMethods()
    return options
  }

  private struct Results: Encodable {
    let maps: [AlignmentResult]
    let curves: [AlignmentCurve]
  }
}
