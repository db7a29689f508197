import ArgumentParser
import Points
import StudyReports
import Transformers

struct RelationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relations",
    abstract:
      "Say which attention heads implement which relations between tokens, from their parameters alone.",
    discussion: """
      A file is a JSON list of pairs of words, [["France", "Paris"], …]. A head's score is the share of pairs whose second \
      token is among the k largest products of the first one's embedding with the head's values, its output and the \
      unembedding; above block 0 the embedding goes through the first feed-forward layer (MAPS, Elhelo and Geva 2025). Each score \
      stands beside that of permuted targets; p is corrected for the search over all heads. Words that are several tokens \
      do not count, and 30 pairs are needed.

      Example:
        sextant relations smollm2-135m capitals.json past-tense.json
      """)

  @Argument(help: .model) var model: String
  @Argument(help: ArgumentHelp("Files of pairs.", valueName: "file")) var files: [String]
  @Option(
    help: "The target counts among so many largest products (default: 10; 1 for words with themselves).")
  var k: Int?
  @Option(help: "Heads of each relation that are shown.") var top = 5
  @Option(help: "Permutations of the targets; larger values give smaller p.") var permutations = 999
  @Option(help: "Seed of the permutations.") var seed: UInt64 = 1
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    for (name, value) in [("--k", k ?? 1), ("--top", top), ("--permutations", permutations)] where value < 1 {
      throw ValidationError("\(name) must be 1 or more")
    }
  }

  func run() throws {
    let console = Console(verbosity)
    let loaded = try Model.load(folders.checkpoint(model, console))
    let relations = try files.map { try TokenRelation(path: $0, tokenizer: loaded.tokenizer) }
    var options = RelationOptions()
    (options.k, options.permutations, options.seed) = (k, permutations, seed)
    console.progress("scoring the heads")
    let scores = relationScores(of: relations, in: loaded, options: options)
    try format.emit(scores.tables(top: top))
  }
}
