internal import Geometry
internal import Lenses
internal import Points
internal import Workflow

// The numbers about points and lenses that a study can give.

extension KnownMetrics {
  mutating func add(_ asked: AskedPoints, _ study: Study) {
    let names = study.models.map(\.name)
    let directions = names.indices.flatMap { a in
      names.indices.dropFirst(a + 1).flatMap { b -> [(String, String)] in
        let there = (names[a], names[b])
        return study.steer.bothDirections ? [there, (names[b], names[a])] : [there]
      }
    }
    let leastAlarm = 1 / Double(study.points.heldOut + 1)
    let leastAgreement =
      PointAtlas.preferredMethod(of: study.align.methods).map { 1 / Double(PointAtlas.draws($0) + 1) } ?? 0
    for model in names {
      let others =
        study.points.carriesElsewhere ? directions.filter { $0.0 == model }.map(\.1) : []
      let words = study.points.asksForWords
      for group in asked.groups(of: model) {
        let task = "\(model)/points/\(group.name)"
        add(PointGroupNumbers.keys(words: words, others: others), to: task)
        for point in group.points {
          let task = "\(task)/\(point.name)"
          add(SinglePointNumbers.keys(words: words, others: others), to: task)
          setSmallest(leastAlarm, of: "\(task)/alarm_p")
          if words { setSmallest(1 / Double(WordsOptions().others + 1), of: "\(task)/words_p") }
          for other in others { setSmallest(leastAgreement, of: "\(task)/agreement_\(other)_p") }
        }
      }
      for walk in asked.walks(of: model) {
        let task = "\(model)/paths/\(walk.name)"
        add(NamedWalk.keys, to: task)
        for step in 0..<walk.goal.count {
          add(NamedWalk.keysOfSteps, to: "\(task)/\(step)")
          setSmallest(leastAlarm, of: "\(task)/\(step)/alarm_p")
        }
      }
      if study.relationModels.contains(model) {
        for relation in asked.relations {
          let task = "\(model)/relations/\(relation.name)"
          add(ModelRelations.keys, to: task)
          setSmallest(1 / Double(study.points.relationPermutations + 1), of: "\(task)/best_p")
        }
      }
      if study.lensModels.contains(model) {
        for kind in study.lenses.kinds {
          for set in asked.sets { addLens("\(model)/lenses/\(kind.rawValue)/\(set.name)", study) }
        }
      }
    }
    for pair in study.lenses.pairs where study.pairNames.contains(pair) {
      for kind in study.lenses.kinds { addLensPair(pair, kind, asked, study) }
    }
  }

  private mutating func addLens(_ task: String, _ study: Study) {
    let options = study.lenses.evaluation(seed: study.seed)
    var keys: Set = ["median_rank"]
    for rank in options.ranks {
      let key = "pass_at_\(rank)"
      keys.formUnion([key, "\(key)_chance", "\(key)_p"] + (options.readsRandom ? ["\(key)_random"] : []))
      setSmallest(1 / Double(options.chanceDraws + 1), of: "\(task)/\(key)_p")
    }
    add(keys, to: task)
  }

  private mutating func addLensPair(
    _ pair: String, _ kind: LensKind, _ asked: AskedPoints, _ study: Study
  ) {
    let task = "\(pair)/lenses/\(kind.rawValue)"
    var keys: Set = ["matched"]
    for measure in LayerMeasure.allCases.map(\.rawValue) {
      keys.formUnion((["max", "max_p"] + LensPairResult.landmarks).map { "\(measure)_\($0)" })
      setSmallest(1 / Double(study.lenses.permutations + 1), of: "\(task)/\(measure)_max_p")
    }
    add(keys, to: task)
    let models = study.models.map(\.name).filter { name in
      study.pairNames.contains(pair) && (pair.hasPrefix("\(name)--") || pair.hasSuffix("--\(name)"))
    }
    for set in asked.sets {
      for rank in EvaluationOptions().ranks {
        add(["gap_at_\(rank)_own", "gap_at_\(rank)_shared"], to: "\(task)/\(set.name)")
        for model in models {
          add(
            ["pass_at_\(rank)_\(model)", "pass_at_\(rank)_\(model)_chance"], to: "\(task)/\(set.name)")
        }
      }
    }
  }
}

extension PointGoal {
  /// Steps of the way.
  fileprivate var count: Int {
    switch self {
    case .point(_, let steps, _): steps
    case .along(_, let doses): doses.count
    }
  }
}
