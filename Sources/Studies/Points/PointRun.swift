internal import Checkpoints
internal import Files
internal import Foundation
internal import Lenses
internal import Points
internal import Steering
internal import Stores
internal import Tokenizers
internal import Transformers
internal import Vocabularies
internal import Workflow

// The steps about points and lenses, as they are run, and what the plan and the run ask alike.

extension StudyRunner {
  var pointSteps: PointSteps { PointSteps(study, steps) }

  /// Every direction that a map of the study leads in.
  func mapDirections(_ models: [ModelSummary]) -> [(ModelSummary, ModelSummary)] {
    modelPairs.flatMap { directions(models[$0], models[$1]) }
  }

  /// Whether a map leads from one model to the other.
  func isMapped(
    _ source: ModelSummary, _ target: ModelSummary, _ all: [(ModelSummary, ModelSummary)]
  ) -> Bool {
    all.contains { $0.0.name == source.name && $0.1.name == target.name }
  }

  func wantedLensPairs(_ models: [ModelSummary]) -> [(ModelSummary, ModelSummary)] {
    modelPairs.map { (models[$0], models[$1]) }.filter {
      study.lenses.pairs.contains("\($0.name)--\($1.name)")
    }
  }

  /// What a fitted lens is known by; empty for one that is not fitted.
  /// - Throws: `LensError.notFitted` where there is none; `StoreError`.
  func lensIdentity(_ kind: LensKind, of model: String) throws -> String {
    guard LensKind.fitted.contains(kind) else { return "" }
    let path = lensPath(kind, of: model)
    return try lensIdentities.value(path) {
      guard FileManager.default.fileExists(atPath: path) else {
        throw LensError.notFitted(kind: kind.rawValue, model: model, path: path)
      }
      return try LensStore.open(path).identity
    }
  }

  func lensPath(_ kind: LensKind, of model: String) -> String {
    LensStore.path(folder: folders.models, model: model, kind: kind.rawValue)
  }

  func pointLenses(of model: String) throws -> [String: String] {
    try study.points.lenses.filter(LensKind.fitted.contains).reduce(into: [:]) {
      $0[$1.rawValue] = try lensIdentity($1, of: model)
    }
  }

  // MARK: - The run

  /// Points, ways and relations, model by model: what points are held against is there once.
  func readPoints(_ asked: AskedPoints, _ results: inout StudyResults) throws {
    guard !study.points.isEmpty else { return }
    let own = pointSteps
    let models = results.models
    let directions = mapDirections(models)
    let maps = results.alignments
    for model in models {
      let carriers = own.carriers(from: model, among: directions)
      let paths = maps.filter { $0.method == carriers?.method }.compactMap(\.path)
      let reader = Once { try pointReader(model, among: models, maps: paths, own.reading) }
      let groups = asked.groups(of: model.name)
      let lenses = groups.isEmpty ? [:] : try pointLenses(of: model.name)
      var read: [[PointMeaning]] = []
      for group in groups {
        let parts = KeptParts(
          "\(StepKind.points)/\(model.name)/\(group.name)", in: stepsFolder, warn: steps.warn)
        read.append(
          try group.points.enumerated().map { index, point in
            try parts.part(own.pointStep(model, group, point, lenses: lenses)) {
              try JobProgress.current.part(index, of: group.points.count, point.name) {
                try reader.value.readHere(point.text)
              }
            }
          })
        results.seconds["\(StepKind.points)/\(model.name)/\(group.name)"] = parts.finish()
      }
      var carried: [[[PointElsewhere]]] = groups.map { $0.points.map { _ in [] } }
      for target in carriers?.targets ?? [] {
        let maps = try own.maps(
          model, target, carriers?.method ?? "", isReturned: isMapped(target, model, directions))
        for (place, group) in groups.enumerated() {
          let name = "\(StepKind.carried)/\(model.name)--\(target.name)/\(group.name)"
          let parts = KeptParts(name, in: stepsFolder, warn: steps.warn)
          for (index, point) in group.points.enumerated() {
            carried[place][index].append(
              try parts.part(own.carriedStep(model, target, group, point, maps: maps)) {
                try JobProgress.current.part(index, of: group.points.count, point.name) {
                  try reader.value.carried(point.text, to: target.name)
                }
              })
          }
          results.seconds[name] = parts.finish()
        }
      }
      for (place, group) in groups.enumerated() {
        results.points.append(
          PointGroupResult(
            model: model.name, group: group.name,
            points: group.points.enumerated().map { index, point in
              .init(name: point.name, meaning: read[place][index].with(elsewhere: carried[place][index]))
            }, others: carriers?.targets.map(\.name) ?? []))
      }
      for walk in asked.walks(of: model.name) {
        let found = try step(own.pathStep(model, walk), &results.seconds) {
          try reader.value.walk(from: walk.start.text, to: walk.locatedGoal)
        }
        results.walks.append(NamedWalk(name: walk.name, walk: found))
      }
      try scoreRelations(asked, model, own, &results)
    }
  }

