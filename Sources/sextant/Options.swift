public import ArgumentParser
import Checkpoints
import Files
import Foundation
public import Geometry
import Steering
import Stores
public import Studies
import Transformers

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
    return try Catalog.parse("format: 1\nmodels: []", path: "no catalog")
  }

  /// The models folder, made where it is missing.
  func makeFolder() throws {
    try OutputFile.makeFolder(models)
  }

  func checkpoint(_ model: String) throws -> Checkpoint {
    try Checkpoint.open(ModelSource.resolve(model, catalog: loadCatalog(), modelsFolder: models))
  }

  func store(_ name: String) throws -> (name: String, store: EmbeddingStore) {
    let path = FileManager.default.fileExists(atPath: name) ? name : "\(models)/\(name).h5"
    guard FileManager.default.fileExists(atPath: path) else {
      throw CheckpointError.missing(
        path: path, what: "the store", hint: "make it with `sextant import SOURCE --as \(name)`")
    }
    return (URL(filePath: path).deletingPathExtension().lastPathComponent, try EmbeddingStore.open(path))
  }
}

/// Where studies keep their files.
struct StudyOptions: ParsableArguments {
  @OptionGroup var model: ModelOptions

  @Option(help: ArgumentHelp("The folder of fitted maps and vectors.", valueName: "folder"))
  var alignments = "alignments"

  @Option(help: ArgumentHelp("The folder of reports.", valueName: "folder"))
  var reports = "reports"

  var folders: StudyFolders {
    var folders = StudyFolders()
    (folders.models, folders.alignments, folders.reports) = (model.models, alignments, reports)
    return folders
  }

  func runner(_ study: Study, _ console: Console) throws -> StudyRunner {
    try model.makeFolder()
    for folder in [alignments, reports] { try OutputPath.checkFolder(folder) }
    return StudyRunner(
      study, folders: folders, catalog: try model.loadCatalog(), progress: { console.progress($0) },
      warn: { console.warning($0) })
  }
}

/// Which of the matched tokens are compared.
struct TokenOptions: ParsableArguments {
  @Flag(inversion: .prefixedNo, help: "Only tokens made of letters.")
  var lettersOnly = true

  @Flag(help: "Only tokens that start a word.")
  var wholeWords = false

  @Option(help: "Leave out this share of tokens with the smallest norm, 0 to 0.5: most were hardly trained.")
  var minimumNormQuantile = 0.005

  func validate() throws {
    guard (0...0.5).contains(minimumNormQuantile) else {
      throw ValidationError("--minimum-norm-quantile must be 0 to 0.5, is \(minimumNormQuantile)")
    }
  }

  func apply(to study: inout Study) { apply(to: &study.tokens) }

  func apply(to tokens: inout Study.TokenOptions) {
    tokens.lettersOnly = lettersOnly
    tokens.wholeWords = wholeWords
    tokens.minimumNormQuantile = minimumNormQuantile
  }
}

/// A vector to steer by.
struct SteeringOptions: ParsableArguments {
  @Option(name: .customLong("vector"), help: ArgumentHelp("A steering vector to add.", valueName: "file"))
  var path: String?

  @Option(help: "How many times the vector is added; negative values steer the other way, 0 not at all.")
  var dose = 1.0

  func validate() throws {
    guard dose.isFinite else { throw ValidationError("--dose must be a finite number") }
  }

  /// One intervention a sequence; none without a vector.
  func interventions(count: Int) throws -> [Intervention] {
    guard let path else { return [] }
    return Array(repeating: try VectorFile.read(path).intervention(dose: dose), count: count)
  }
}

/// `LayerPolicy` in the spelling of the command line.
enum LayerChoice: String, ExpressibleByArgument, CaseIterable {
  case sameDepth = "same-depth"
  case bestSeparation = "best-separation"
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

/// `ExtractionMethod` in the spelling of the command line.
enum ExtractionChoice: String, ExpressibleByArgument, CaseIterable {
  case meanDifference = "mean-difference"
  case principalComponent = "principal-component"

  var method: ExtractionMethod {
    switch self {
    case .meanDifference: .meanDifference
    case .principalComponent: .principalComponent
    }
  }
}

extension EmbeddingSpace: ExpressibleByArgument {}
extension MeasureGroup: ExpressibleByArgument {}
extension NeighbourMetric: ExpressibleByArgument {}
extension Normalisation: ExpressibleByArgument {}
