public import Alignment
public import ArgumentParser
import Checkpoints
import Files
import Foundation
public import Geometry
public import Steering
import Stores
import Studies
import Transformers
public import Workflow

/// Where catalog and models are.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.customLong("models"), .customLong("folder")],
    help: ArgumentHelp("The folder of checkpoints and stores.", valueName: "folder"))
  var models = "models"

  @Option(
    help: ArgumentHelp("The list of known models (default: catalog.yaml in that folder).", valueName: "file"))
  var catalog: String?

  /// The catalog; without one in the default places, an empty one.
  func loadCatalog() throws -> Catalog {
    if let catalog { return try Catalog.load(path: catalog) }
    for path in [models + "/catalog.yaml", "models/catalog.yaml"]
    where FileManager.default.fileExists(atPath: path) {
      return try Catalog.load(path: path)
    }
    return .empty
  }

  /// The models folder, made where it is missing.
  func makeFolder() throws {
    try OutputFile.makeFolder(models)
  }

  /// The checkpoint of a model. An id of the catalog goes before a file called so, of which the console speaks.
  func checkpoint(_ model: String, _ console: Console) throws -> Checkpoint {
    let catalog = try loadCatalog()
    if let entry = catalog[model] { sayShadowed(model, by: "\(models)/\(entry.file)", console) }
    return try Checkpoint.open(ModelSource.resolve(model, catalog: catalog, modelsFolder: models))
  }

  /// A store by its name in the models folder, or else by its path.
  func store(_ name: String, _ console: Console) throws -> NamedStore {
    let files = FileManager.default
    var path = "\(models)/\(name).h5"
    // `./a` is no name.
    if files.fileExists(atPath: path), !name.contains("/") || !files.fileExists(atPath: name) {
      sayShadowed(name, by: path, console)
    } else if files.fileExists(atPath: name) {
      path = name
    } else {
      let known = (try? files.contentsOfDirectory(atPath: models)) ?? []
      throw CheckpointError.missing(
        path: path, what: "the store",
        hint: "make it with `sextant import SOURCE --as \(name)`"
          + suggestion(for: name, among: known.filter { $0.hasSuffix(".h5") }.map(ModelName.of).sorted()))
    }
    var isFolder: ObjCBool = false
    if unsafe files.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue {
      throw CheckpointError.missing(
        path: path, what: "a store", hint: "it is a folder: make a store of it with `sextant import \(path)`")
    }
    return (ModelName.of(path), try EmbeddingStore.open(path))
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

  private func sayShadowed(_ name: String, by path: String, _ console: Console) {
    let files = FileManager.default
    guard files.fileExists(atPath: name),
      URL(filePath: name).resolvingSymlinksInPath() != URL(filePath: path).resolvingSymlinksInPath()
    else { return }
    console.warning("\(name) is \(path); the current folder has a \(name) too: write ./\(name) for that one")
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

  @Option(help: ArgumentHelp("The folder of fitted maps and vectors.", valueName: "folder"))
  var alignments = "alignments"

  @Option(help: ArgumentHelp("The folder of reports.", valueName: "folder"))
  var reports = "reports"

  var folders: WorkFolders {
    var folders = WorkFolders()
    (folders.models, folders.alignments, folders.reports) = (model.models, alignments, reports)
    return folders
  }

  func runner(_ study: Study, _ console: Console) throws -> StudyRunner {
    let runner = StudyRunner(
      study, folders: folders, catalog: try model.loadCatalog(), warn: { console.warning($0) })
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

  @Option(help: "How many times the vector is added; negative values steer the other way, 0 not at all.")
  var dose = 1.0

  @OptionGroup var foreign: ConventionOptions
  @OptionGroup var mismatch: MismatchOptions

  func validate() throws {
    guard dose.isFinite else { throw ValidationError("--dose must be a finite number") }
    guard foreign.convention == nil || path != nil else {
      throw ValidationError("--convention says how the file of --vector is read; there is none")
    }
  }

  /// One intervention a sequence, of all the file's vectors; none without a vector.
  /// - Throws: `SteeringError.otherModel` for a vector that was made on another model.
  func interventions(
    count: Int, in model: Model, _ console: Console, identity: () throws -> ModelIdentity
  ) throws -> [Intervention] {
    guard let path else { return [] }
    let vectors = try VectorFile.readAll(path, convention: foreign.convention) { console.warning($0) }
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

/// One of the `DirectionEstimators`.
struct EstimatorChoice: ExpressibleByArgument {
  let estimator: any DirectionEstimator

  init(_ estimator: any DirectionEstimator) { self.estimator = estimator }

  init?(argument: String) {
    guard let estimator = DirectionEstimators.named(argument) else { return nil }
    self.estimator = estimator
  }

  var defaultValueDescription: String { estimator.word }
  static var allValueStrings: [String] { DirectionEstimators.all.map(\.word) }
}

extension CandidateSet: ExpressibleByArgument {}
extension ControlVectorConvention: ExpressibleByArgument {}
extension EmbeddingSpace: ExpressibleByArgument {}
extension LayerPolicy: ExpressibleByArgument {}
extension MeasureGroup: ExpressibleByArgument {}
extension NeighbourMetric: ExpressibleByArgument {}
extension Normalisation: ExpressibleByArgument {}
extension UntrainedPolicy: ExpressibleByArgument {}
