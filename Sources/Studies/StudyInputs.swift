internal import Checkpoints
internal import Files
internal import Foundation
internal import Geometry
internal import Steering
internal import Stores
internal import Transformers
internal import Vocabularies
internal import Workflow

/// Everything that a study reads, found, opened and checked before anything is computed or written.
struct StudyInputs {
  /// A model's checkpoint, open, with the hash of its file.
  struct ModelFile {
    let name: String
    /// nil for a store of which nothing is run.
    let checkpoint: Checkpoint?
    let path: String
    let hash: String
    let tokenizerHash: String
  }

  let models: [ModelFile]
  let behaviours: [ContrastSet]
  /// The file of related words, read whole; nil without one.
  let relations: RelationFile?
  /// What hypotheses are held against, by the paths in the study.
  let baselines: [String: Baseline]
}

extension Study {
  /// The study file's folder; empty for the current one.
  private var folder: String { file.lastIndex(of: "/").map { String(file[...$0]) } ?? "" }

  /// Where a path of the study file leads, which starts at the file's folder; nil where nothing is there.
  /// - Throws: `StudyError.study` for a path that leads somewhere from the current folder only.
  func located(_ path: String) throws -> String? {
    let files = FileManager.default
    let own = fromFolder(path)
    if files.fileExists(atPath: own) { return own }
    guard own != path, files.fileExists(atPath: path) else { return nil }
    throw StudyError.study(
      path: file, place: path, expected: "a path from \(searched)",
      actual: "one from \(files.currentDirectoryPath), the current folder; "
        + "write it as it is seen from the study file, or whole")
  }

  /// A path of the study file as it is from the current folder.
  private func fromFolder(_ path: String) -> String { path.hasPrefix("/") ? path : folder + path }

  /// The folder that paths start from, in words.
  var searched: String {
    folder.isEmpty ? FileManager.default.currentDirectoryPath : "\(folder) (the study's folder)"
  }

  /// The file of related words, read whole; nil without one.
  func relations() throws -> RelationFile? {
    try compare.relations.map { try RelationFile(path: located($0) ?? fromFolder($0)) }
  }

  /// Where a model's files are.
  func found(_ model: Model, in library: ModelLibrary) throws -> ModelSource {
    do {
      // What is the name of a store or of the catalog is no path that could be misplaced.
      let isName = library.known.contains(model.source)
      let path = if isName { try? located(model.source) } else { try located(model.source) }
      return try library.find(model.source, at: path)
    } catch CheckpointError.unknownModel(_, let known) where !file.isEmpty {
      throw StudyError.study(
        path: file, place: "models",
        expected:
          "an id of the catalog, the name of a store in \(library.folder), org/name of the Hugging Face cache, "
          + "or a file in \(searched)",
        actual: "\"\(model.source)\"" + suggestion(for: model.source, among: known))
    }
  }

  /// The paths of those models that are stores, by their names.
  func stores(in library: ModelLibrary) -> [String: String] {
    models.reduce(into: [:]) { stores, model in
      guard let source = try? found(model, in: library), source.meant.isStore else { return }
      stores[model.name] = source.meant.path
    }
  }

  /// The contrast set of a behaviour; what the package brings goes before a file of the same name.
  func contrastSet(_ behaviour: Behaviour) throws -> ContrastSet {
    let source = behaviour.source
    if ContrastSet.bundledNames.contains(source) { return try .bundled(source) }
    guard let path = try located(source) else {
      throw StudyError.study(
        path: file, place: "steer.behaviours",
        expected: "\(ContrastSet.bundledNames.joined(separator: ", ")), or a file in \(searched)",
        actual: "\"\(source)\"" + suggestion(for: source, among: ContrastSet.bundledNames))
    }
    let set = try ContrastSet.load(path, seed: seed)
    return behaviour.name.map(set.renamed) ?? set
  }
}

