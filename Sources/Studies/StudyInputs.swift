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
  /// What is asked about points and lenses.
  let points: AskedPoints
  /// The embedding language models that are judged.
  let elms: AskedElms
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
  func found(_ model: Model, in library: ModelLibrary, place: String = "models") throws -> ModelSource {
    do {
      // What is the name of a store or of the catalog is no path that could be misplaced.
      let isName = library.known.contains(model.source)
      let path = if isName { try? located(model.source) } else { try located(model.source) }
      return try library.find(model.source, at: path)
    } catch CheckpointError.unknownModel(_, let known) where !file.isEmpty {
      throw StudyError.study(
        path: file, place: place,
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
    let models = try zip(study.models, zip(inputs.sources, inputs.checkpoints)).map { model, files in
      try modelFile(model.name, files.0.meant, files.1)
    }
    var faults = StudyFaults()
    _ = faults.collect { try requireDifferent(models) }
    for (model, source) in zip(models, inputs.sources) where !replaced.contains(model.name) {
      guard let checkpoint = model.checkpoint, !source.meant.isStore else { continue }
      _ = faults.collect {
        try requireOwn(steps.storePath(model.name), checkpoint, name: model.name, hash: model.hash)
      }
    }
    checkFiles(of: inputs.points, models, inputs.running, &faults)
    checkModels(of: inputs.elms, models, &faults)
    try faults.check(study.file)
    try warnOfAnotherReport()
    return StudyInputs(
      models: models, behaviours: inputs.behaviours, relations: inputs.relations, points: inputs.points,
      elms: inputs.elms, baselines: inputs.baselines)
  }

  /// What is found and opened before any file is read whole.
  private struct Opened {
    let sources: [ModelSource]
    /// nil for a store of which nothing is run.
    let checkpoints: [Checkpoint?]
    let behaviours: [ContrastSet]
    let relations: RelationFile?
    let points: AskedPoints
    let elms: AskedElms
    /// Models that can be run, by name; those that nothing is asked of are not here.
    let running: [String: Model]
    let baselines: [String: Baseline]
  }

  /// - Throws: every fault at once: of options, hypotheses, behaviours, the relations, folders, models.
  private func openedInputs() throws -> Opened {
    let path = study.file.isEmpty ? study.name : study.file
    var faults = StudyFaults(study.places.faults.map(\.error) + study.faults(path: path))
    let behaviours = behaviours(&faults)
    var faultsOfPoints = StudyFaults()
    let points = study.askedPoints(&faultsOfPoints)
    let elms = study.askedElms(in: folders.models, &faultsOfPoints)
    checkHypotheses(behaviours, points, elms, isWhole: faultsOfPoints.isEmpty, &faults)
    faults.add(faultsOfPoints)
    let baselines = faults.collect(study.places.words("hypotheses")) {
      try study.baselines(report: reportFolder.appending(path: "results.json"))
    }
    let relations = faults.collect(study.places.words("compare.relations")) { try study.relations() }
    for folder in [folders.models, folders.alignments, folders.reports] {
      _ = faults.collect { try OutputPath.checkFolder(folder) }
    }
    let isRun =
      !study.steer.behaviours.isEmpty || study.compare.layers != nil || !study.lenses.isEmpty
      || !study.points.relations.isEmpty || !study.elms.isEmpty
    var running: [String: Model] = [:]
    let opened = study.models.enumerated().compactMap { index, model in
      faults.collect(study.places.words("models[\(index)]")) { () throws -> (ModelSource, Checkpoint?) in
        let source = try study.found(model, in: library, place: study.places.words("models[\(index)]"))
        try sayOthers(source)
        guard isRun || !source.meant.isStore else {
          if !study.points.isEmpty, let checkpoint = try? library.checkpoint(of: source) {
            running[model.name] = try? Model.load(checkpoint)
          }
          return (source, nil)
        }
        let checkpoint = try library.checkpoint(of: source)
        // Weights stay mapped: what cannot be run is found now and not behind the comparison.
        if isRun {
          running[model.name] = try Model.load(checkpoint)
        } else if !study.points.isEmpty {
          running[model.name] = try? Model.load(checkpoint)
        }
        return (source, checkpoint)
      }
    }
    check(points, in: running, &faults)
    try faults.check(path)
    return Opened(
      sources: opened.map(\.0), checkpoints: opened.map(\.1), behaviours: behaviours,
      relations: relations ?? nil, points: points, elms: elms, running: running, baselines: baselines ?? [:])
  }

  /// Holds hypotheses against what the study will give, as far as its other options could be read.
  ///
  /// - Parameter isWhole: whether all points, sets and embedding language models could be read.
  private func checkHypotheses(
    _ behaviours: [ContrastSet], _ points: AskedPoints, _ elms: AskedElms, isWhole: Bool,
    _ faults: inout StudyFaults
  ) {
    let others = study.places.faults.map(\.key).filter { !["name", "question", "seed"].contains($0) }
    guard others.isEmpty, !study.models.isEmpty else { return }
    let known = KnownMetrics(study, behaviours: behaviours.map(\.name), points: points, elms: elms)
    for (index, hypothesis) in study.hypotheses.enumerated() {
      // One about a behaviour or a point that could not be read is not at fault.
      let isAllRead = isWhole && behaviours.count == study.steer.behaviours.count
      if !isAllRead, !known.hasTask(of: hypothesis) { continue }
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

  private func modelFile(
    _ name: String, _ place: ModelSource.Place, _ checkpoint: Checkpoint?
  ) throws -> StudyInputs.ModelFile {
    guard let checkpoint, !place.isStore else {
      let provenance = try EmbeddingStore.open(place.path).provenance
      return StudyInputs.ModelFile(
        name: name, checkpoint: checkpoint, path: place.path, hash: provenance.sourceSHA256,
        tokenizerHash: provenance.tokenizerSHA256)
    }
    JobProgress.current.begin("import/\(name)", note: "hashing \(checkpoint.path)")
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
