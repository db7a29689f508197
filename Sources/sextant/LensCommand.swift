public import ArgumentParser
import Checkpoints
import Files
import Foundation
public import Lenses
import Stores
import Transformers

struct LensCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lens",
    abstract: "Read hidden states and directions in tokens: logit, tuned and Jacobian lens.",
    discussion: """
      A lens carries the residual stream of a layer to the model's own final norm and unembedding. The logit lens takes it as it is; \
      a tuned lens is an affine map that foretells the last layer; a Jacobian lens is the mean derivative of the last layer by this \
      one. Layer l is what leaves block l, from 0; the embedding is what enters block 0. Fitted lenses are files beside the model's \
      store, NAME.tuned.lens.h5 and NAME.jacobian.lens.h5: `sextant inspect` and `sextant verify` know them.

      Example:
        sextant lens fit smollm2-135m --kind tuned
        sextant lens show smollm2-135m "The capital of France is" --lens tuned
      """,
    subcommands: [
      LensFitCommand.self, LensShowCommand.self, LensEvaluateCommand.self, LensCompareCommand.self,
    ])
}

/// A model in memory, and what its lenses call it.
final class LensModel {
  let name: String
  let model: Model
  /// The folder of its lenses.
  let folder: String
  private let checkpoint: Checkpoint
  private let console: Console

  /// Its name and the SHA-256 of its checkpoint, which reads the file whole: not before it is asked for.
  private(set) lazy var identity: StoreReference = {
    console.progress("hashing \(checkpoint.path)")
    let hash = checkpoint.sha256()
    return StoreReference(name: name, identity: hash, source: hash)
  }()

  /// - Parameter lenses: those that will be asked for, missed before the model is opened where they are not here.
  init(_ source: String, lenses: [LensChoice] = [], _ folders: ModelOptions, _ console: Console) throws {
    (name, folder, self.console) = (ModelName.of(source), folders.models, console)
    for choice in lenses where choice.kind == nil { try choice.require(of: name, in: folder) }
    checkpoint = try folders.checkpoint(source, console)
    for choice in lenses { try choice.require(of: name, in: folder) }
    model = try Model.load(checkpoint)
  }

  /// Where a lens of this kind belongs.
  func path(_ kind: LensKind) -> String { LensChoice(kind: kind).path(of: name, in: folder) }

  /// A lens by its kind, or by the path of its file.
  func lens(_ choice: LensChoice) throws -> any Lens {
    func fitted() throws -> FittedLens {
      try choice.require(of: name, in: folder)
      return try FittedLens(LensStore.open(choice.path(of: name, in: folder)), for: model, identity)
    }
    return try choice.kind?.lens(of: model, fitted: fitted) ?? fitted()
  }

  /// The kinds that are fitted here, and the logit lens.
  var known: [LensChoice] {
    LensKind.allCases.filter { $0 == .logit || FileManager.default.fileExists(atPath: path($0)) }
      .map(LensChoice.init(kind:))
  }
}

/// A kind of lens, or the path of a file of one.
struct LensChoice: ExpressibleByArgument, Equatable {
  let name: String
  var kind: LensKind? { LensKind(rawValue: name) }

  init(kind: LensKind) { name = kind.rawValue }
  init?(argument: String) { name = argument }

  var defaultValueDescription: String { name }

  /// Its file, whether it is there or not.
  func path(of model: String, in folder: String) -> String {
    kind.map { LensStore.path(folder: folder, model: model, kind: $0.rawValue) } ?? name
  }

  /// Misses the lens of a model before the model is opened.
  /// - Throws: `LensError.notFitted`; `FileError.system` for a word that is neither a kind nor a file.
  func require(of model: String, in folder: String) throws {
    let path = path(of: model, in: folder)
    if let kind, !LensKind.fitted.contains(kind) { return }
    guard !FileManager.default.fileExists(atPath: path) else { return }
    if kind != nil { throw LensError.notFitted(kind: name, model: model, path: path) }
    throw FileError.system(
      path: name, operation: "open",
      reason: "there is no such file" + suggestion(for: name, among: LensKind.allCases.map(\.rawValue)))
  }
}

extension LensKind: ExpressibleByArgument {}

/// `last`, `all`, or numbers by commas.
struct PositionList: ExpressibleByArgument {
  let positions: ReadPositions

  init?(argument: String) {
    switch argument {
    case "last": positions = .last
    case "all": positions = .all
    default:
      let places = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
      guard places.allSatisfy({ $0 != nil }) else { return nil }
      positions = .some(places.compactMap(\.self))
    }
  }

  var defaultValueDescription: String { "last" }
}

/// The texts that a lens is fitted on.
struct CorpusOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Texts to fit on, one a line, or JSON Lines of strings or of objects with a text (default: 32 English passages of ours).",
      valueName: "file"))
  var prompts: String?

  @Option(help: ArgumentHelp("How many of the texts, from the first on (default: all).", valueName: "count"))
  var count: Int?

  func validate() throws {
    if let count, count < 1 { throw ValidationError("--count must be 1 or more") }
  }

  func corpus() throws -> LensCorpus { try prompts.map { try LensCorpus.load($0) } ?? .passages }
}
