package import Geometry
internal import Steering
internal import Stores
package import Workflow

extension StudyRunner {
  /// Every step that follows the imports, in the order of the run.
  package func plan(_ measures: [any Measure.Type] = Measures.all) throws -> [Fingerprint] {
    let models = try study.models.map { model in
      try steps.summary(model.name, EmbeddingStore.open(steps.storePath(model.name)))
    }
    let (behaviours, relations) = (try checkedBehaviours(), try study.relations())
    var plan: [Fingerprint] = []
    for (a, b, space) in comparedPairs(models) {
      for step in try steps.matchedModels(a, b).map({ try steps.vocabularyStep($0, space) })
      where !plan.contains(step) {
        plan.append(step)
      }
      plan.append(try steps.matchStep(a, b, space))
      if space == study.align.space {
        for (source, target) in directions(a, b) {
          plan += try study.align.methods.map { try steps.alignStep(source, target, method: $0) }
          plan += try study.align.learningCurve.map { try steps.curveStep(source, target, method: $0) }
        }
        for (source, target) in directions(a, b) {
          plan += try behaviours.map { try steps.transferStep(source, target, $0) }
        }
      }
      plan.append(try steps.untrainedStep(a, b, space))
      plan += try Measures.readings(of: measures, also: study.compare.also).map {
        try steps.readingStep($0, a, b, space, relations)
      }
    }
    if let options = study.compare.layers {
      plan += try layerPairs(models).map { try steps.layersStep($0, $1, options) }
    }
    return plan
  }
}
