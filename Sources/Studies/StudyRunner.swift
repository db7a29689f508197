public import Checkpoints
internal import Files
public import Foundation
internal import Geometry
internal import Steering
internal import Stores
internal import Tensors
internal import Transformers

/// Where a study finds its models and leaves its results.
public struct StudyFolders: Sendable {
  /// Checkpoints and imported stores.
  public var models = "models"
  public var alignments = "alignments"
  public var reports = "reports"

  public init() {}
}

/// Runs a study step by step: import, match and compare, align, transfer and validate.
///
/// Each step's result is kept under the report's folder; a second run reuses what is done, and a killed run
/// goes on at the step it was in.
public struct StudyRunner: Sendable {
  let study: Study
  let folders: StudyFolders
  let catalog: Catalog
  /// Lines for the user: a step begins, is reused, or tells how far it is.
  let progress: @Sendable (String) -> Void
  /// Words that the user should read though the run goes on.
  let warn: @Sendable (String) -> Void
  private let tokenRows: KeptTokenRows

  /// A runner of `study`; nothing happens before `run`.
  public init(
    _ study: Study, folders: StudyFolders = StudyFolders(), catalog: Catalog,
    progress: @escaping @Sendable (String) -> Void = { _ in },
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.study = study
    self.folders = folders
    self.catalog = catalog
    self.progress = progress
    self.warn = warn
    tokenRows = KeptTokenRows(seed: study.seed)
  }

  /// The report's folder.
  public var reportFolder: URL { URL(filePath: folders.reports).appending(path: study.name) }

  var cache: StepCache {
    StepCache(folder: reportFolder.appending(path: ".steps")) { [progress, warn] name, fate in
      switch fate {
      case .reused: progress("\(name): done before, reused")
      case .done(let changes):
        progress("\(name) …" + (changes.isEmpty ? "" : " (\(changes.joined(separator: ", ")))"))
      case .damaged(let reason): warn(reason)
      }
    }
  }

  /// Runs what is not done yet and returns all results.
  ///
  /// - Throws: the first error of any part; finished steps stay.
  public func run() throws -> StudyResults {
    let inputs = try checkedInputs()
    try OutputFile.makeFolder(folders.models)
    var results = StudyResults()
    for model in inputs.models { results.models.append(try importModel(model, &results.seconds)) }
    for (a, b) in modelPairs {
      let (a, b) = (results.models[a], results.models[b])
      for space in spaces(a, b) {
        results.pairs.append(try comparePair(a, b, space, inputs.relations, &results.seconds))
      }
    }
    if let options = study.compare.layers {
      for (a, b) in layerPairs(results.models) {
        results.layers.append(try compareLayers(a, b, options, &results.seconds))
      }
    }
    for alignment in results.pairs.flatMap(\.alignments) where alignment.method == study.steer.method {
      results.transfers += try transfers(
        of: inputs.behaviours, along: alignment, among: results.models, &results.seconds)
    }
    return results
  }

  var modelPairs: [(Int, Int)] {
    study.models.indices.flatMap { a in (a + 1..<max(study.models.count, a + 1)).map { (a, $0) } }
  }

  func layerPairs(_ models: [ModelSummary]) -> [(ModelSummary, ModelSummary)] {
    let pairs = modelPairs.map { (models[$0], models[$1]) }
    let wanted = study.compare.layerPairs
    return pairs.filter { wanted.isEmpty || wanted.contains("\($0.name)--\($1.name)") }
  }

  /// The spaces that differ for a pair of models, the one that maps are fitted in among them.
  func spaces(_ a: ModelSummary, _ b: ModelSummary) -> [EmbeddingSpace] {
    guard !(a.hasOneEmbedding && b.hasOneEmbedding) else { return [study.align.space] }
    return EmbeddingSpace.allCases.filter { study.compare.spaces.contains($0) || $0 == study.align.space }
  }

  /// The directions in which maps are fitted and vectors carried.
  func directions(_ a: ModelSummary, _ b: ModelSummary) -> [(ModelSummary, ModelSummary)] {
    study.steer.bothDirections ? [(a, b), (b, a)] : [(a, b)]
  }

  // MARK: - Steps

  /// The result of a step, kept or computed, and its seconds.
  func step<Result: Codable>(
    _ fingerprint: Fingerprint, _ seconds: inout [String: Double], files: (Result) -> [String] = { _ in [] },
    _ compute: () throws -> Result
  ) throws -> Result {
    let step = try cache.step(fingerprint, files: files, compute)
    seconds[fingerprint.step] = step.seconds
    return step.result
  }

  private func importModel(
    _ model: StudyInputs.ModelFile, _ seconds: inout [String: Double]
  ) throws -> ModelSummary {
    let path = storePath(model.name)
    var importing = Duration.zero
    if !FileManager.default.fileExists(atPath: path) {
      progress("import/\(model.name): reading \(model.checkpoint.path)")
      importing = try ContinuousClock().measure {
        for remark in try importCheckpoint(model.checkpoint, name: model.name, hash: model.hash, to: path) {
          progress("import/\(model.name): \(remark)")
        }
      }
    }
    let store = try EmbeddingStore.open(path)
    let fingerprint = try importStep(model.name, store)
    let imported = try step(fingerprint, &seconds) { try summary(model.name, store) }
    seconds[fingerprint.step, default: 0] += importing / .seconds(1)
    return imported
  }

