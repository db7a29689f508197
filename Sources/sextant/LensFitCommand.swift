import ArgumentParser
import Files
import Foundation
import Lenses
import Reports
import Stores
import StudyReports
import Workflow

struct LensFitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Fit a tuned or a Jacobian lens of a model.",
    discussion: """
      A tuned lens takes about a quarter of an hour for a model of 135M parameters on two processors: a ridge from each layer to the last, then steps down the KL divergence from the model's own \
      distribution. A Jacobian lens takes a reverse pass for each dimension of the residual stream and each text, about a minute or two a \
      text for a model of 135M parameters on two processors. What is finished is kept beside the lens, so a fit that was killed goes on \
      where it was when the same command is given again. Prints the path of the lens and what was found of each layer.

      Example:
        sextant lens fit smollm2-135m --kind jacobian --count 16
      """)

  @Argument(help: .model) var model: String
  @Option(help: "tuned or jacobian; nothing is fitted for the others.") var kind: LensKind
  @OptionGroup var corpus: CorpusOptions
  @Option(help: "Tokens of a text at most.") var tokens = 128
  @Option(help: "Steps of a tuned lens after its ridge, 0 for none.") var steps = TunedOptions().steps
  @Option(help: "The seed of the tokens that the steps draw.") var seed: UInt64 = 1
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write (default: NAME.KIND.lens.h5 in the models folder).", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile?
  @OptionGroup var format: FormatOptions
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard LensKind.fitted.contains(kind) else {
      throw ValidationError(
        "a \(kind.rawValue) lens has nothing to fit: `sextant lens show` takes it as it is")
    }
    guard tokens >= 2 else { throw ValidationError("--tokens must be 2 or more") }
    guard steps >= 0 else { throw ValidationError("--steps must be 0 or more") }
  }

  func run() throws {
    let console = Console(verbosity)
    let texts = try corpus.corpus()
    let loaded = try LensModel(model, folders, console)
    let path = output?.path ?? loaded.path(kind)
    if FileManager.default.fileExists(atPath: path) { throw StoreError.exists(path: path) }
    if output == nil { try folders.makeFolder() }
    let blocks = ((path as NSString).deletingLastPathComponent as NSString).appendingPathComponent(".blocks")
    let identity = loaded.identity
    console.progress("\(kind.rawValue) lens of \(loaded.name)")
    let table: Table
    if kind == .tuned {
      var options = TunedOptions()
      (options.tokens, options.steps, options.seed) = (tokens, steps, seed)
      let fit = try TunedFit(
        loaded.model, identity, corpus: texts, prompts: corpus.count, options: options,
        keepingIn: blocks, toolVersion: toolVersion)
      let record = try fit.run()
      try record.write(to: path)
      fit.removeKept()
      table = LensFitTables.table(try record.decodedScores(TunedFit.Score.self), model: loaded.name)
    } else {
      var options = JacobianOptions()
      options.tokens = tokens
      let fit = try JacobianFit(
        loaded.model, identity, corpus: texts, prompts: corpus.count, options: options,
        keepingIn: blocks, toolVersion: toolVersion)
      let record = try fit.run()
      try record.write(to: path)
      fit.removeKept()
      table = LensFitTables.table(
        try record.decodedScores(JacobianFit.Score.self), prompts: record.prompts, model: loaded.name)
    }
    format.say([path, ""])
    try format.emit([table])
  }
}

extension LensRecord {
  fileprivate func decodedScores<Score: Decodable>(_: Score.Type) throws -> [Score] {
    try JSONDecoder().decode([Score].self, from: Data(scores.utf8))
  }
}
