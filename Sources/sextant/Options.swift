public import Alignment
public import ArgumentParser
import Checkpoints
import Distribution
import Files
import Foundation
public import Geometry
public import Steering
import Stores
import Studies
public import Tensors
public import Transformers
public import Workflow

extension ArgumentHelp {
  /// What every command says of a model.
  static let model: ArgumentHelp =
    "A model: the name of a store, an id of the catalog, a folder in the models folder, the path of a store or a checkpoint, or org/name (@revision) in the Hugging Face cache."
  static let anotherModel: ArgumentHelp = "Another model, named in the same ways."
  /// What commands that look into one file say of it.
  static let fileOrModel: ArgumentHelp =
    "The path of a file, or a model as everywhere: the name of a store, an id of the catalog, org/name in the Hugging Face cache."
}

/// The folder of checkpoints and stores.
struct ModelsFolderOption: ParsableArguments {
  @Option(
    name: [.customLong("models"), .customLong("folder")],
    help: ArgumentHelp(
      "The folder of checkpoints and stores (default: \(DataFolder.rule("models"))).", valueName: "folder"))
  var models: String?

  var path: String { models ?? DataFolder.current.models }
  var isDefault: Bool { models == nil }
}

/// The folder of fitted maps.
struct AlignmentsFolderOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder of fitted maps (default: \(DataFolder.rule("alignments"))).", valueName: "folder"))
  var alignments: String?

  var path: String { alignments ?? DataFolder.current.alignments }
  var isDefault: Bool { alignments == nil }
}

/// How a model multiplies.
struct ArithmeticOption: ParsableArguments {
  @Option(
    help: """
      f32, or rounded: what meets weights in Q4_0 … Q8_0 or Q4_K … Q6_K is rounded to eight bits, for speed; \
      docs/models.md says what it costs.
      """)
  var arithmetic = Arithmetic.f32
}

extension Arithmetic: ExpressibleByArgument {}
extension CachePrecision: ExpressibleByArgument {}

/// Where catalog and models are.
struct ModelOptions: ParsableArguments {
  @OptionGroup var folder: ModelsFolderOption

  @Option(
    help: ArgumentHelp(
      "The list of known models (default: catalog.yaml in that folder, or else the program's own).",
      valueName: "file"))
  var catalog: String?

  var models: String { folder.path }

  /// The catalog that was asked for, the one in the folder of models, or the program's own.
  func loadCatalog() throws -> Catalog {
    if let catalog { return try Catalog.load(path: catalog) }
    for path in [models + "/catalog.yaml", "models/catalog.yaml"]
    where FileManager.default.fileExists(atPath: path) {
      return try Catalog.load(path: path)
    }
    return try .bundled()
  }

  /// Says once where files are, where nobody has chosen it and it is not the current folder.
  func sayFolder(_ console: Console) {
    if folder.isDefault { DataFolder.current.say(console) }
  }

  private func library() throws -> ModelLibrary {
    ModelLibrary(catalog: try loadCatalog(), folder: models)
  }

  /// The models folder, made where it is missing.
  func makeFolder() throws {
    try OutputFile.makeFolder(models)
  }

  /// What a user calls a model, found; the console speaks of other things of that name.
  ///
  /// - Parameter path: where the name leads as a path, if that is not from the current folder.
  func find(_ name: String, at path: String? = nil, _ console: Console) throws -> ModelSource {
    let library = try library()
    let source = try library.find(name, at: path)
    for other in try library.othersThanMeant(source) { console.warning(source.ambiguity(other)) }
    if source.meant.path.hasPrefix("\(models)/") { sayFolder(console) }
    return source
  }

  /// The checkpoint of a model.
  func checkpoint(_ name: String, _ console: Console) throws -> Checkpoint {
    try library().checkpoint(of: find(name, console))
  }

  /// The file of what a user calls a model, or any other file by its path.
  func file(_ name: String, _ console: Console) throws -> String {
    let path = DataFolder.current.found(name)
    let isThere = FileManager.default.fileExists(atPath: path)
    do {
      return Self.onlyFile(of: try find(name, at: isThere ? path : nil, console).meant.path)
    } catch CheckpointError.unknownModel where name.contains("/") || ModelName.of(name) != name {
      // Whoever writes a path misses a file and no name.
      return path
    }
  }

