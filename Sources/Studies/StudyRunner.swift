public import Checkpoints
internal import Files
public import Foundation
internal import Geometry
internal import Steering
internal import Stores
internal import Transformers
internal import Vocabularies
public import Workflow

/// Runs a study step by step: import, match and compare, align, transfer and validate.
///
/// Each step's result is kept under the report's folder; a second run reuses what is done, and a killed run
/// goes on at the step it was in.
public struct StudyRunner: Sendable {
  let study: Study
  let library: ModelLibrary
  let steps: Steps
  /// What the identities of fitted lenses are, by the paths of their files.
  let lensIdentities = Memo<String>()
  /// The models whose sources were given in place of the study's: what another model has left under their names is put aside.
  public var replaced: Set<String> = []

  /// A runner of `study`; nothing happens before `run`.
  ///
  /// How far a run is goes to `JobProgress/current`.
  /// - Parameter warn: called with what the user should read though the run goes on.
  public init(
    _ study: Study, folders: WorkFolders = WorkFolders(), catalog: Catalog,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.init(study, folders: folders, catalog: catalog, workspace: Workspace(), warn: warn)
  }

  package init(
    _ study: Study, folders: WorkFolders, catalog: Catalog, workspace: Workspace,
    warn: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    (self.study, library) = (study, ModelLibrary(catalog: catalog, folder: folders.models))
    steps = Steps(
      study.options, models: study.models.map(\.name), stores: study.stores(in: library), folders: folders,
      workspace: workspace, warn: warn)
  }

  var folders: WorkFolders { steps.folders }

  /// The report's folder.
  public var reportFolder: URL { URL(filePath: folders.reports).appending(path: study.name) }

  /// Where results of steps are kept.
  public var stepsFolder: URL { reportFolder.appending(path: ".steps") }

  var cache: StepCache {
    StepCache(folder: stepsFolder) { [steps] name, fate in
      switch fate {
      case .reused: JobProgress.current.reuse(name)
      case .done(let changes): JobProgress.current.begin(name, note: changes.joined(separator: ", "))
      case .damaged(let reason):
        steps.warn(reason)
        JobProgress.current.begin(name)
      }
    }
  }

  /// The same for what is a part of another step.
  var cacheOfParts: StepCache {
    StepCache(folder: stepsFolder) { [steps] _, fate in
      if case .damaged(let reason) = fate { steps.warn(reason) }
    }
  }

  /// Runs what is not done yet and returns all results.
  ///
  /// - Throws: the first error of any part; finished steps stay.
  public func run() throws -> StudyResults {
    let inputs = try checkedInputs()
    JobProgress.current.plan(try toldSteps(inputs))
    try OutputFile.makeFolder(folders.models)
    var results = StudyResults()
    results.baselines = inputs.baselines
    results.study = try study.located { library.known.contains($0) }
    for model in inputs.models { results.models.append(try importModel(model, &results.seconds)) }
    let pairs = comparedPairs(results.models)
    for (a, b, space) in pairs { steps.workspace.expect([a, b], space, by: pairName(a.name, b.name, space)) }
    for (a, b, space) in pairs {
      try matchPair(a, b, space, &results.seconds)
      // Maps look at whole matrices, measures at matched rows: maps first, so that the matrices are gone when measures begin.
      let maps = space == study.align.space ? try alignPair(a, b, &results.seconds) : nil
      for alignment in maps?.alignments ?? [] where alignment.method == study.steer.method {
        results.transfers += try steps.transfers(
          of: inputs.behaviours, along: alignment, among: results.models, loading: loadModel
        ) { try step($0, &results.seconds, files: \TransferResult.files, $1) }
      }
      guard !study.compare.spaces.isEmpty else {
        steps.workspace.finish(pairName(a.name, b.name, space))
        results.maps.append(MappedPair(a: a.name, b: b.name, alignments: maps?.alignments ?? []))
        continue
      }
      let picture = try step(steps.pictureStep(a, b, space), &results.seconds) {
        try steps.tokenPicture(a, b, space)
      }
      var pair = try comparePair(a, b, space, inputs.relations, &results.seconds)
      steps.workspace.finish(pair.name)
      pair.picture = picture
      if let maps { (pair.alignments, pair.curves) = maps }
      results.pairs.append(pair)
    }
    if let options = study.compare.layers {
      for (a, b) in layerPairs(results.models) {
        results.layers.append(try compareLayers(a, b, options, &results.seconds))
      }
    }
    try readPoints(inputs.points, &results)
    try judgeLenses(inputs.points, &results)
    try judgeElms(inputs.elms, &results)
    return results
  }

  var modelPairs: [(Int, Int)] {
    study.models.indices.flatMap { a in (a + 1..<max(study.models.count, a + 1)).map { (a, $0) } }
  }