extension StudyRunner {
  /// Finds and checks all inputs, cheapest first; nothing is written.
  ///
  /// - Throws: the first fault: of an option, a hypothesis, a behaviour, the relations, a folder, a model;
  ///   `StudyError.sameModel` for one model under two names, `StoreError.misfit` for a store that is another model's.
  func checkedInputs() throws -> StudyInputs {
    _ = try study.validated()
    let behaviours = try checkedBehaviours()
    let known = KnownMetrics(study, behaviours: behaviours.map(\.name))
    for (index, hypothesis) in study.hypotheses.enumerated() {
      try known.check(hypothesis, place: "hypotheses[\(index)]", path: study.file)
    }
    let baselines = try study.baselines(report: reportFolder.appending(path: "results.json"))
    let relations = try study.relations()
    for folder in [folders.models, folders.alignments, folders.reports] { try OutputPath.checkFolder(folder) }
    let isRun = !behaviours.isEmpty || study.compare.layers != nil
    let sources = try study.models.map { try study.found($0, in: library) }
    for source in sources { try sayOthers(source) }
    let checkpoints = try sources.map { source in
      isRun || !source.meant.isStore ? try library.checkpoint(of: source) : nil
    }
    if isRun {
      // Weights stay mapped: what cannot be run is found now and not behind the comparison.
      for checkpoint in checkpoints.compactMap(\.self) { _ = try Model.load(checkpoint) }
    }
    let models = try zip(study.models, zip(sources, checkpoints)).map { model, files in
      try modelFile(model.name, files.0.meant, files.1)
    }
    try requireDifferent(models)
    for (model, source) in zip(models, sources) where !replaced.contains(model.name) {
      guard let checkpoint = model.checkpoint, !source.meant.isStore else { continue }
      try requireOwn(steps.storePath(model.name), checkpoint, name: model.name, hash: model.hash)
    }
    try warnOfAnotherReport()
    return StudyInputs(models: models, behaviours: behaviours, relations: relations, baselines: baselines)
  }

  private func modelFile(
    _ name: String, _ place: ModelSource.Place, _ checkpoint: Checkpoint?
  ) throws -> StudyInputs.ModelFile {
    guard let checkpoint, !place.isStore else {
      let provenance = try EmbeddingStore.open(place.path).provenance
      return StudyInputs.ModelFile(
        name: name, checkpoint: checkpoint, path: place.path, hash: provenance.sourceSHA256,
        tokenizerHash: provenance.tokenizerSHA256)
    }
    steps.progress("import/\(name): hashing")
    return StudyInputs.ModelFile(
      name: name, checkpoint: checkpoint, path: checkpoint.path, hash: checkpoint.sha256(),
      tokenizerHash: try tokenizerHash(checkpoint))
  }

  /// Says what else a model's name could mean.
  /// - Throws: `StoreError.misfit` for the store of another model under the name of one of the catalog.
  private func sayOthers(_ source: ModelSource) throws {
    for other in try library.othersThanMeant(source) {
      if let hash = other.sha256, source.meant.isStore {
        try requireOwn(source.meant.path, Checkpoint.open(other.path), name: source.text, hash: hash)
      }
      steps.warn(source.ambiguity(other))
    }
  }

  /// Says, before the work, that this study's report will stand where one of other models stands.
  private func warnOfAnotherReport() throws {
    let path = reportFolder.appending(path: "results.json")
    let models = try study.located { library.known.contains($0) }.models.map(\.source)
    guard let bytes = try FileReader.kept(path.path) else { return }
    var reader = JSONReader(bytes, path: path.path)
    // Each a source, or a name and its source.
    guard
      let earlier = try? reader.document()["config"]?["models"]?.array?.compactMap({
        $0.string ?? $0.object?.first?.value.string
      }),
      earlier != models
    else { return }
    steps.warn(
      "\(reportFolder.relativePath) holds the report of another study called \(study.name), of "
        + "\(earlier.joined(separator: ", ")); this one, of \(models.joined(separator: ", ")), will take its place; give it another name, "
        + "or --reports FOLDER, to keep both")
  }

  func checkedBehaviours() throws -> [ContrastSet] {
    var sets: [ContrastSet] = []
    for (index, behaviour) in study.steer.behaviours.enumerated() {
      let set = try study.contrastSet(behaviour)
      let place = "steer.behaviours[\(index)]"
      if let fault = ModelName.fault(set.name) {
        throw StudyError.study(
          path: study.file, place: place, expected: "a name for files",
          actual: "\"\(set.name)\" in \(behaviour.source): \(fault); "
            + "write behaviours: {NAME: \(behaviour.source), …}")
      }
      if let other = sets.firstIndex(where: { ModelName.folded($0.name) == ModelName.folded(set.name) }) {
        let first = study.steer.behaviours[other].source
        throw StudyError.study(
          path: study.file, place: place, expected: "different names",
          actual: "\(first) and \(behaviour.source), which are both called \(set.name); name them: "
            + "behaviours: {FIRST: \(first), SECOND: \(behaviour.source)}")
      }
      guard set.train.count >= 2 else {
        throw SteeringError.tooFewPairs(name: set.name, count: set.train.count)
      }
      sets.append(set)
    }
    return sets
  }

  /// Throws where two names stand for one model: its comparison with itself says nothing.
  private func requireDifferent(_ models: [StudyInputs.ModelFile]) throws(StudyError) {
    for (index, model) in models.enumerated() {
      for other in models.prefix(index) where other.hash == model.hash {
        guard other.tokenizerHash == model.tokenizerHash else { continue }
        throw StudyError.sameModel(
          first: "\(other.name) (\(other.path))", second: "\(model.name) (\(model.path))", hash: model.hash)
      }
    }
  }
}