  func summary(_ name: String, _ store: EmbeddingStore) throws -> ModelSummary {
    var summary = ModelSummary((name, store))
    if !store.isTied { summary.unembeddingCosine = try meanUnembeddingCosine(store) }
    return summary
  }

  private func comparePair(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, _ relations: RelationFile?,
    _ seconds: inout [String: Double]
  ) throws -> PairResult {
    var pair = try step(compareStep(a, b, space, relations), &seconds) {
      try compared(a, b, space, relations)
    }
    guard space == study.align.space else { return pair }
    for (source, target) in directions(a, b) {
      let bench = Once { try AlignBench(self, source, target) }
      pair.alignments += try study.align.methods.map { method in
        try step(alignStep(source, target, method: method), &seconds, files: \AlignmentResult.files) {
          try bench.value.align(method)
        }
      }
      guard !study.align.learningCurve.isEmpty else { continue }
      pair.curves =
        try (pair.curves ?? [])
        + study.align.learningCurve.map { method in
          try step(curveStep(source, target, method: method), &seconds) { try bench.value.curve(method) }
        }
    }
    return pair
  }

  private func compareLayers(
    _ a: ModelSummary, _ b: ModelSummary, _ options: LayerOptions, _ seconds: inout [String: Double]
  ) throws -> LayerComparison {
    let fingerprint = try layersStep(a, b, options)
    return try step(fingerprint, &seconds) {
      let bench = try LayerBench(
        (a.name, loadModel(a.name)), (b.name, loadModel(b.name)), options: options, seed: study.seed
      ) { progress("\(fingerprint.step): \($0)") }
      return try bench.compare(matched(a, b, study.align.space).pairs)
    }
  }

  /// Every measure of a pair in one space.
  func compared(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, _ relations: RelationFile?
  ) throws -> PairResult {
    let spaces = try matched(a, b, space)
    func side(_ model: ModelSummary, _ rows: Matrix<Float>, _ numbers: [Int]) throws -> ComparedSpace {
      let store = try EmbeddingStore.open(model.storePath)
      return ComparedSpace(
        rows: rows,
        neighbours: KeptNeighbours(store, name: model.name, space: space, rows: numbers, warn: warn))
    }
    let tokens = try EmbeddingStore.open(a.storePath).readTokens()
    let structure = TokenStructure(
      spaces.pairs.map { tokens[$0.rowA] }, isStratified: study.compare.isStratified)
    let comparison = try compare(
      side(a, spaces.a, spaces.pairs.map(\.rowA)), side(b, spaces.b, spaces.pairs.map(\.rowB)),
      options: study.compare, structure: structure, relations: relations, seed: study.seed)
    return PairResult(
      a: a.name, b: b.name, space: space, match: spaces.summary, comparison: comparison, alignments: [],
      untrained: try untrainedEffect(a, b, space, spaces, comparison))
  }

  /// Fewer have no neighbourhoods to compare.
  var leastTokens: Int { 2 * max(study.compare.neighbours, 20) }

  func space(_ model: ModelSummary, _ space: EmbeddingSpace) throws -> Space {
    try Space(EmbeddingStore.open(model.storePath), space)
  }

  func matched(_ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace) throws -> MatchedSpaces {
    try matched(a, b, (self.space(a, space), self.space(b, space)), space)
  }

  /// The same of matrices that are in memory.
  func matched(
    _ a: ModelSummary, _ b: ModelSummary, _ whole: (a: Space, b: Space), _ space: EmbeddingSpace
  ) throws -> MatchedSpaces {
    let shared = study.tokens.sharedByAll ? try sharedTokens(space)[a.name] : nil
    let spaces = matchedSpaces(
      whole.a, whole.b, (try tokenRows.rows(whole.a, space), try tokenRows.rows(whole.b, space)),
      options: study.tokens, keeping: shared)
    let needed = leastTokens
    guard spaces.pairs.count >= needed else {
      throw StudyError.tooFewTokens(pair: "\(a.name)--\(b.name)", count: spaces.pairs.count, needed: needed)
    }
    return spaces
  }

  /// By model.
  private func sharedTokens(_ space: EmbeddingSpace) throws -> [String: SharedRows] {
    let names = study.models.map(\.name)
    let vocabularies = try names.map { name in
      let store = try EmbeddingStore.open(storePath(name))
      return try tokenRows.rows(of: store, space) { try Space(store, space) }
    }
    return Dictionary(
      uniqueKeysWithValues: zip(names, SharedRows.of(vocabularies, options: study.tokens)))
  }

  func storePath(_ name: String) -> String { "\(folders.models)/\(name).h5" }
}

/// A value that is made when it is first wanted: several steps share it, and a run that has them all needs none.
final class Once<Value> {
  private let make: () throws -> Value
  private var made: Value?

  init(_ make: @escaping () throws -> Value) { self.make = make }

  var value: Value {
    get throws {
      if let made { return made }
      let value = try make()
      made = value
      return value
    }
  }
}
