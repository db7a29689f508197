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
    let leads = Set(candidates.map { URL(filePath: $0).resolvingSymlinksInPath().standardizedFileURL.path })
    guard leads.count < 2 else {
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
  ///
  /// - Parameter place: its key path.
  func contrastSet(_ behaviour: Behaviour, _ place: String) throws -> ContrastSet {
    let source = behaviour.source
    if ContrastSet.bundledNames.contains(source) { return try .bundled(source) }
    guard let path = try located(source) else {
      throw StudyError.study(
        path: file, place: places.words(place),
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
  /// - Throws: as `openedInputs`; `StudyError.sameModel` for one model under two names, `StoreError.misfit` for a store that is
  ///   another model's.
  func checkedInputs() throws -> StudyInputs {
    let inputs = try openedInputs()
    let models = zip(study.models, inputs.checkpoints).map { model, checkpoint in
      JobProgress.current.begin("import/\(model.name)", note: "hashing \(checkpoint.path)")
      return StudyInputs.ModelFile(name: model.name, checkpoint: checkpoint, hash: checkpoint.sha256())
    }
    var faults = StudyFaults()
    _ = faults.collect { try requireDifferent(models) }
    for model in models {
      _ = faults.collect {
        try requireOwn(steps.storePath(model.name), model.checkpoint, name: model.name, hash: model.hash)
      }
    }
    try faults.check(study.file)
    try warnOfAnotherReport()
    return StudyInputs(models: models, behaviours: inputs.behaviours, relations: inputs.relations)
  }

  /// What is found and opened before any file is read whole.
  ///
  /// - Throws: every fault at once: of options, hypotheses, behaviours, the relations, folders, models.
  func openedInputs() throws -> (
    checkpoints: [Checkpoint], behaviours: [ContrastSet], relations: RelationFile?
  ) {
    let path = study.file.isEmpty ? study.name : study.file
    var faults = StudyFaults(study.places.faults.map(\.error) + study.faults(path: path))
    let behaviours = behaviours(&faults)
    checkHypotheses(behaviours, &faults)
    let relations = faults.collect(study.places.words("compare.relations")) { try study.relations() }
    for folder in [folders.models, folders.alignments, folders.reports] {
      _ = faults.collect { try OutputPath.checkFolder(folder) }
    }
    let isRun = !study.steer.behaviours.isEmpty || study.compare.layers != nil
    let checkpoints = study.models.indices.map { index in
      faults.collect(study.places.words("models[\(index)]")) {
        let checkpoint = try Checkpoint.open(resolved(study.models[index], place: "models[\(index)]"))
        // Weights stay mapped: what cannot be run is found now and not behind the comparison.
        if isRun { _ = try Model.load(checkpoint) }
        return checkpoint
      }
    }
    try faults.check(path)
    return (checkpoints.compactMap { $0 }, behaviours, relations ?? nil)
  }

  /// Holds hypotheses against what the study will give, as far as its other options could be read.
  private func checkHypotheses(_ behaviours: [ContrastSet], _ faults: inout StudyFaults) {
    let others = study.places.faults.map(\.key).filter { !["name", "question", "seed"].contains($0) }
    guard others.isEmpty, study.models.count >= 2 else { return }
    let known = KnownMetrics(study, behaviours: behaviours.map(\.name))
    for (index, hypothesis) in study.hypotheses.enumerated() {
      // One about a behaviour that could not be read is not at fault.
      if behaviours.count < study.steer.behaviours.count, !known.hasTask(of: hypothesis) { continue }
      let place = "hypotheses[\(index)]"
      _ = faults.collect {
        try known.check(hypothesis, place: place, path: study.file, places: study.places)
        guard let fault = MetricRange.fault(of: hypothesis) else { return }
        throw StudyError.study(
          path: study.file, place: study.places.words("\(place).threshold"), expected: fault.expected,
          actual: fault.actual)
      }
    }
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
  func resolved(_ model: Study.Model, place: String = "models") throws -> String {
    if catalog[model.source] == nil, let path = try study.located(model.source) { return path }
    do {
      return try ModelSource.resolve(model.source, catalog: catalog, modelsFolder: folders.models)
    } catch {
      guard case .unknownModel = error, !study.file.isEmpty else { throw error }
      throw StudyError.study(
        path: study.file, place: study.places.words(place),
        expected: "an id of the catalog, org/name of the Hugging Face cache, or a file in \(study.searched)",
        actual: "\"\(model.source)\"" + suggestion(for: model.source, among: catalog.entries.map(\.id)))
    }
  }

  func checkedBehaviours() throws -> [ContrastSet] {
    var faults = StudyFaults()
    let sets = behaviours(&faults)
    try faults.check(study.file)
    return sets
  }

  /// The contrast sets that can be read and have names of their own.
  private func behaviours(_ faults: inout StudyFaults) -> [ContrastSet] {
    var found: [(set: ContrastSet, source: String)] = []
    for (index, behaviour) in study.steer.behaviours.enumerated() {
      let set = faults.collect(study.places.words("steer.behaviours[\(index)]")) { () throws -> ContrastSet in
        let set = try study.contrastSet(behaviour, "steer.behaviours[\(index)]")
        try check(set, behaviour, beside: found, place: study.places.words("steer.behaviours[\(index)]"))
        return set
      }
      if let set { found.append((set, behaviour.source)) }
    }
    return found.map(\.set)
  }

  private func check(
    _ set: ContrastSet, _ behaviour: Behaviour, beside others: [(set: ContrastSet, source: String)],
    place: String
  ) throws {
    if let fault = ModelName.fault(set.name) {
      throw StudyError.study(
        path: study.file, place: place, expected: "a name for files",
        actual: "\"\(set.name)\" in \(behaviour.source): \(fault); "
          + "write behaviours: {NAME: \(behaviour.source), …}")
    }
    if let first = others.first(where: { ModelName.folded($0.set.name) == ModelName.folded(set.name) })?
      .source
    {
      throw StudyError.study(
        path: study.file, place: place, expected: "different names",
        actual: "\(first) and \(behaviour.source), which are both called \(set.name); name them: "
          + "behaviours: {FIRST: \(first), SECOND: \(behaviour.source)}")
    }
    guard set.train.count >= 2 else {
      throw SteeringError.tooFewPairs(name: set.name, count: set.train.count)
    }
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
