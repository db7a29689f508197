internal import Alignment
internal import Foundation
package import Geometry
internal import Statistics
package import Steering
package import Stores
package import Vocabularies

/// What each step depends on. A step is done again when one of these changes, and only then; a step whose code comes to other
/// results has its version raised here.
extension Steps {
  package func importStep(_ name: String, _ store: EmbeddingStore) throws -> Fingerprint {
    try Fingerprint("import/\(name)", version: 1).with("store", store.identity).with("path", store.path)
  }

  package func vocabularyStep(_ model: ModelSummary, _ space: EmbeddingSpace) throws -> Fingerprint {
    let matrix = model.matrix(of: space)
    return try Fingerprint("vocabulary/\(matrixName(model.name, matrix))", version: 1)
      .with("store", model.storeIdentity).with("matrix", matrix)
      .with("untrained tokens", UntrainedTokensOptions.seeded(options.seed))
  }

  package func matchStep(_ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace) throws -> Fingerprint
  {
    let all = options.tokens.sharedByAll ? try sharedTokensFingerprint(allModels(), space).sha256 : ""
    return try Fingerprint("match/\(pairName(a.name, b.name, space))", version: 1)
      .with("vocabularies", [a, b].map { try vocabularyStep($0, space).sha256 })
      .with("tokens", options.tokens).with("tokens.shared_by_all", all)
  }

  /// No step: what the tokens that all models share depend on.
  func sharedTokensFingerprint(_ models: [ModelSummary], _ space: EmbeddingSpace) throws -> Fingerprint {
    try Fingerprint("shared tokens", version: 1)
      .with("vocabularies", models.map { try vocabularyStep($0, space).sha256 }).with(
        "tokens", options.tokens)
  }

  /// What one measure finds; which others are taken makes no difference.
  package func readingStep(
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
    let (compare, measures) = (options.compare, MeasureOptions(options))
    return switch field {
    case .neighbours: compare.neighbours
    case .dimensionNeighbours: compare.dimensionNeighbours
    case .dimensionTokens: compare.dimensionTokens
    case .spearman: measures.spearman
    case .linear: measures.linear
    case .seed: options.seed
    case .strata: compare.isStratified
    case .relations: relations.map { [$0.path] + $0.pairs.flatMap { [$0.first, $0.second] } } ?? wordNet
    }
  }

  /// What figures show of the matched tokens.
  package func pictureStep(_ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace) throws
    -> Fingerprint
  {
    try pairStep("picture/\(pairName(a.name, b.name, space))", version: 1, a, b, space)
  }

  /// The headline measures without the tokens that ``UntrainedEffect`` is about, or with them.
  package func untrainedStep(_ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace) throws
    -> Fingerprint
  {
    try pairStep("compare/\(pairName(a.name, b.name, space))/untrained", version: 1, a, b, space)
      .with("compare.neighbours", options.compare.neighbours).with("resampling", Resampling())
  }

  package func alignStep(_ source: ModelSummary, _ target: ModelSummary, method: String) throws -> Fingerprint
  {
    try mapStep("align/\(source.name)--\(target.name)/\(method)", method, source, target)
      .with("align.candidates", options.align.candidates).with("align.by_class", options.align.byClass)
      .with("folder", folders.alignments).with("scoring", ScoringOptions())
  }

  package func curveStep(_ source: ModelSummary, _ target: ModelSummary, method: String) throws -> Fingerprint
  {
    try mapStep("learning-curve/\(source.name)--\(target.name)/\(method)", method, source, target)
      .with("learning curve", LearningCurveOptions()).with("scoring", ScoringOptions())
  }

  package func layersStep(_ a: ModelSummary, _ b: ModelSummary, _ layers: LayerOptions) throws -> Fingerprint
  {
    let texts = try LayerTexts.bundled()
    return try pairStep("layers/\(a.name)--\(b.name)", version: 1, a, b, options.align.space)
      .with("files", [a.fileHash, b.fileHash]).with("compare.layers", layers)
      .with("texts", texts.texts).with("groups of texts", texts.groups).with("maps", LayerMapOptions())
  }

  package func transferStep(_ source: ModelSummary, _ target: ModelSummary, _ set: ContrastSet) throws
    -> Fingerprint
  {
    var steer = options.steer
    // Neither another behaviour nor the way back changes what this one gives.
    (steer.behaviours, steer.bothDirections) = ([], false)
    return try Fingerprint("transfer/\(source.name)--\(target.name)/\(set.name)", version: 2)
      .with("files", [source.fileHash, target.fileHash]).with("steer", steer).with("behaviour", set)
      .with("extraction", directionEstimator(steer.extraction).version)
      .with("map", mapStep(steer.method, steer.method, source, target).sha256)
      .with("folder", folders.alignments)
  }

  /// What all steps of two models depend on that look at their matched tokens.
  private func pairStep(
    _ name: String, version: Int, _ a: ModelSummary, _ b: ModelSummary, _ space: EmbeddingSpace
  ) throws -> Fingerprint {
    let (first, second) = inOrder(a, b)
    return try Fingerprint(name, version: version)
      .with("stores", [a.storeIdentity, b.storeIdentity]).with("space", space).with("seed", options.seed)
      .with("match", matchStep(first, second, space).sha256)
  }

  /// What all maps depend on.
  package func mapStep(
    _ name: String, _ method: String, _ source: ModelSummary, _ target: ModelSummary
  ) throws -> Fingerprint {
    try pairStep(name, version: 1, source, target, options.align.space)
      .with("method", transferMethod(method).version)
      .with("align.held_out", options.align.heldOut).with(
        "align.held_out_groups", options.align.heldOutGroups
      )
      .with("fit", Alignment.AlignmentOptions.seeded(options.seed))
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
