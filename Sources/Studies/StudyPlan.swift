internal import Alignment
internal import Foundation
package import Geometry
internal import Statistics
internal import Steering
internal import Stores
internal import Vocabularies

/// What each step depends on. A step is done again when one of these changes, and only then; a step whose code comes to other
/// results has its version raised here.
extension StudyRunner {
  /// Every step that follows the imports, in the order of the run.
  package func plan(_ measures: [any Measure.Type] = Measures.all) throws -> [Fingerprint] {
    let models = try study.models.map { model in
      try summary(model.name, EmbeddingStore.open(storePath(model.name)))
    }
    let (behaviours, relations) = (try checkedBehaviours(), try study.relations())
    var steps: [Fingerprint] = []
    for (a, b, space) in comparedPairs(models) {
      for step in try matchedModels(a, b).map({ try vocabularyStep($0, space) }) where !steps.contains(step) {
        steps.append(step)
      }
      steps.append(try matchStep(a, b, space))
      if space == study.align.space {
        for (source, target) in directions(a, b) {
          steps += try study.align.methods.map { try alignStep(source, target, method: $0) }
          steps += try study.align.learningCurve.map { try curveStep(source, target, method: $0) }
        }
        for (source, target) in directions(a, b) {
          steps += try behaviours.map { try transferStep(source, target, $0) }
        }
      }
      steps.append(try untrainedStep(a, b, space))
      steps += try Measures.readings(of: measures, also: study.compare.also).map {
        try readingStep($0, a, b, space, relations)
      }
    }
    if let options = study.compare.layers {
      steps += try layerPairs(models).map { try layersStep($0, $1, options) }
    }
    return steps
  }

  func importStep(_ name: String, _ store: EmbeddingStore) throws -> Fingerprint {
    try Fingerprint("import/\(name)", version: 1).with("store", store.identity).with("path", store.path)
  }

  func vocabularyStep(_ model: ModelSummary, _ space: EmbeddingSpace) throws -> Fingerprint {
    let matrix = model.matrix(of: space)
    return try Fingerprint("vocabulary/\(matrixName(model.name, matrix))", version: 1)
      .with("store", model.storeIdentity).with("matrix", matrix)
      .with("untrained tokens", UntrainedTokensOptions.seeded(study.seed))
  }

  func matchStep(_ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace) throws -> Fingerprint {
    let all = study.tokens.sharedByAll ? try sharedTokensFingerprint(allModels(), space).sha256 : ""
    return try Fingerprint("match/\(pairName(a.name, b.name, space))", version: 1)
      .with("vocabularies", [a, b].map { try vocabularyStep($0, space).sha256 })
      .with("tokens", study.tokens).with("tokens.shared_by_all", all)
  }

  /// No step: what the tokens that all models share depend on.
  func sharedTokensFingerprint(_ models: [ModelSummary], _ space: EmbeddingSpace) throws -> Fingerprint {
    try Fingerprint("shared tokens", version: 1)
      .with("vocabularies", models.map { try vocabularyStep($0, space).sha256 }).with("tokens", study.tokens)
  }

  /// What one measure finds; which others are taken makes no difference.
  func readingStep(
    _ reading: Reading, _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace,
    _ relations: RelationFile?
  ) throws -> Fingerprint {
    try fingerprint(
      of: reading.measure, "compare/\(pairName(a.name, b.name, space))/\(reading.name)", a, b, space,
      relations)
  }

  private func fingerprint(
    of measure: any Measure.Type, _ name: String, _ a: ModelSummary, _ b: ModelSummary,
    _ space: EmbeddingSpace, _ relations: RelationFile?
  ) throws -> Fingerprint {
    var step = try pairStep(name, version: measure.version, a, b, space).with("resampling", Resampling())
    for field in MeasureOptions.Field.allCases where measure.depends.contains(field) {
      step = try step.with("compare.\(field.rawValue)", value(of: field, relations))
    }
    for used in measure.uses {
      step = try step.with(used.name, fingerprint(of: used, used.name, a, b, space, relations).sha256)
    }
    return step
  }

