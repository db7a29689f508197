import Alignment
import ArgumentParser
import Reports
import Studies

struct AlignCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "align",
    abstract: "Fit a map from one embedding space to another.",
    discussion: """
      Fits on a share of the matched tokens and scores on the rest: R², cosine and retrieval, each beside the same fit \
      on shuffled tokens. Writes alignments/A--B.METHOD.h5 and prints the scores and the file's path. Such a file is \
      never changed: another map goes beside it, with a hash in its name. Methods: \
      \(Study.AlignOptions.allMethods.joined(separator: ", ")). token-pursuit and local have no matrix and leave no file; \
      unsupervised finds its anchors by itself.

      Example:
        sextant align smollm2-135m gemma-3-270m --method ridge
        sextant align smollm2-135m gemma-3-270m --method all --by-class
      """)

  @Argument(help: "The store that the map starts from.") var a: String
  @Argument(help: "The store that it leads to.") var b: String
  @Option(help: "How the map is fitted; may be given more than once, or be all.") var method = ["ridge"]
  @Option(help: "The matrices to match.") var space = EmbeddingSpace.input
  @Option(help: "Share of tokens that the fit does not see, 0.05 to 0.5.") var heldOut = 0.2
  @Flag(help: "Hold out whole words, all of whose forms stay on one side.") var heldOutGroups = false
  @Option(
    help:
      "The most rows among which held-out tokens are looked for; the whole vocabulary takes a minute a map.")
  var candidates = CandidateSet.vocabulary
  @Flag(help: "Score each class of tokens by itself, too.") var byClass = false
  @Flag(help: "Score over the number of anchors, too: thirty fits a method.") var learningCurve = false
  @OptionGroup var tokens: TokenOptions
  @Option(help: "Seed of the split, the folds and the intervals.") var seed: UInt64 = 1
  @Flag(help: "JSON instead of a table.") var json = false
  @OptionGroup var study: StudyOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard (0.05...0.5).contains(heldOut) else { throw ValidationError("--held-out must be 0.05 to 0.5") }
  }

  func run() throws {
    let console = Console(verbosity)
    let stores = try study.model.stores([a, b], console)
    var pair = StorePair(stores[0], stores[1], seed: seed)
    tokens.apply(to: &pair.study)
    pair.study.align.space = space
    (pair.study.align.heldOut, pair.study.align.heldOutGroups) = (heldOut, heldOutGroups)
    pair.study.align.candidates = candidates
    pair.study.align.methods = method == ["all"] ? Study.AlignOptions.allMethods : method
    pair.study.align.byClass = byClass
    if learningCurve {
      pair.study.align.learningCurve = pair.study.align.methods.filter(
        Study.AlignOptions.anchoredMethods.contains)
    }
    pair.folders = study.folders
    pair.warn = { console.warning($0) }
    let (maps, curves) = try pair.aligned { console.progress($0) }
    if json {
      if learningCurve {
        print(try TextOutput.json(Results(maps: maps, curves: curves)))
      } else if let map = maps.first, maps.count == 1 {
        print(try TextOutput.json(map))
      } else {
        print(try TextOutput.json(maps))
      }
      return
    }
    let tables = maps.tables + [curves.table].compactMap { $0 }
    print(
      ([TextOutput.markdown(tables, note: noteOnOneModel(stores))] + maps.compactMap(\.path)).joined(
        separator: "\n"))
  }

  private struct Results: Encodable {
    let maps: [AlignmentResult]
    let curves: [AlignmentCurve]
  }
}
