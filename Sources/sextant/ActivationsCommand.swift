public import ArgumentParser
import Checkpoints
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

  func run() throws {
    let console = Console(verbosity)
    let checkpoint = try folders.checkpoint(model, console)
    let loaded = try Model.load(checkpoint)
    var options = ActivationExportOptions(
      points: try layers.points(of: sites.sites, blocks: loaded.configuration.blockCount))
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

/// Blocks as a user writes them: `all`, `embedding`, `4`, `8-11`, joined by commas.
struct LayerList: ExpressibleByArgument {
  private enum Term: Equatable {
    case all
    case embedding
    case blocks(ClosedRange<Int>)
  }

  static let all = LayerList(terms: [.all], text: "all")
  private let terms: [Term]
  private let text: String

  private init(terms: [Term], text: String) { (self.terms, self.text) = (terms, text) }

  init?(argument: String) {
    var terms: [Term] = []
    for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
      let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
      switch word {
      case "all": terms.append(.all)
      case "embedding": terms.append(.embedding)
      default:
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first >= 0,
          first <= last
        else { return nil }
        terms.append(.blocks(first...last))
      }
    }
    self.init(terms: terms, text: argument)
  }

  var defaultValueDescription: String { text }

  /// The points of these layers, each once: layer by layer, its sites in the order given.
  /// - Throws: a usage error for a block that the model does not have.
  func points(of sites: [Site], blocks count: Int) throws -> [ActivationPoint] {
    var points: [ActivationPoint] = []
    for term in terms {
      switch term {
      case .embedding: points.append(ActivationPoint(block: 0, site: .residualPre))
      case .all:
        points += (0..<count).flatMap { block in sites.map { ActivationPoint(block: block, site: $0) } }
      case .blocks(let range):
        guard range.upperBound < count else {
          throw ValidationError(
            "--layers: the model has the blocks 0 to \(count - 1), \(range.upperBound) was asked for")
        }
        points += range.flatMap { block in sites.map { ActivationPoint(block: block, site: $0) } }
      }
    }
    var seen: Set<ActivationPoint> = []
    return points.filter { seen.insert($0).inserted }
  }
}

extension ActivationPositions: ExpressibleByArgument {}
extension ActivationPrecision: ExpressibleByArgument {}
