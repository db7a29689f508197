import ArgumentParser
import Checkpoints
import Files
import Foundation
import Steering
import Studies
import Transformers
import Workflow

struct ExtractCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "extract",
    abstract: "Find a direction: of contrasting texts, of tokens, or of a text.",
    discussion: """
      Of contrast pairs (mean-difference, principal-component): reads the residual stream at the output of a block for both \
      texts of each training pair of --contrast. Bundled sets: \(ContrastSet.bundledNames.joined(separator: ", ")); \
      `sextant steer behaviours NAME` prints one.

      Of tokens (token-direction): the direction that promotes each --token and demotes each --against, a row of the \
      Jacobian lens of that block (or the mean of some rows less that of others), as long as it takes to move the model by \
      --divergence over neutral text. Needs no pairs.

      Of a text (latent-vector): the vector that makes the model write the text of a file behind --prompt, found by gradient \
      descent; `sextant generate MODEL PROMPT --vector FILE` writes it.

      The last two say what came out, beside random vectors as long; the file says it too. The file says in words \
      which model, block, site, position and texts the vector comes from. Prints its path.

      Example:
        sextant steer extract smollm2-135m --contrast sentiment --block 14 \\
          -o sentiment.safetensors
        sextant steer extract smollm2-135m --method token-direction \\
          --token " good" --against " bad" -o good.safetensors
        sextant steer extract smollm2-135m --method latent-vector \\
          --text poem.txt --prompt "A poem:" -o poem.safetensors
      """)

  @Argument(help: .model) var model: String
  @Option(help: "How the direction is made.") var method = ExtractionChoice(.pairs(MeanDifference()))
  @Option(help: "Of pairs: a bundled contrast set, or a file in JSON or JSON Lines.") var contrast: String?
  @Option(help: "The block (from 0) whose output is read (default: the middle one).") var block: Int?
  @Option(
    help: "Of pairs: read the last token of each text, or the mean over all but the first (default: last).")
  var position: PositionChoice?
  @Option(
    name: .customLong("token"),
    help: "Of tokens: one to promote, with the space that it begins with; may be given again.")
  var tokens: [String] = []
  @Option(help: "Of tokens: one to demote; may be given again.") var against: [String] = []
  @Option(help: "Of tokens: nats a token that dose 1 is to move the model by (default: 0.5).")
  var divergence: Double?
  @Option(help: ArgumentHelp("Of a text: the file that holds it.", valueName: "file")) var text: String?
  @Option(help: "Of a text: what stands before it.") var prompt: String?
  @Option(help: "Of a text: updates at most (default: 400).") var steps: Int?
  @Option(
    Parameters.seed,
    help:
      "seed that splits a list of pairs into those for the vector and those for tests, or that draws random vectors"
  )
  var seed: UInt64
  @Option(
    name: .shortAndLong, help: ArgumentHelp("The vector file to write.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  /// Every option belongs to one kind of method; the first of each kind must be there.
  func validate() throws {
    let kinds: [(kind: ExtractionMethod.Kind, needs: String, options: [(name: String, isGiven: Bool)])] = [
      (.pairs, "--contrast", [("--contrast", contrast != nil), ("--position", position != nil)]),
      (
        .tokens, "--token",
        [("--token", !tokens.isEmpty), ("--against", !against.isEmpty), ("--divergence", divergence != nil)]
      ),
      (.text, "--text", [("--text", text != nil), ("--prompt", prompt != nil), ("--steps", steps != nil)]),
    ]
    for kind in kinds {
      if kind.kind == method.method.kind {
        guard kind.options[0].isGiven else {
          throw ValidationError("--method \(method.method.word) needs \(kind.needs)")
        }
      } else if let foreign = kind.options.first(where: \.isGiven) {
        throw ValidationError("\(foreign.name) is not for --method \(method.method.word)")
      }
    }
    if let divergence, !(divergence > 0 && divergence.isFinite) {
      throw ValidationError("--divergence must be above 0")
    }
    if let steps, steps < 1 { throw ValidationError("--steps must be 1 or more") }
  }

  func run() throws {
    let console = Console(verbosity)
    let set = try contrast.map { try ContrastSet.named($0, seed: seed) }
    if let contrast, ContrastSet.bundledNames.contains(contrast),
      FileManager.default.fileExists(atPath: contrast)
    {
      console.warning("\(contrast) is the bundled set; write ./\(contrast) for the file")
    }
    let passage = try text.map { try Passage($0) }
    let checkpoint = try folders.checkpoint(model, console)
    let loaded = try Model.load(checkpoint)
    let block = try loaded.checked(block: block ?? loaded.configuration.blockCount / 2)
    let identity = try Workflow.identity(of: checkpoint, source: model)
    let found = try vector(in: loaded, block, identity, set, passage, console)
    try VectorFile.write(found.vector, to: output.path)
    if let words = found.words { print(words) }
    print(output.path)
  }

  private func vector(
    in model: Model, _ block: Int, _ identity: ModelIdentity, _ set: ContrastSet?, _ passage: Passage?,
    _ console: Console
  ) throws -> (vector: SteeringVector, words: String?) {
    switch method.method {
    case .pairs(let estimator):
      guard let set else { throw ValidationError("--contrast is missing") }
      var options = ExtractionOptions()
      options.estimator = estimator
      options.positions = (position ?? .last).positions
      console.progress("\(set.train.count) pairs at block \(block)")
      let vectors = try extractVectors(
        set, from: model, blocks: [block], identity: identity, options: options)
      return (vectors[0], nil)
    case .tokens:
      var method = TokenDirection(tokens, against: against)
      method.seed = seed
      if let divergence { method.calibration.targetDivergence = divergence }
      console.progress("\(method.behaviour) at block \(block)")
      let found = try method.vector(in: model, block: block, identity: identity)
      return (found.vector, "At block \(block), \(found.promotion.words).")
    case .text:
      guard let passage else { throw ValidationError("--text is missing") }
      var method = LatentVector(of: passage.text, after: prompt ?? "")
      method.options.seed = seed
      if let steps { method.options.steps = steps }
      console.progress("a vector that writes \(passage.name) at block \(block)")
      let found = try method.vector(in: model, block: block, identity: identity, behaviour: passage.name)
      return (found.vector, "At block \(block), \(found.recovery.words).")
    }
  }
}

/// A text in a file; a line break at its end belongs to the file.
private struct Passage {
  let name: String
  let text: String

  init(_ path: String) throws {
    name = URL(filePath: path).lastPathComponent
    let whole = try TextInput.text(path, kind: "a text", limit: 1 << 20)
    text = whole.last?.isNewline == true ? String(whole.dropLast()) : whole
  }
}

extension Model {
  /// A block that the model has; a usage error for another one.
  func checked(block: Int) throws -> Int {
    guard (0..<configuration.blockCount).contains(block) else {
      throw ValidationError("--block must be 0 to \(configuration.blockCount - 1), is \(block)")
    }
    return block
  }
}
