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
    let models = Memo<Model>()
    let loaded = { (model: ModelSummary) throws -> Model in
      try models.value(model.name) { try loadModel(model.name) }
    }
    let pairs = wantedLensPairs(results.models)
    let evaluations = try evaluateLenses(asked, pairs, loaded, &results)
    for pair in pairs {
      for kind in study.lenses.kinds {
        results.lensPairs.append(try compareLenses(pair, kind, asked, loaded, evaluations, &results))
      }
    }
  }

  /// What lenses read of sets among all tokens, and for each pair among those that both know, by the names of the steps.
  private func evaluateLenses(
    _ asked: AskedPoints, _ pairs: [(ModelSummary, ModelSummary)],
    _ loaded: @escaping (ModelSummary) throws -> Model, _ results: inout StudyResults
  ) throws -> [String: LensEvaluation] {
    let own = pointSteps
    let options = study.lenses.evaluation(seed: study.seed)
    let matches = Memo<TokenMatch>()
    var evaluations: [String: LensEvaluation] = [:]
    for model in results.models where study.lensModels.contains(model.name) && !asked.sets.isEmpty {
      let pairs = pairs.filter { $0.0.name == model.name || $0.1.name == model.name }
      let shared = Once {
        try pairs.map { pair -> [Int]? in
          let match = try matches.value("\(pair.0.name)--\(pair.1.name)") {
            try TokenMatch(loaded(pair.0).tokenizer.vocabulary, loaded(pair.1).tokenizer.vocabulary)
          }
          return model.name == pair.0.name ? match.rowsA : match.rowsB
        }
      }
      for kind in study.lenses.kinds {
        let lens = Once { try self.lens(kind, of: model, loaded(model)) }
        let identity = try lensIdentity(kind, of: model.name)
        for set in asked.sets {
          // One reading serves all pairs.
          let read = Once {
            try LensEvaluation.evaluations(lens.value, on: set, among: [nil] + shared.value, options: options)
          }
          let steps =
            try [own.lensStep(model, kind, set, lens: identity)]
            + pairs.map { try own.lensSharedStep(model, $0, kind, set, lens: identity) }
          let found = try steps.enumerated().map { index, step in
            try self.step(step, &results.seconds) { try read.value[index] }
          }
          evaluations.merge(zip(steps.map(\.step), found)) { first, _ in first }
          results.lenses.append(ModelLensEvaluation(model: model.name, evaluation: found[0]))
        }
      }
    }
    return evaluations
  }

  private func compareLenses(
    _ pair: (ModelSummary, ModelSummary), _ kind: LensKind, _ asked: AskedPoints,
    _ loaded: (ModelSummary) throws -> Model, _ evaluations: [String: LensEvaluation],
    _ results: inout StudyResults
  ) throws -> LensPairResult {
    let own = pointSteps
    let (a, b) = pair
    let identities = [try lensIdentity(kind, of: a.name), try lensIdentity(kind, of: b.name)]
    let comparison = try step(own.lensPairStep(pair, kind, lenses: identities), &results.seconds) {
      try LensComparison(
        (a.name, lens(kind, of: a, loaded(a))), (b.name, lens(kind, of: b, loaded(b))),
        options: study.lenses.comparison(seed: study.seed))
    }
    let sets = try asked.sets.compactMap { set -> LensPairResult.SetResult? in
      let models = zip([a, b], identities)
      let alone = try models.compactMap { evaluations[try own.lensStep($0, kind, set, lens: $1).step] }
      let shared = try models.compactMap {
        evaluations[try own.lensSharedStep($0, pair, kind, set, lens: $1).step]
      }
      guard alone.count == 2, shared.count == 2 else { return nil }
      return .init(own: (alone[0], alone[1]), shared: (shared[0], shared[1]))
    }
    return LensPairResult(a: a.name, b: b.name, comparison: comparison, sets: sets)
  }

  private func lens(_ kind: LensKind, of model: ModelSummary, _ loaded: Model) throws -> any Lens {
    try kind.lens(of: loaded) {
      try FittedLens(
        LensStore.open(lensPath(kind, of: model.name)), for: loaded,
        StoreReference(name: model.name, identity: model.fileHash, source: model.fileHash))
    }
  }
}
