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
  private let tokenRows = KeptTokenRows()

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
  }

  /// The report's folder.
  public var reportFolder: URL { URL(filePath: folders.reports).appending(path: study.name) }

  var cache: StepCache {
    StepCache(folder: reportFolder.appending(path: ".steps")) { [progress, warn] name, fate in
      switch fate {
      case .reused: progress("\(name): done before, reused")
      case .done: progress("\(name) …")
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

  private func layerPairs(_ models: [ModelSummary]) -> [(ModelSummary, ModelSummary)] {
    let pairs = modelPairs.map { (models[$0], models[$1]) }
    let wanted = study.compare.layerPairs
    return pairs.filter { wanted.isEmpty || wanted.contains("\($0.name)--\($1.name)") }
  }

  /// The spaces that differ for a pair of models, the one that maps are fitted in among them.
  private func spaces(_ a: ModelSummary, _ b: ModelSummary) -> [EmbeddingSpace] {
    guard !(a.hasOneEmbedding && b.hasOneEmbedding) else { return [study.align.space] }
    return EmbeddingSpace.allCases.filter { study.compare.spaces.contains($0) || $0 == study.align.space }
  }

  // MARK: - Steps

  private func importModel(
    _ model: StudyInputs.ModelFile, _ seconds: inout [String: Double]
  ) throws -> ModelSummary {
    let (name, hash, storePath) = (model.name, model.hash, storePath(model.name))
    // The store is part of the result: without its file the step is not done.
    let present =
      FileManager.default.fileExists(atPath: storePath) ? try EmbeddingStore.open(storePath).identity : nil
    let step = try cache.step("import/\(name)", inputs: [hash, storePath, present ?? UUID().uuidString]) {
      if present == nil {
        for remark in try importCheckpoint(model.checkpoint, name: name, hash: hash, to: storePath) {
          progress("import/\(name): \(remark)")
        }
      }
      return try summary(name, storePath)
    }
    seconds["import/\(name)"] = step.seconds
    return step.result
  }

  private func summary(_ name: String, _ storePath: String) throws -> ModelSummary {
    let store = try EmbeddingStore.open(storePath)
    var summary = ModelSummary((name, store))
    if !store.isTied { summary.unembeddingCosine = try meanUnembeddingCosine(store) }
    return summary
  }

  private func comparePair(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, _ relations: RelationFile?,
    _ seconds: inout [String: Double]
  ) throws -> PairResult {
    let name = pairName(a.name, b.name, space)
    let inputs = [
      a.storeIdentity, b.storeIdentity, "\(study.seed)", try tokenInputs, space.rawValue,
    ]
    let options = [study.compare.fingerprint(of: space)] + (relations?.content ?? wordNet)
    let compared = try cache.step("compare/\(name)", inputs: inputs + options) {
      try self.compared(a, b, space, relations)
    }
    seconds["compare/\(name)"] = compared.seconds
    guard space == study.align.space else { return compared.result }
    let directions = study.steer.bothDirections ? [(a, b), (b, a)] : [(a, b)]
    var pair = compared.result
    for (source, target) in directions {
      let step = "align/\(source.name)--\(target.name)"
      let aligned = try cache.step(
        step,
        inputs: inputs + [study.align.fingerprint, folders.alignments]
          + (study.align.byClass ? ["by class"] : []),
        files: \[AlignmentResult].files
      ) {
        try align(source, target) { progress("\(step): \($0)") }
      }
      seconds[step] = aligned.seconds
      pair.alignments += aligned.result
      if !study.align.learningCurve.isEmpty {
        pair.curves = try (pair.curves ?? []) + curves(source, target, space, inputs, &seconds)
      }
    }
    return pair
  }

  private func curves(
    _ source: ModelSummary, _ target: ModelSummary, _ space: EmbeddingSpace, _ inputs: [String],
    _ seconds: inout [String: Double]
  ) throws -> [AlignmentCurve] {
    var spaces: MatchedSpaces?
    return try study.align.learningCurve.map { method in
      let name = "learning-curve/\(source.name)--\(target.name)/\(method)"
      let step = try cache.step(name, inputs: inputs + [study.align.split]) {
        let ready = try spaces ?? matched(source, target, space)
        spaces = ready
        return try curve(ready, source, target, method: method)
      }
      seconds[name] = step.seconds
      return step.result
    }
  }

  private func compareLayers(
    _ a: ModelSummary, _ b: ModelSummary, _ options: LayerOptions, _ seconds: inout [String: Double]
  ) throws -> LayerComparison {
    let name = "layers/\(a.name)--\(b.name)"
    let texts = try LayerTexts.bundled()
    let inputs = [
      a.storeIdentity, b.storeIdentity, a.fileHash, b.fileHash, "\(study.seed)", try tokenInputs,
      study.align.space.rawValue, "\(options)", "\(texts)",
    ]
    let step = try cache.step(name, inputs: inputs) {
      let bench = try LayerBench(
        (a.name, loadModel(a.name)), (b.name, loadModel(b.name)), options: options, seed: study.seed
      ) { progress("\(name): \($0)") }
      return try bench.compare(matched(a, b, study.align.space).pairs)
    }
    seconds[name] = step.seconds
    return step.result
  }

  /// Which WordNet is on this machine: token profiles take it where no file of relations is given.
  private var wordNet: [String] {
    guard study.compare.also.contains(.tokenProfiles) else { return [] }
    let files = FileManager.default.subpaths(atPath: WordNet.debianFolder) ?? []
    return files.sorted().map { name in
      let path = WordNet.debianFolder + "/" + name
      let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
      return "\(name) \(size ?? 0)"
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

  /// What the choice of tokens depends on.
  var tokenInputs: String {
    get throws {
      guard study.tokens.sharedByAll else { return "\(study.tokens)" }
      let stores = try study.models.map { try EmbeddingStore.open(storePath($0.name)).identity }
      return "\(study.tokens) \(stores)"
    }
  }

  func storePath(_ name: String) -> String { "\(folders.models)/\(name).h5" }
}

extension RelationFile {
  /// What results depend on: where the words lie, which they name as their source, and the words.
  fileprivate var content: [String] { [path] + pairs.flatMap { [$0.first, $0.second] } }
}
