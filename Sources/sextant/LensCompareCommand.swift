import ArgumentParser
import Checkpoints
import Lenses
import Reports
import Stores
import StudyReports
import Workflow

struct LensCompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Compare the lenses of two models over the tokens that both know.",
    discussion: """
      The rows of a lens are the directions of a layer that promote each token. Rows of the same token in two models are matched points: \
      CKA, relative orientation and mutual nearest neighbours of all layer pairs, centred, against the second model's tokens \
      permuted, the largest value by max-T; the pairs of matched depth with intervals. Over matched tokens the two vocabularies play no part.

      Example:
        sextant lens compare smollm2-135m gemma-3-270m --lens logit --permutations 19
      """)

  @Argument(help: .model) var a: String
  @Argument(help: .anotherModel) var b: String
  @Option(help: "logit, tuned, jacobian or patchscope: the same kind of both models.") var lens = LensKind
    .jacobian
  @Option(help: "Matched tokens, a seeded sample; time grows with the square.") var tokens = 1000
  @Option(help: "Neighbours of the mutual kNN.") var neighbours = 10
  @Option(help: "Permutations of the null.") var permutations = 200
  @Option(help: "The seed of the sample and the permutations.") var seed: UInt64 = 1
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard tokens >= 50 else { throw ValidationError("--tokens must be 50 or more") }
    guard permutations >= 19 else { throw ValidationError("--permutations must be 19 or more") }
    guard neighbours >= 1 else { throw ValidationError("--neighbours must be 1 or more") }
  }

  func run() throws {
    let console = Console(verbosity)
    let choice = LensChoice(kind: lens)
    let first = try LensModel(a, lenses: [choice], folders, console)
    let second = try LensModel(b, lenses: [choice], folders, console)
    let (lensA, lensB) = (try first.lens(choice), try second.lens(choice))
    var options = LensComparisonOptions()
    (options.tokens, options.neighbours, options.permutations) = (tokens, neighbours, permutations)
    options.seed = seed
    console.progress("lenses of \(first.name) and \(second.name)")
    let found = try LensComparison((first.name, lensA), (second.name, lensB), options: options)
    let isSame = first.identity.identity == second.identity.identity
    try format.emit(
      found.tables,
      note: isSame
        ? "\(first.name) and \(second.name) are one model: what follows compares it with itself" : nil
    ) { try TextOutput.json(found) }
  }
}