  /// Pairs that are compared or have maps fitted between them, in the order of the run.
  func comparedPairs(_ models: [ModelSummary]) -> [(a: ModelSummary, b: ModelSummary, space: EmbeddingSpace)]
  {
    guard study.looksAtPairs else { return [] }
    return modelPairs.map { (models[$0], models[$1]) }.flatMap { a, b in spaces(a, b).map { (a, b, $0) } }
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
    JobProgress.current.end(fingerprint.step)
    seconds[fingerprint.step] = step.seconds
    return step.result
  }

  private func importModel(
    _ model: StudyInputs.ModelFile, _ seconds: inout [String: Double]
  ) throws -> ModelSummary {
    let path = steps.storePath(model.name)
    if replaced.contains(model.name), let checkpoint = model.checkpoint {
      try putAside(path, for: model, of: checkpoint)
    }
    var importing = Duration.zero
    if !FileManager.default.fileExists(atPath: path), let checkpoint = model.checkpoint {
      JobProgress.current.begin("import/\(model.name)", note: "reading \(checkpoint.path)")
      importing = try ContinuousClock().measure {
        for remark in try importCheckpoint(checkpoint, name: model.name, hash: model.hash, to: path) {
          JobProgress.current.tell(remark)
        }
      }
      JobProgress.current.tell("imported \(checkpoint.path) into \(path)")
    }
    let store = try EmbeddingStore.open(path)
    let fingerprint = try steps.importStep(model.name, store)
    let imported = try step(fingerprint, &seconds) { try steps.summary(model.name, store) }
    seconds[fingerprint.step, default: 0] += importing / .seconds(1)
    return imported
  }

  /// Makes room for the store of a model where another's stands.
  private func putAside(
    _ path: String, for model: StudyInputs.ModelFile, of checkpoint: Checkpoint
  ) throws {
    do {
      try requireOwn(path, checkpoint, name: model.name, hash: model.hash)
    } catch StoreError.misfit {
      if let aside = try moveAside(path) { steps.warn("\(path) was another model's; it is \(aside) now") }
      try requireOwn(path, checkpoint, name: model.name, hash: model.hash)
    }
  }

  /// Finds vocabularies and match, for all steps that follow.
  private func matchPair(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, _ seconds: inout [String: Double]
  ) throws {
    for model in try steps.matchedModels(a, b) {
      _ = try steps.vocabulary(model, space) { try step($0, &seconds, $1) }
    }
    _ = try steps.match(a, b, space) { try step($0, &seconds, $1) }
  }

  /// The maps in all directions; no curves where none were asked for.
  private func alignPair(
    _ a: ModelSummary, _ b: ModelSummary, _ seconds: inout [String: Double]
  ) throws -> (alignments: [AlignmentResult], curves: [AlignmentCurve]?) {
    var alignments: [AlignmentResult] = []
    var curves: [AlignmentCurve] = []
    for (source, target) in directions(a, b) {
      let bench = Once { try AlignBench(steps, source, target) }
      alignments += try study.align.methods.map { method in
        try step(steps.alignStep(source, target, method: method), &seconds, files: \AlignmentResult.files) {
          try bench.value.align(method)
        }
      }
      curves += try study.align.learningCurve.map { method in
        try step(steps.curveStep(source, target, method: method), &seconds) { try bench.value.curve(method) }
      }
    }
    return (alignments, study.align.learningCurve.isEmpty ? nil : curves)
  }

  /// Every measure of the pair, each kept or measured now.
  private func comparePair(
    _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace, _ relations: RelationFile?,
    _ seconds: inout [String: Double]
  ) throws -> PairResult {
    let kept = KeptFindings(pairName(a.name, b.name, space), in: stepsFolder, steps) {
      try steps.readingStep($0, a, b, space, relations)
    }
    let pair = try steps.compared(a, b, space, relations, findings: kept) { fingerprint, compute in
      let part = try cacheOfParts.step(fingerprint, compute)
      seconds[fingerprint.step] = part.seconds
      return part.result
    }
    seconds["compare/\(pair.name)"] = kept.finish()
    return pair
  }

  private func compareLayers(
    _ a: ModelSummary, _ b: ModelSummary, _ options: LayerOptions, _ seconds: inout [String: Double]
  ) throws -> LayerComparison {
    let fingerprint = try steps.layersStep(a, b, options)
    return try step(fingerprint, &seconds) {
      let bench = try LayerBench(
        (a.name, loadModel(a.name)), (b.name, loadModel(b.name)), options: options, seed: study.seed)
      return try bench.compare(steps.match(a, b, study.align.space).pairs)
    }
  }

  /// Loads a model for inference by the name that the steps use.
  func loadModel(_ name: String) throws -> Model {
    let model = study.models.first { $0.name == name } ?? Study.Model(name)
    return try Model.load(library.checkpoint(of: study.found(model, in: library)))
  }
}
