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

// The steps about points and lenses, as they are planned and run.

extension StudyRunner {
  private var pointSteps: PointSteps { PointSteps(study, steps) }

  /// Every direction that a map of the study leads in.
  private func mapDirections(_ models: [ModelSummary]) -> [(ModelSummary, ModelSummary)] {
    modelPairs.flatMap { directions(models[$0], models[$1]) }
  }

  /// Whether a map leads from one model to the other.
  private func isMapped(
    _ source: ModelSummary, _ target: ModelSummary, _ all: [(ModelSummary, ModelSummary)]
  ) -> Bool {
    all.contains { $0.0.name == source.name && $0.1.name == target.name }
  }

  private func wantedLensPairs(_ models: [ModelSummary]) -> [(ModelSummary, ModelSummary)] {
    modelPairs.map { (models[$0], models[$1]) }.filter {
      study.lenses.pairs.contains("\($0.name)--\($1.name)")
    }
  }

  /// What a fitted lens is known by; empty for one that is not fitted.
  /// - Throws: `LensError.notFitted` where there is none; `StoreError`.
  private func lensIdentity(_ kind: LensKind, of model: String) throws -> String {
    guard LensKind.fitted.contains(kind) else { return "" }
    let path = lensPath(kind, of: model)
    return try lensIdentities.value(path) {
      guard FileManager.default.fileExists(atPath: path) else {
        throw LensError.notFitted(kind: kind.rawValue, model: model, path: path)
      }
      return try LensStore.open(path).identity
    }
  }

  private func lensPath(_ kind: LensKind, of model: String) -> String {
    LensStore.path(folder: folders.models, model: model, kind: kind.rawValue)
  }

  private func pointLenses(of model: String) throws -> [String: String] {
    try study.points.lenses.filter(LensKind.fitted.contains).reduce(into: [:]) {
      $0[$1.rawValue] = try lensIdentity($1, of: model)
    }
  }

  // MARK: - Checks

  /// Holds every point against the models that it is read in, before anything is imported.
  func check(_ asked: AskedPoints, in running: [String: Model], _ faults: inout StudyFaults) {
    for model in study.models {
      guard let source = pointSource(model, running[model.name], hash: "") else { continue }
      check(asked, against: source, withFilesAlone: false, &faults)
    }
    let wanted = [
      (study.lensModels, study.lenses.sets.isEmpty ? [] : study.lenses.kinds),
      (study.models.map(\.name).filter { name in !asked.groups(of: name).isEmpty }, study.points.lenses),
      (
        study.models.map(\.name).filter { name in
          study.lenses.pairs.contains { $0.components(separatedBy: "--").contains(name) }
        }, study.lenses.kinds
      ),
    ]
    var seen: Set<String> = []
    for (models, kinds) in wanted {
      for model in models {
        for kind in kinds where LensKind.fitted.contains(kind) {
          let path = lensPath(kind, of: model)
          guard seen.insert(path).inserted, !FileManager.default.fileExists(atPath: path) else { continue }
          _ =
            faults.collect {
              throw LensError.notFitted(kind: kind.rawValue, model: model, path: path)
            } as Void?
        }
      }
    }
  }

  /// Holds files of points and lenses against the models' hashes.
  func checkFiles(
    of asked: AskedPoints, _ models: [StudyInputs.ModelFile], _ running: [String: Model],
    _ faults: inout StudyFaults
  ) {
    for model in models {
      if let source = pointSource(
        study.models.first { $0.name == model.name } ?? Study.Model(model.name), running[model.name],
        hash: model.hash)
      {
        check(asked, against: source, withFilesAlone: true, &faults)
      }
      var kinds = asked.groups(of: model.name).isEmpty ? [] : study.points.lenses
      if !study.lenses.isEmpty { kinds += study.lenses.kinds }
      for kind in Set(kinds) where LensKind.fitted.contains(kind) {
        let path = lensPath(kind, of: model.name)
        guard FileManager.default.fileExists(atPath: path) else { continue }
        _ = faults.collect {
          try LensStore.open(path).requireFit(
            model: StoreReference(name: model.name, identity: model.hash, source: model.hash))
        }
      }
    }
  }

  private func pointSource(
    _ model: Study.Model, _ running: Model?, hash: String
  ) -> (any PointSource)? {
    if let running { return PointDraft(model.name, running, hash: hash) }
    guard let store = try? EmbeddingStore.open(steps.storePath(model.name)) else { return nil }
    return try? PointModel(
      model.name, store, runnable: .failure(PointGap("\(model.name) is a store without its checkpoint")))
  }

  private func check(
    _ asked: AskedPoints, against source: any PointSource, withFilesAlone: Bool, _ faults: inout StudyFaults
  ) {
    let walks = asked.walks(of: source.name)
    let points =
      asked.groups(of: source.name).flatMap(\.points) + walks.flatMap { [$0.start, $0.towards] }
    for point in points where !withFilesAlone || !point.files.isEmpty {
      _ = faults.collect {
        do throws(PointError) { try source.check(point.text) } catch {
          throw point.place.error("a point of \(source.name)", "\(error)")
        }
      }
    }
    guard !withFilesAlone else { return }
    for walk in walks {
      _ = faults.collect {
        do throws(PointError) { try source.checkWay(from: walk.start.text, to: walk.locatedGoal) } catch {
          throw walk.start.place.error("a way of \(source.name)", "\(error)")
        }
      }
    }
  }

  // MARK: - The plan