  /// The file of weights in the folder of a checkpoint, where there is one; a file itself.
  private static func onlyFile(of path: String) -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let weights = names.filter { $0.hasSuffix(".safetensors") || $0.hasSuffix(".gguf") }
    return weights.count == 1 ? "\(path)/\(weights[0])" : path
  }

  /// The checkpoint that is to be imported; a store that has its name already does not stand for it.
  func importable(_ name: String, names: String?, _ console: Console) throws -> Checkpoint {
    let source = try library().find(name)
    guard let checkpoints = source.checkpoints else {
      throw ValidationError("\(name) is a store already: \(source.meant.path)")
    }
    for other in checkpoints.others { console.warning(checkpoints.ambiguity(other)) }
    return try library().checkpoint(of: checkpoints, names: names)
  }

  /// The store of a model, which is imported where it is not there yet.
  func store(_ name: String, _ console: Console) throws -> NamedStore {
    let source = try find(name, console)
    guard source.meant.isStore || MPIJob.launched?.size ?? 1 == 1 else {
      throw ValidationError("several ranks take stores that are there: run `sextant import \(name)` first")
    }
    return try library().store(of: source) {
      console.progress($0)
    } tell: {
      console.note($0)
    }
  }

  /// Several stores that results can tell apart. One model under two names, or twice, is spoken of.
  /// - Throws: a usage error for two stores of one name.
  func stores(_ names: [String], _ console: Console) throws -> [NamedStore] {
    let stores = try names.map { try store($0, console) }
    for (index, store) in stores.enumerated() {
      for other in stores.prefix(index) where !isOneModel(other, store) {
        guard ModelName.folded(other.name) == ModelName.folded(store.name) else { continue }
        throw ValidationError(
          "\(other.store.path) and \(store.store.path) would both be called \(store.name); "
            + "import one of them under another name (--as)")
      }
    }
    if let note = noteOnOneModel(stores) { console.warning(note) }
    return stores
  }
}

/// A store and what results call it.
typealias NamedStore = (name: String, store: EmbeddingStore)

/// Whether two stores are of one model: of the same weights and tokens.
private func isOneModel(_ a: NamedStore, _ b: NamedStore) -> Bool {
  let (first, second) = (a.store.provenance, b.store.provenance)
  return a.store.identity == b.store.identity
    || (first.sourceSHA256, first.tokenizerSHA256) == (second.sourceSHA256, second.tokenizerSHA256)
}

/// Says that a model is compared with itself; nil where all stores are of different ones.
func noteOnOneModel(_ stores: [NamedStore]) -> String? {
  for (index, store) in stores.enumerated() {
    guard let other = stores.prefix(index).first(where: { isOneModel($0, store) }) else { continue }
    return "\(other.name) and \(store.name) are one model (SHA-256 \(store.store.provenance.sourceSHA256)): "
      + "what follows compares it with itself"
  }
  return nil
}

/// Whether files of different models may meet.
struct MismatchOptions: ParsableArguments {
  @Flag(
    name: .customLong("force-mismatch"),
    help:
      "Go on where a vector or a map was made on another model's file: for another quantisation of the same model."
  )
  var isAllowed = false
}

/// Where studies keep their files.
struct StudyOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions

  @Option(
    name: .customLong("model"),
    help: ArgumentHelp(
      """
      What stands for a model of the study in this run; may be given more than once. A store of another model under that \
      name is put aside.
      """, valueName: "name=source"))
  var assignments: [ModelAssignment] = []

  @OptionGroup var alignments: AlignmentsFolderOption

  @Option(help: ArgumentHelp("The folder of reports.", valueName: "folder"))
  var reports = "reports"

  var folders: WorkFolders {
    var folders = WorkFolders()
    (folders.models, folders.alignments, folders.reports) = (model.models, alignments.path, reports)
    return folders
  }

  func runner(_ study: Study, _ console: Console) throws -> StudyRunner {
    if model.folder.isDefault || alignments.isDefault { DataFolder.current.say(console) }
    var runner = StudyRunner(
      study, folders: folders, catalog: try model.loadCatalog(), warn: { console.warning($0) })
    runner.replaced = Set(assignments.map(\.name))
    ProgressDisplay.shared.keeps(in: runner.stepsFolder.relativePath)
    return runner
  }
}