  private func value(of field: MeasureOptions.Field, _ relations: RelationFile?) -> any Encodable {
    let (compare, options) = (study.compare, MeasureOptions(study))
    return switch field {
    case .neighbours: compare.neighbours
    case .dimensionNeighbours: compare.dimensionNeighbours
    case .dimensionTokens: compare.dimensionTokens
    case .spearman: options.spearman
    case .linear: options.linear
    case .seed: study.seed
    case .strata: compare.isStratified
    case .relations: relations.map { [$0.path] + $0.pairs.flatMap { [$0.first, $0.second] } } ?? wordNet
    }
  }

  /// The headline measures without the tokens that ``UntrainedEffect`` is about, or with them.
  func untrainedStep(_ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace) throws -> Fingerprint {
    try pairStep("compare/\(pairName(a.name, b.name, space))/untrained", version: 1, a, b, space)
      .with("compare.neighbours", study.compare.neighbours).with("resampling", Resampling())
  }

  func alignStep(_ source: ModelSummary, _ target: ModelSummary, method: String) throws -> Fingerprint {
    try mapStep("align/\(source.name)--\(target.name)/\(method)", method, source, target)
      .with("align.candidates", study.align.candidates).with("align.by_class", study.align.byClass)
      .with("folder", folders.alignments).with("scoring", ScoringOptions())
  }

  func curveStep(_ source: ModelSummary, _ target: ModelSummary, method: String) throws -> Fingerprint {
    try mapStep("learning-curve/\(source.name)--\(target.name)/\(method)", method, source, target)
      .with("learning curve", LearningCurveOptions()).with("scoring", ScoringOptions())
  }

  func layersStep(_ a: ModelSummary, _ b: ModelSummary, _ options: LayerOptions) throws -> Fingerprint {
    let texts = try LayerTexts.bundled()
    return try pairStep("layers/\(a.name)--\(b.name)", version: 1, a, b, study.align.space)
      .with("files", [a.fileHash, b.fileHash]).with("compare.layers", options)
      .with("texts", texts.texts).with("groups of texts", texts.groups).with("maps", LayerMapOptions())
  }

  func transferStep(_ source: ModelSummary, _ target: ModelSummary, _ set: ContrastSet) throws -> Fingerprint
  {
    var options = study.steer
    // Neither another behaviour nor the way back changes what this one gives.
    (options.behaviours, options.bothDirections) = ([], false)
    return try Fingerprint("transfer/\(source.name)--\(target.name)/\(set.name)", version: 2)
      .with("files", [source.fileHash, target.fileHash]).with("steer", options).with("behaviour", set)
      .with("extraction", directionEstimator(options.extraction).version)
      .with("map", mapStep(options.method, options.method, source, target).sha256)
      .with("folder", folders.alignments)
  }

  /// What all steps of two models depend on that look at their matched tokens.
  private func pairStep(
    _ name: String, version: Int, _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace
  ) throws -> Fingerprint {
    let (first, second) = inOrder(a, b)
    return try Fingerprint(name, version: version)
      .with("stores", [a.storeIdentity, b.storeIdentity]).with("space", space).with("seed", study.seed)
      .with("match", matchStep(first, second, space).sha256)
  }

  /// What all maps depend on.
  private func mapStep(
    _ name: String, _ method: String, _ source: ModelSummary, _ target: ModelSummary
  ) throws -> Fingerprint {
    try pairStep(name, version: 1, source, target, study.align.space)
      .with("method", transferMethod(method).version)
      .with("align.held_out", study.align.heldOut).with("align.held_out_groups", study.align.heldOutGroups)
      .with("fit", alignmentOptions(study))
  }

  /// Which WordNet is on this machine: it is taken where no file of relations is given.
  private var wordNet: [String] {
    let files = FileManager.default.subpaths(atPath: WordNet.debianFolder) ?? []
    return files.sorted().map { name in
      let path = WordNet.debianFolder + "/" + name
      let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
      return "\(name) \(size ?? 0)"
    }
  }
}
