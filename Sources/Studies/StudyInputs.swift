internal import Checkpoints
internal import Files
internal import Foundation
internal import Geometry
internal import Steering
internal import Stores
internal import Transformers
internal import Workflow

/// Everything that a study reads, found, opened and checked before anything is computed or written.
struct StudyInputs {
  /// A model's checkpoint, open, with the hash of its file.
  struct ModelFile {
    let name: String
    let checkpoint: Checkpoint
    let hash: String
  }

  let models: [ModelFile]
  let behaviours: [ContrastSet]
  /// The file of related words, read whole; nil without one.
  let relations: RelationFile?
}

extension Study {
  /// The study file's folder; empty for the current one.
  private var folder: String { file.lastIndex(of: "/").map { String(file[...$0]) } ?? "" }

  /// Where a path of the study file leads: from the file's folder, or else from the current one; nil where nothing is there.
  /// - Throws: `StudyError.study` where two different files are meant.
  func located(_ path: String) throws -> String? {
    let files = FileManager.default
    let candidates = (folder.isEmpty || path.hasPrefix("/") ? [path] : [folder + path, path]).filter {
      files.fileExists(atPath: $0)
    }
    let places = Set(candidates.map { URL(filePath: $0).resolvingSymlinksInPath().standardizedFileURL.path })
    guard places.count < 2 else {
      throw StudyError.study(
        path: file, place: path, expected: "one file",
        actual: "\(candidates[0]) beside the study and \(path) in \(files.currentDirectoryPath); "
          + "write its whole path")
    }
    return candidates.first
  }

  /// The folders in which `located` looks, in words.
  var searched: String {
    let current = FileManager.default.currentDirectoryPath
    return folder.isEmpty ? current : "\(folder) (the study's folder) or \(current)"
  }

  /// The file of related words, read whole; nil without one.
  func relations() throws -> RelationFile? {
    try compare.relations.map { try RelationFile(path: located($0) ?? $0) }
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
    let relations = try study.relations()
    for folder in [folders.models, folders.alignments, folders.reports] { try OutputPath.checkFolder(folder) }
    let checkpoints = try study.models.map { try Checkpoint.open(resolved($0)) }
    if !behaviours.isEmpty || study.compare.layers != nil {
      // Weights stay mapped: what cannot be run is found now and not behind the comparison.
      for checkpoint in checkpoints { _ = try Model.load(checkpoint) }
    }
    let models = zip(study.models, checkpoints).map { model, checkpoint in
      steps.progress("import/\(model.name): hashing")
      return StudyInputs.ModelFile(name: model.name, checkpoint: checkpoint, hash: checkpoint.sha256())
    }
    try requireDifferent(models)
    for model in models {
      try requireOwn(steps.storePath(model.name), model.checkpoint, name: model.name, hash: model.hash)
    }
    try warnOfAnotherReport()
    return StudyInputs(models: models, behaviours: behaviours, relations: relations)
  }

  /// Says, before the work, that this study's report will stand where one of other models stands.
  private func warnOfAnotherReport() throws {
    let path = reportFolder.appending(path: "results.json")
    let models = study.models.map(\.source)
    guard let bytes = try FileReader.kept(path.path) else { return }
    var reader = JSONReader(bytes, path: path.path)
    guard let earlier = try? reader.document()["config"]?["models"]?.array?.compactMap(\.string),
      earlier != models
    else { return }
    steps.warn(
      "\(reportFolder.relativePath) holds the report of another study called \(study.name), of "
        + "\(earlier.joined(separator: ", ")); this one, of \(models.joined(separator: ", ")), will take its place; give it another name, "
        + "or --reports FOLDER, to keep both")
  }

  /// The path of a model's files.
  func resolved(_ model: Study.Model) throws -> String {
    if catalog[model.source] == nil, let path = try study.located(model.source) { return path }
    do {
      return try ModelSource.resolve(model.source, catalog: catalog, modelsFolder: folders.models)
    } catch {
      guard case .unknownModel = error, !study.file.isEmpty else { throw error }
      throw StudyError.study(
        path: study.file, place: "models",
        expected: "an id of the catalog, org/name of the Hugging Face cache, or a file in \(study.searched)",
        actual: "\"\(model.source)\"" + suggestion(for: model.source, among: catalog.entries.map(\.id)))
    }
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
  private func requireDifferent(_ models: [StudyInputs.ModelFile]) throws {
    for (index, model) in models.enumerated() {
      for other in models.prefix(index) where other.hash == model.hash {
        guard try tokenizerHash(other.checkpoint) == tokenizerHash(model.checkpoint) else { continue }
        throw StudyError.sameModel(
          first: "\(other.name) (\(other.checkpoint.path))",
          second: "\(model.name) (\(model.checkpoint.path))",
          hash: model.hash)
      }
    }
  }
}
