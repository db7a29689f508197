internal import Lenses
internal import Points
internal import Workflow

// The steps about points and lenses that a run will take, and what they cost.

extension StudyRunner {
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
                study.lenses.sharedCost(size(model), set)
              ))
          }
        }
      }
    }
    return plan
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
    let states = states(model, set)
    let unembedding = Double(model.rows) * Double(model.width)
    let through = kind == .patchscope ? Double(model.parameters) / 2 : Double(model.width * model.width)
    return StepCost(states * (unembedding + through), bytes: Double(model.bytes) + 5e8)
  }

  /// Of logits that the model's own step has read.
  fileprivate func sharedCost(_ model: ModelSize, _ set: LensSet) -> StepCost? {
    guard model.blocks > 0 else { return nil }
    return StepCost(states(model, set) * Double(model.rows), bytes: Double(model.bytes) + 5e8)
  }

  private func states(_ model: ModelSize, _ set: LensSet) -> Double {
    let positions = positions == .all ? 20.0 : 1.0
    return Double(set.items.count) * positions * Double(model.blocks + 1) * (readsRandom ? 2 : 1)
  }
}