  private func pointReader(
    _ model: ModelSummary, among models: [ModelSummary], maps: [String], _ options: PointReadingOptions
  ) throws -> PointReader {
    let stores = try models.map { (name: $0.name, store: try EmbeddingStore.open($0.storePath)) }
    guard let own = stores.first(where: { $0.name == model.name }) else {
      throw PointGap("\(model.name) is no model of the study")
    }
    let runnable = Result<NamedModel, any Error> {
      NamedModel(
        try loadModel(model.name),
        ModelIdentity(name: model.name, hash: model.fileHash, tokenizerHash: model.tokenizerHash))
    }.mapError { PointGap("\($0)") }
    return PointReader(
      try PointModel(model.name, own.store, runnable: runnable),
      others: PointAtlas(stores: stores, maps: maps), lensesIn: folders.models, options: options)
  }

  private func scoreRelations(
    _ asked: AskedPoints, _ model: ModelSummary, _ own: PointSteps, _ results: inout StudyResults
  ) throws {
    guard !asked.relations.isEmpty, study.relationModels.contains(model.name) else { return }
    // One pass over the heads for all that are not kept.
    let all = Once { () throws -> [RelationScores] in
      let loaded = try loadModel(model.name)
      return relationScores(
        of: try asked.relations.map { try TokenRelation(path: $0.path, tokenizer: loaded.tokenizer) },
        in: loaded, options: own.relations)
    }
    let scores = try asked.relations.enumerated().map { index, relation in
      ModelRelations.Score(
        name: relation.name,
        scores: try step(own.relationStep(model, relation), &results.seconds) { try all.value[index] })
    }
    results.relations.append(ModelRelations(model: model.name, scores: scores))
  }

  /// Lenses on sets, then pairs of them.
  func judgeLenses(_ asked: AskedPoints, _ results: inout StudyResults) throws {
    let own = pointSteps
    let options = study.lenses.evaluation(seed: study.seed)
    for model in results.models where study.lensModels.contains(model.name) && !asked.sets.isEmpty {
      let loaded = Once { try loadModel(model.name) }
      for kind in study.lenses.kinds {
        let lens = Once { try self.lens(kind, of: model, loaded.value) }
        for set in asked.sets {
          let step = try own.lensStep(model, kind, set, lens: lensIdentity(kind, of: model.name))
          let found = try self.step(step, &results.seconds) {
            try LensEvaluation(lens.value, on: set, options: options)
          }
          results.lenses.append(ModelLensEvaluation(model: model.name, evaluation: found))
        }
      }
    }
    for pair in wantedLensPairs(results.models) {
      for kind in study.lenses.kinds {
        results.lensPairs.append(try compareLenses(pair, kind, asked, own, options, &results))
      }
    }
  }

  private func lens(_ kind: LensKind, of model: ModelSummary, _ loaded: Model) throws -> any Lens {
    try kind.lens(of: loaded) {
      try FittedLens(
        LensStore.open(lensPath(kind, of: model.name)), for: loaded,
        StoreReference(name: model.name, identity: model.fileHash, source: model.fileHash))
    }
  }

  private func compareLenses(
    _ pair: (ModelSummary, ModelSummary), _ kind: LensKind, _ asked: AskedPoints, _ own: PointSteps,
    _ options: EvaluationOptions, _ results: inout StudyResults
  ) throws -> LensPairResult {
    let (a, b) = pair
    let (lensA, lensB) = (
      Once { try self.lens(kind, of: a, loadModel(a.name)) },
      Once { try self.lens(kind, of: b, loadModel(b.name)) }
    )
    let identities = (try lensIdentity(kind, of: a.name), try lensIdentity(kind, of: b.name))
    let comparison = try step(
      own.lensPairStep(pair, kind, lenses: [identities.0, identities.1]), &results.seconds
    ) {
      try LensComparison(
        (a.name, lensA.value), (b.name, lensB.value), options: study.lenses.comparison(seed: study.seed))
    }
    let match = Once {
      TokenMatch(
        try lensA.value.model.tokenizer.vocabulary, try lensB.value.model.tokenizer.vocabulary)
    }
    func alone(_ model: ModelSummary, _ set: LensSet) -> LensEvaluation? {
      results.lenses.first {
        $0.model == model.name && $0.evaluation.lens == kind.rawValue && $0.evaluation.set == set.name
      }?.evaluation
    }
    var sets: [LensPairResult.SetResult] = []
    for set in asked.sets {
      let sharedA = try step(
        own.lensSharedStep(a, pair, kind, set, lens: identities.0), &results.seconds
      ) { try LensEvaluation(lensA.value, on: set, among: match.value.rowsA, options: options) }
      let sharedB = try step(
        own.lensSharedStep(b, pair, kind, set, lens: identities.1), &results.seconds
      ) { try LensEvaluation(lensB.value, on: set, among: match.value.rowsB, options: options) }
      guard let ownA = alone(a, set), let ownB = alone(b, set) else { continue }
      sets.append(.init(own: (ownA, ownB), shared: (sharedA, sharedB)))
    }
    return LensPairResult(a: a.name, b: b.name, comparison: comparison, sets: sets)
  }
}
