public import ArgumentParser
import Checkpoints
import Lenses
public import Stores
public import Transformers
import Workflow

struct ActivationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activations",
    abstract: "Write a model's hidden states on prompts to a file.",
    discussion: """
      Of any model that runs here, GGUF included. Beside the states stand token ids, where each prompt's tokens begin, and \
      the texts; docs/files.md opens each kind of file in three lines of Python. The ending chooses the kind: .h5 (a matrix a site \
      and block), .safetensors (the same as tensors), .npy (one array points x rows x d_model, with NAME.tokens.npy, \
      NAME.offsets.npy, NAME.texts.jsonl and NAME.json beside it).

      Memory does not grow with the number of prompts. All prompts are checked before the model runs. The same command goes on where a \
      killed one was, and an .h5 file that holds the first of the prompts is gone on from; a file of another model, other \
      prompts or other settings is refused (exit code 4).

      Prompts begin as `generate` begins them, with the token that the model wants there. Behind block 12 is residualPost/12; what \
      transformers calls hidden_states[0] is residualPre/0, here the layer "embedding", and hidden_states[13] residualPost/12 \
      (its last one is normed).

      Example:
        sextant activations smollm2-135m --prompts prompts.txt -o states.h5
        sextant activations smollm2-135m --prompts prompts.txt --layers embedding,0-1 --positions last -o last.npy
      """)

  @Argument(help: .model) var model: String
  @Option(
    help: ArgumentHelp(
      "A prompt a line; - is standard input. JSON Lines (.jsonl, or with --key) have the text under a key.",
      valueName: "file"))
  var prompts: String
  @Option(help: "The key of the text in JSON Lines (default: text).") var key: String?
  @Option(help: "Sites, joined by commas: \(Site.allCases.map(\.rawValue).joined(separator: ", ")).")
  var sites = SiteList(sites: [.residualPost])
  @Option(
    help:
      "Blocks from 0: all, or numbers and ranges joined by commas (0,4,8-11); embedding is what enters block 0."
  )
  var layers = LayerList.all
  @Option(help: "A row of every token, of each prompt's last one, or the mean over all but the first.")
  var positions = ActivationPositions.all
  @Option(
    name: .customLong("dtype"), help: "Numbers of 32 or 16 bits; one that 16 bits do not hold is an error.")
  var precision = ActivationPrecision.f32
  @OptionGroup var chosen: ArithmeticOption
  @Flag(help: "Put each prompt as a user's message through the model's chat template.") var chat = false
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The file to write: .h5, .safetensors or .npy.", valueName: "file"),
    transform: WritableFile.init)
  var output: WritableFile
  @OptionGroup var folders: ModelOptions
  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard ActivationFormat(path: output.path) != nil else {
      throw ValidationError("--output must end in .h5, .safetensors or .npy, is \(output.path)")
    }
  }

  /// Layer by layer, its sites in the order given; the embedding has no other site than what enters block 0.
  private func points(blocks count: Int) throws -> [ActivationPoint] {
    try layers.layers(blocks: count).flatMap { layer in
      layer == embeddingLayer
        ? [ActivationPoint(block: 0, site: .residualPre)]
        : sites.sites.map { ActivationPoint(block: layer, site: $0) }
    }
  }

  func run() throws {
    let console = Console(verbosity)
    let checkpoint = try folders.checkpoint(model, console)
    let loaded = try Model.load(checkpoint, arithmetic: chosen.arithmetic)
    var options = ActivationExportOptions(
      points: try points(blocks: loaded.configuration.blockCount))
    options.positions = positions
    options.precision = precision
    options.usesChatTemplate = chat
    let file = prompts == "-" ? try PromptFile.standardInput(key: key) : PromptFile(path: prompts, key: key)
    console.progress("reading \(file.name)")
    let done = try exportActivations(
      of: loaded, identity: identity(of: checkpoint, source: model), prompts: file, options: options,
      to: output.path)
    let record = done.record
    if done.isComplete {
      console.note("\(output.path) is whole already")
    } else if done.keptPrompts > 0 {
      console.note("\(done.keptPrompts) of \(record.promptCount) prompts were there")
    }
    console.detail(
      "\(record.promptCount) prompts, \(record.tokenCount) tokens, \(record.points.count) matrices of "
        + "\(record.rowCount) x \(record.width)")
    print(output.path)
  }
}

/// Sites, joined by commas.
struct SiteList: ExpressibleByArgument {
  let sites: [Site]

  init(sites: [Site]) { self.sites = sites }

  init?(argument: String) {
    let words = argument.split(separator: ",", omittingEmptySubsequences: false)
    let sites = words.compactMap { Site(rawValue: String($0)) }
    guard sites.count == words.count, Set(sites).count == sites.count else { return nil }
    self.sites = sites
  }

  var defaultValueDescription: String { sites.map(\.rawValue).joined(separator: ",") }
}

extension ActivationPositions: ExpressibleByArgument {}
extension ActivationPrecision: ExpressibleByArgument {}
