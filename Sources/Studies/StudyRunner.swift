public import Checkpoints
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

  /// A runner of `study`; nothing happens before `run`.
  public init(
    _ study: Study, folders: StudyFolders = StudyFolders(), catalog: Catalog,
    progress: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.study = study
    self.folders = folders
    self.catalog = catalog
    self.progress = progress
  }

  /// The report's folder.
  public var reportFolder: URL { URL(filePath: folders.reports).appending(path: study.name) }

  var cache: StepCache {
    StepCache(folder: reportFolder.appending(path: ".steps")) { [progress] name, isReused in
      progress(isReused ? "\(name): done before, reused" : "\(name) …")
    }
  }

  /// Runs what is not done yet and returns all results.
  ///
  /// - Throws: the first error of any part; finished steps stay.
  public func run() throws -> StudyResults {
    var results = StudyResults()
    for model in study.models { results.models.append(try importModel(model, &results.seconds)) }
    for (a, b) in modelPairs {
      results.pairs.append(try comparePair(results.models[a], results.models[b], &results.seconds))
    }
    if let options = study.compare.layers {
      for (a, b) in modelPairs {
        results.layers.append(
          try compareLayers(results.models[a], results.models[b], options, &results.seconds))
      }
    }
    for alignment in results.pairs.flatMap(\.alignments) where alignment.method == study.steer.method {
      results.transfers += try transfers(
        along: alignment, among: results.models, &results.seconds)
    }
    return results
  }

  private var modelPairs: [(Int, Int)] {
    study.models.indices.flatMap { a in (a + 1..<max(study.models.count, a + 1)).map { (a, $0) } }
  }

  // MARK: - Steps

  private func importModel(_ source: String, _ seconds: inout [String: Double]) throws -> ModelSummary {
    let path = try ModelSource.resolve(source, catalog: catalog, modelsFolder: folders.models)
    let checkpoint = try Checkpoint.open(path)
    let name = modelName(source)
    let hash = checkpoint.sha256()
    let storePath = "\(folders.models)/\(name).h5"
    // The store is part of the result: without its file the step is not done.
    let present =
      FileManager.default.fileExists(atPath: storePath) ? try? EmbeddingStore.open(storePath).identity : nil
    let step = try cache.step("import/\(name)", inputs: [hash, storePath, present ?? UUID().uuidString]) {
      if try present == nil || (EmbeddingStore.open(storePath).provenance.sourceSHA256) != hash {
        try importCheckpoint(checkpoint, name: name, hash: hash, to: storePath)
      }
      return try summary(name, storePath)
    }
    seconds["import/\(name)"] = step.seconds
    return step.result
  }

  private func summary(_ name: String, _ storePath: String) throws -> ModelSummary {
    let store = try EmbeddingStore.open(storePath)
    let provenance = store.provenance
    return ModelSummary(
      name: name, file: provenance.sourceFile, fileHash: provenance.sourceSHA256,
      storeIdentity: store.identity,
      storePath: storePath, architecture: provenance.architecture, quantisation: provenance.quantisation,
      vocabularySize: store.vocabularySize, width: store.width, isTied: store.isTied,
      tokenizerHash: provenance.tokenizerSHA256)
  }

  private func comparePair(
    _ a: ModelSummary, _ b: ModelSummary, _ seconds: inout [String: Double]
  ) throws -> PairResult {
    let name = "\(a.name)--\(b.name)"
    let inputs = [
      a.storeIdentity, b.storeIdentity, "\(study.seed)", "\(study.tokens)", study.align.space,
    ]
    let compared = try cache.step("compare/\(name)", inputs: inputs + ["\(study.compare.ofEmbeddings)"]) {
      let spaces = try matched(a, b)
      let comparison = try compare(
        (a.name, spaces.a), (b.name, spaces.b), options: study.compare, seed: study.seed)
      return PairResult(a: a.name, b: b.name, match: spaces.summary, comparison: comparison, alignments: [])
    }
    seconds["compare/\(name)"] = compared.seconds
    let directions = study.steer.bothDirections ? [(a, b), (b, a)] : [(a, b)]
    var pair = compared.result
    for (source, target) in directions {
      let step = "align/\(source.name)--\(target.name)"
      let aligned = try cache.step(
        step, inputs: inputs + ["\(study.align)", folders.alignments],
        files: \[AlignmentResult].files
      ) {
        let spaces = try matched(source, target)
        return try study.align.methods.map { method in
          progress("\(step): \(method)")
          return try align(spaces, source, target, method: method)
        }
      }
      seconds[step] = aligned.seconds
      pair.alignments += aligned.result
    }
    return pair
  }

  private func compareLayers(
    _ a: ModelSummary, _ b: ModelSummary, _ options: LayerOptions, _ seconds: inout [String: Double]
  ) throws -> LayerComparison {
    let name = "layers/\(a.name)--\(b.name)"
    let texts = try LayerTexts.bundled()
    let inputs = [
      a.storeIdentity, b.storeIdentity, a.fileHash, b.fileHash, "\(study.seed)", "\(study.tokens)",
      "\(study.align.space)", "\(options)", "\(texts)",
    ]
    let step = try cache.step(name, inputs: inputs) {
      let bench = try LayerBench(
        (a.name, loadModel(a.name)), (b.name, loadModel(b.name)), options: options, seed: study.seed
      ) { progress("\(name): \($0)") }
      return try bench.compare(matched(a, b).pairs)
    }
    seconds[name] = step.seconds
    return step.result
  }

  func matched(_ a: ModelSummary, _ b: ModelSummary) throws -> MatchedSpaces {
    func space(_ model: ModelSummary) throws -> Space {
      try Space(EmbeddingStore.open(model.storePath), space: study.align.space)
    }
    let spaces = matchedSpaces(try space(a), try space(b), options: study.tokens)
    let needed = 2 * max(study.compare.neighbours, 20)
    guard spaces.pairs.count >= needed else {
      throw StudyError.tooFewTokens(pair: "\(a.name)--\(b.name)", count: spaces.pairs.count, needed: needed)
    }
    return spaces
  }

  private func modelName(_ source: String) -> String {
    catalog[source] == nil ? URL(filePath: source).deletingPathExtension().lastPathComponent : source
  }
}