  func pointPlan(
    _ asked: AskedPoints, _ models: [ModelSummary], size: (ModelSummary) -> ModelSize
  ) throws -> [(step: Fingerprint, cost: StepCost?)] {
    let own = pointSteps
    let directions = mapDirections(models)
    var plan: [(step: Fingerprint, cost: StepCost?)] = []
    for model in models {
      let groups = asked.groups(of: model.name)
      let lenses = groups.isEmpty ? [:] : try pointLenses(of: model.name)
      var isFirst = true
      for group in groups {
        for point in group.points {
          plan.append(
            (
              try own.pointStep(model, group, point, lenses: lenses),
              study.points.cost(size(model), isFirst: isFirst)
            ))
          isFirst = false
        }
      }
      if let carriers = own.carriers(from: model, among: directions) {
        for target in carriers.targets {
          let maps = try own.maps(
            model, target, carriers.method, isReturned: isMapped(target, model, directions))
          for group in groups {
            plan += try group.points.map {
              (
                try own.carriedStep(model, target, group, $0, maps: maps),
                study.points.carriedCost(size(model), size(target))
              )
            }
          }
        }
      }
      plan += try asked.walks(of: model.name).map { walk in
        (try own.pathStep(model, walk), study.points.cost(size(model), isFirst: isFirst))
      }
      guard study.relationModels.contains(model.name) else { continue }
      plan += try asked.relations.map { (try own.relationStep(model, $0), nil) }
    }
    for model in models where study.lensModels.contains(model.name) {
      for kind in study.lenses.kinds {
        plan += try asked.sets.map { set in
          (
            try own.lensStep(model, kind, set, lens: lensIdentity(kind, of: model.name)),
            study.lenses.cost(size(model), kind, set)
          )
        }
      }
    }
    for pair in wantedLensPairs(models) {
      for kind in study.lenses.kinds {
        let lenses = [
          try lensIdentity(kind, of: pair.0.name), try lensIdentity(kind, of: pair.1.name),
        ]
        plan.append((try own.lensPairStep(pair, kind, lenses: lenses), nil))
        for set in asked.sets {
          for (model, lens) in zip([pair.0, pair.1], lenses) {
            plan.append(
              (
                try own.lensSharedStep(model, pair, kind, set, lens: lens),
                study.lenses.cost(size(model), kind, set)
              ))
          }
        }
      }
    }
    return plan
  }

  // MARK: - The run

  /// Points, ways and relations, model by model: what points are held against is there once.
  func readPoints(_ asked: AskedPoints, _ results: inout StudyResults) throws {
    guard !study.points.isEmpty else { return }
    let own = pointSteps
    let models = results.models
    let directions = mapDirections(models)
    let maps = results.pairs.flatMap(\.alignments)
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
      for kind in study.lenses.kinds {
        let lens = Once { try self.lens(kind, of: model) }
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

  private func lens(_ kind: LensKind, of model: ModelSummary) throws -> any Lens {
    let loaded = try loadModel(model.name)
    switch kind {
    case .logit: return LogitLens(loaded)
    case .patchscope: return try Patchscope(loaded)
    case .tuned, .jacobian:
      return try FittedLens(
        LensStore.open(lensPath(kind, of: model.name)), for: loaded,
        StoreReference(name: model.name, identity: model.fileHash, source: model.fileHash))
    }
  }

  private func compareLenses(
    _ pair: (ModelSummary, ModelSummary), _ kind: LensKind, _ asked: AskedPoints, _ own: PointSteps,
    _ options: EvaluationOptions, _ results: inout StudyResults
  ) throws -> LensPairResult {
    let (a, b) = pair
    let (lensA, lensB) = (Once { try self.lens(kind, of: a) }, Once { try self.lens(kind, of: b) })
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

extension PointsOptions {
  /// One point; the first of a model waits for what all are held against.
  fileprivate func cost(_ model: ModelSize, isFirst: Bool) -> StepCost {
    let matrix = Double(model.rows) * Double(model.width)
    let passes = Double(2 * lenses.count) * Double(model.parameters)
    let words = asksForWords ? 200 * Double(model.parameters) : 0
    return StepCost(
      40 * matrix + passes + words + (isFirst ? Double(heldOut + 1000) * 2 * matrix : 0),
      bytes: 12 * matrix + Double(model.bytes))
  }

  /// One point through one map and the maps of shuffled tokens.
  fileprivate func carriedCost(_ a: ModelSize, _ b: ModelSize) -> StepCost {
    let pair = PairSizes(a, b)
    let matched = Double(min(pair.tokens, 30_000)) * Double(b.width)
    return StepCost(
      2 * Double(PointAtlas.shuffles) * matched, bytes: 8 * Double(a.rows * a.width + b.rows * b.width))
  }
}

extension LensesOptions {
  /// All positions of all prompts at all layers; of a Patchscope the blocks above each of them, too.
  fileprivate func cost(_ model: ModelSize, _ kind: LensKind, _ set: LensSet) -> StepCost? {
    guard model.blocks > 0 else { return nil }
    let positions = positions == .all ? 20.0 : 1.0
    let states = Double(set.items.count) * positions * Double(model.blocks + 1) * (readsRandom ? 2 : 1)
    let unembedding = Double(model.rows) * Double(model.width)
    let through = kind == .patchscope ? Double(model.parameters) / 2 : Double(model.width * model.width)
    return StepCost(states * (unembedding + through), bytes: Double(model.bytes) + 5e8)
  }
}