/// Which of the matched tokens are compared.
struct TokenOptions: ParsableArguments {
  @Flag(Parameters.lettersOnly) var lettersOnly: Bool
  @Flag(Parameters.wholeWords) var wholeWords: Bool
  @Option(Parameters.untrained) var untrained: UntrainedPolicy
  @Option(Parameters.minimumNormQuantile) var minimumNormQuantile: Double

  func apply(to tokens: inout MatchOptions) {
    tokens.lettersOnly = lettersOnly
    tokens.wholeWords = wholeWords
    tokens.untrained = untrained
    tokens.minimumNormQuantile = minimumNormQuantile
  }
}

/// How control vectors of other tools are read.
struct ConventionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Where the directions of another tool's control vector (GGUF) were read: direction.N at the output of block N, from 0 \
      (repeng; taken with a warning where nothing is said), or of block N - 1 (cvector-generator). Sign and scale are that \
      tool's own.
      """, valueName: "tool"))
  var convention: ControlVectorConvention?
}

/// A vector to steer by.
struct SteeringOptions: ParsableArguments {
  @Option(
    name: .customLong("vector"),
    help: ArgumentHelp("A steering vector to add: ours, or a control vector (GGUF).", valueName: "file"))
  var path: String?

  @Option(
    parsing: .unconditional,
    help: "How many times the vector is added; negative values steer the other way, 0 not at all.")
  var dose = 1.0

  @OptionGroup var foreign: ConventionOptions
  @OptionGroup var mismatch: MismatchOptions

  func validate() throws {
    guard dose.isFinite else { throw ValidationError("--dose must be a finite number") }
    guard foreign.convention == nil || path != nil else {
      throw ValidationError("--convention says how the file of --vector is read; there is none")
    }
  }

  /// The file's vectors; none without a file.
  func vectors(_ console: Console) throws -> [SteeringVector] {
    try path.map { try VectorFile.readAll($0, convention: foreign.convention) { console.warning($0) } } ?? []
  }

  /// One intervention a sequence, of all the vectors; none without a vector.
  /// - Throws: `SteeringError.otherModel` for a vector that was made on another model.
  func interventions(
    of vectors: [SteeringVector], count: Int, in model: Model, _ console: Console,
    identity: () throws -> ModelIdentity
  ) throws -> [Intervention] {
    guard let path else { return [] }
    var known: ModelIdentity?
    for vector in vectors {
      let note = try vector.checkFit(to: model, allowsMismatch: mismatch.isAllowed) {
        let found = try known ?? identity()
        known = found
        return found
      }
      if let note, vector == vectors.first { console.warning("\(path): \(note)") }
    }
    let edits = vectors.flatMap { $0.intervention(dose: dose).edits }
    return Array(repeating: Intervention(edits), count: count)
  }
}

/// The `ActivationPositions` that give one vector a text.
enum PositionChoice: String, ExpressibleByArgument, CaseIterable {
  case last
  case mean

  var positions: ActivationPositions {
    switch self {
    case .last: .last
    case .mean: .mean
    }
  }
}

/// One of the `ExtractionMethods`.
struct ExtractionChoice: ExpressibleByArgument {
  let method: ExtractionMethod

  init(_ method: ExtractionMethod) { self.method = method }

  init?(argument: String) {
    guard let method = ExtractionMethods.named(argument) else { return nil }
    self.method = method
  }

  var defaultValueDescription: String { method.word }
  static var allValueStrings: [String] { ExtractionMethods.all.map { $0.word } }
}

extension CandidateSet: ExpressibleByArgument {}
extension ControlVectorConvention: ExpressibleByArgument {}
extension EmbeddingSpace: ExpressibleByArgument {}
extension LayerPolicy: ExpressibleByArgument {}
extension MeasureGroup: ExpressibleByArgument {}
extension NeighbourMetric: ExpressibleByArgument {}
extension UntrainedPolicy: ExpressibleByArgument {}

/// Of the gauges, those that need nothing but the rows and that graphs are kept in.
extension Gauge: ExpressibleByArgument {
  public init?(argument: String) {
    guard let gauge = Gauge.plain.first(where: { $0.rawValue == argument }) else { return nil }
    self = gauge
  }

  public static var allValueStrings: [String] { plain.map(\.rawValue) }
}
