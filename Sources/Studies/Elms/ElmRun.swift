internal import Checkpoints
internal import Domains
internal import ELM
internal import Files
internal import Stores
internal import Transformers
internal import Workflow

// Embedding language models, as they are judged, and what of them is found before.

extension StudyRunner {
  /// Holds every file against the checkpoints of the study, one of which it was trained on.
  func checkModels(of asked: AskedElms, _ models: [StudyInputs.ModelFile], _ faults: inout StudyFaults) {
    for elm in asked.all where !models.contains(where: { $0.hash == elm.file.record.model.identity }) {
      let wanted = elm.file.record.model
      _ = faults.collect(elm.place) { () throws -> Void in
        throw ElmError.misfit(
          what: "the language model of \(elm.name)",
          expected: "\(wanted.name), SHA-256 \(wanted.identity), among the study's models",
          actual: models.map { "\($0.name), \($0.hash)" }.joined(separator: "; "),
          remedy: "name the model that it was trained on in models, or train it again")
      }
    }
  }

  /// Judges what is not judged yet: a language model is there once, and only where something is to do.
  func judgeElms(_ asked: AskedElms, _ results: inout StudyResults) throws {
    let own = ElmSteps(study)
    for elm in asked.all {
      guard let summary = results.models.first(where: { $0.fileHash == elm.file.record.model.identity })
      else { continue }
      let model = Once {
        try elm.file.loaded(
          on: self.loadModel(summary.name),
          StoreReference(name: summary.name, identity: summary.fileHash, source: summary.fileHash))
      }
      let judge = Once { try ElmJudge(model.value, elm.file) }
      let texts = Once { try judge.value.trainingTexts() }
      var result = ElmResult(name: elm.name, model: summary.name, file: elm.file)
      for task in elm.tasks {
        let parts = KeptParts(
          "\(StepKind.elm)/\(elm.name)/\(task.name)", in: stepsFolder, warn: steps.warn)
        result.tasks.append(
          try (0..<study.elms.draws).map { draw in
            let options = study.elms.judging(seed: study.seed, draw: draw)
            return ElmResult.Draw(
              options: options,
              task: try parts.part(own.taskStep(elm, task.name, draw: draw)) {
                try judge.value.judge(task, besides: texts.value, options: options)
              })
          })
        results.seconds["\(StepKind.elm)/\(elm.name)/\(task.name)"] = parts.finish()
      }
      let options = study.elms.judging(seed: study.seed)
      if study.elms.asksBetween, let task = elm.file.firstTask {
        result.between = try step(own.betweenStep(elm), &results.seconds) {
          try judge.value.between(task, options: options)
        }
      }
      for attribute in elm.attributes {
        result.sweeps.append(
          try step(own.sweepStep(elm, attribute), &results.seconds) {
            let concept = try ConceptDirection(
              attribute, study.elms.method, in: elm.file.domain, elm.file.record.standardisation,
              training: elm.file.split.items(of: .training))
            return try judge.value.sweep(
              concept, question: ElmQuestion(elm.file.firstTask?.name, points: 1, tasks: elm.file.tasks),
              lambdas: study.elms.lambdas, elm.file.record.standardisation, options: options)
          })
      }
      if study.elms.readsTokens {
        result.tokens = try step(own.tokensStep(elm), &results.seconds) {
          try model.value.pseudoTokenMeaning(
            of: elm.file.split.items(of: .test), in: elm.file.domain,
            training: elm.file.split.items(of: .training))
        }
      }
      results.elms.append(result)
    }
  }
}
