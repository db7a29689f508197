internal import Alignment
package import Geometry
package import Steering
package import Stores
package import Workflow

/// A model as far as it is known before a run.
package struct PlannedModel: Sendable {
  package let name: String
  package let size: ModelSize
  /// Whether the unembedding is the embedding; of a model that is not imported yet, whether they are tied.
  package let hasOneEmbedding: Bool
  let isTied: Bool
  /// nil where it is not imported yet.
  let imported: (summary: ModelSummary, store: EmbeddingStore)?

  init(_ summary: ModelSummary, _ store: EmbeddingStore, size: ModelSize? = nil) {
    (name, hasOneEmbedding, isTied) = (summary.name, summary.hasOneEmbedding, summary.isTied)
    self.size = size ?? ModelSize(store)
    imported = (summary, store)
  }

  init(_ name: String, isTied: Bool, size: ModelSize) {
    (self.name, self.isTied, hasOneEmbedding, self.size) = (name, isTied, isTied, size)
    imported = nil
  }
}

/// What tells which spaces of two models are compared.
protocol StudiedModel {
  var name: String { get }
  var hasOneEmbedding: Bool { get }
}

extension ModelSummary: StudiedModel {}
extension PlannedModel: StudiedModel {}

/// A step of a study before it is done.
package struct PlannedStep: Sendable {
  /// `align/A--B/ridge`; a comparison, `compare/A--B`, is one step of many parts.
  package let name: String
  package let kind: StepKind
  package let parts: [Part]

  /// What is kept by itself.
  package struct Part: Sendable {
    /// What it depends on; nil where that is known only once a model is imported.
    package let fingerprint: Fingerprint?
    /// By formula; nil where none is known.
    package let cost: StepCost?
  }

  init(_ name: String, _ kind: StepKind, _ parts: [Part]) {
    (self.name, self.kind, self.parts) = (name, kind, parts)
  }

  /// A step of one part.
  init(_ name: String, _ kind: StepKind, _ fingerprint: Fingerprint?, cost: StepCost?) {
    self.init(name, kind, [Part(fingerprint: fingerprint, cost: cost)])
  }
}

extension StudyRunner {
  /// What every step depends on that follows the imports, in the order of the run.
  package func plan(_ measures: [any Measure.Type] = Measures.all) throws -> [Fingerprint] {
    let models = try study.models.map { model in
      let store = try EmbeddingStore.open(steps.storePath(model.name))
      return PlannedModel(try steps.summary(model.name, store), store)
    }
    return try plan(of: models, measures, behaviours: checkedBehaviours(), relations: study.relations())
      .filter { $0.kind != .import }.flatMap { $0.parts.compactMap(\.fingerprint) }
  }

  /// Every step, in the order of the run.
  package func plan(
    of models: [PlannedModel], _ measures: [any Measure.Type] = Measures.all, behaviours: [ContrastSet],
    relations: RelationFile?
  ) throws -> [PlannedStep] {
    var plan = try models.map { model in
      PlannedStep(
        "import/\(model.name)", .import,
        try model.imported.map { try steps.importStep(model.name, $0.store) },
        cost: model.imported == nil ? study.options.importCost(model.size) : StepCost())
    }
    for (a, b, space) in comparedPairs(models) {
      plan += try matchSteps(a, b, space, among: models).filter { step in
        !plan.contains { $0.name == step.name }
      }
      if space == study.align.space {
        for (source, target) in directions(a, b) { plan += try mapSteps(source, target, among: models) }
        for (source, target) in directions(a, b) {
          plan += try transferSteps(source, target, behaviours, among: models)
        }
      }
      plan.append(try compareStep(a, b, space, measures, relations, among: models))
    }
    if let options = study.compare.layers {
      plan += try layerPairs(models).map { a, b in
        PlannedStep(
          "layers/\(a.name)--\(b.name)", .layers,
          try fingerprint(a, b, among: models) { try steps.layersStep($0, $1, options) },
          cost: study.options.layersCost(options, PairSizes(a.size, b.size)))
      }
    }
    return plan
  }

  /// What a step of two models depends on; nil where a store is missing that it will look at.
  private func fingerprint(
    _ a: PlannedModel, _ b: PlannedModel, among models: [PlannedModel],
    _ make: (ModelSummary, ModelSummary) throws -> Fingerprint
  ) throws -> Fingerprint? {
    guard let first = a.imported?.summary, let second = b.imported?.summary,
      !study.tokens.sharedByAll || models.allSatisfy({ $0.imported != nil })
    else { return nil }
    return try make(first, second)
  }

  private func matchSteps(
    _ a: PlannedModel, _ b: PlannedModel, _ space: EmbeddingSpace, among models: [PlannedModel]
  ) throws -> [PlannedStep] {
    let vocabularies = try (study.tokens.sharedByAll ? models : [a, b]).map { model in
      PlannedStep(
        "vocabulary/\(matrixName(model.name, model.isTied ? .input : space))", .vocabulary,
        try model.imported.map { try steps.vocabularyStep($0.summary, space) },
        cost: study.options.vocabularyCost(model.size))
    }
    let match = PlannedStep(
      "match/\(pairName(a.name, b.name, space))", .match,
      try fingerprint(a, b, among: models) { try steps.matchStep($0, $1, space) },
      cost: study.options.matchCost(PairSizes(a.size, b.size)))
    return vocabularies + [match]
  }

  private func mapSteps(
    _ source: PlannedModel, _ target: PlannedModel, among models: [PlannedModel]
  ) throws -> [PlannedStep] {
    let pair = "\(source.name)--\(target.name)"
    let maps = try study.align.methods.map { method in
      PlannedStep(
        "align/\(pair)/\(method)", .align,
        try fingerprint(source, target, among: models) { try steps.alignStep($0, $1, method: method) },
        cost: study.options.alignCost(method, PairSizes(source.size, target.size)))
    }
    let curves = try study.align.learningCurve.map { method in
      PlannedStep(
        "learning-curve/\(pair)/\(method)", .learningCurve,
        try fingerprint(source, target, among: models) { try steps.curveStep($0, $1, method: method) },
        cost: nil)
    }
    return maps + curves
  }

  private func transferSteps(
    _ source: PlannedModel, _ target: PlannedModel, _ behaviours: [ContrastSet], among models: [PlannedModel]
  ) throws -> [PlannedStep] {
    try behaviours.map { set in
      PlannedStep(
        "transfer/\(source.name)--\(target.name)/\(set.name)", .transfer,
        try fingerprint(source, target, among: models) { try steps.transferStep($0, $1, set) },
        cost: study.options.transferCost(PairSizes(source.size, target.size)))
    }
  }

  private func compareStep(
    _ a: PlannedModel, _ b: PlannedModel, _ space: EmbeddingSpace, _ measures: [any Measure.Type],
    _ relations: RelationFile?, among models: [PlannedModel]
  ) throws -> PlannedStep {
    let readings = Measures.readings(of: measures, also: study.compare.also)
    let untrained = PlannedStep.Part(
      fingerprint: try fingerprint(a, b, among: models) { try steps.untrainedStep($0, $1, space) },
      cost: StepCost())
    return PlannedStep(
      "compare/\(pairName(a.name, b.name, space))", .compare,
      [untrained]
        + (try readings.map { reading in
          PlannedStep.Part(
            fingerprint: try fingerprint(a, b, among: models) {
              try steps.readingStep(reading, $0, $1, space, relations)
            },
            cost: study.options.cost(of: reading, PairSizes(a.size, b.size)))
        }))
  }
}
