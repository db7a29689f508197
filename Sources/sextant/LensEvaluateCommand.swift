import ArgumentParser
import Checkpoints
import Files
import Lenses
import Reports
import StudyReports
import Tokenizers
import Transformers
import Vocabularies
import Workflow

struct LensEvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "How much of what a model must think on the way do its lenses read?",
    discussion: """
      A set is a JSON file {"items": [{"prompt": "…", "intermediates": ["…"]}, …]}: words that should be readable before the answer. An item's \
      score is the share of its intermediates among the k most probable tokens at their best layer and position, beside chance (other \
      items' intermediates, 20 draws) and the same lens between random rotations. --shared-with takes ranks among the tokens that another \
      model knows too: of a larger vocabulary a rank says less.

      Example:
        sextant lens evaluate smollm2-135m intermediates.json --positions last
      """)

  /// Which positions count.
  enum Positions: String, ExpressibleByArgument, CaseIterable { case all, last }

  @Argument(help: .model) var model: String
  @Argument(help: "Sets of prompts with intermediates.") var sets: [String]
  @Option(
    help:
      "logit, tuned, jacobian, patchscope, or the file of a lens; repeatable (default: the logit lens and those that are fitted here)."
  )
  var lens: [LensChoice] = []
  @Option(help: "Search all positions of a prompt, or read the last alone, as the published numbers do.")
  var positions = Positions.all
  @Option(
    help: ArgumentHelp("Another model: ranks are taken among the tokens that both know.", valueName: "model"))
  var sharedWith: String?
  @Flag(inversion: .prefixedNo, help: "Also read lenses between random rotations; doubles the time.")
  var random = true
  @Option(help: "The seed of draws and rotations.") var seed: UInt64 = 1
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let console = Console(verbosity)
    let read = try sets.map { try LensSet.load($0) }
    let other = try sharedWith.map { try folders.checkpoint($0, console) }
    let loaded = try LensModel(model, lenses: lens, folders, console)
    let lenses = try (lens.isEmpty ? loaded.known : lens).map { try loaded.lens($0) }
    let shared = try other.map {
      TokenMatch(loaded.model.tokenizer.vocabulary, try Model.load($0).tokenizer.vocabulary).rowsA
    }
    var options = EvaluationOptions()
    (options.allPositions, options.readsRandom, options.seed) = (positions == .all, random, seed)
    let rotations = try random ? RandomRotations(width: loaded.model.configuration.width, seed: seed) : nil
    var evaluations: [LensEvaluation] = []
    for set in read {
      for lens in lenses {
        console.progress("\(set.name), \(lens.name) lens")
        evaluations.append(
          try LensEvaluation(lens, on: set, among: shared, rotations: rotations, options: options))
      }
    }
    try format.emit(LensEvaluationTables(loaded.name, evaluations).all) { try TextOutput.json(evaluations) }
  }
}
