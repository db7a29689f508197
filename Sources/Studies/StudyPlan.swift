internal import Foundation
package import Geometry
internal import Statistics
internal import Steering
internal import Stores
internal import Vocabularies
package import Workflow

extension StudyRunner {
  /// Every step that follows the imports, in the order of the run.
  package func plan(_ measures: [any Measure.Type] = Measures.all) throws -> [Fingerprint] {
    let models = try study.models.map { model in
      try steps.summary(model.name, EmbeddingStore.open(steps.storePath(model.name)))
    }
    return try plan(measures, of: models, checkedBehaviours(), study.relations())
  }

  private func plan(
    _ measures: [any Measure.Type], of models: [ModelSummary], _ behaviours: [ContrastSet],
    _ relations: RelationFile?
  ) throws -> [Fingerprint] {
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
      plan.append(try steps.pictureStep(a, b, space))
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

  /// Every step of a run, in order, and what would become of it; nothing is written, and every input is checked as a run checks it.
  ///
  /// Models that are not imported yet are known by their checkpoints.
  /// - Throws: as `run` before its first step.
  public func planned() throws -> [PlannedStep] {
    // What is assumed of stores that are not there must not outlive the plan.
    try StudyRunner(
      study, folders: folders, catalog: library.catalog, workspace: Workspace(), progress: steps.progress,
      warn: steps.warn
    ).forecast()
  }

  private func forecast() throws -> [PlannedStep] {
    let inputs = try checkedInputs()
    let imports = try inputs.models.map(forecastImport)
    let models = imports.map(\.model)
    for model in models { try steps.assume(model) }
    return try imports.map(\.step)
      + plan(Measures.all, of: models, inputs.behaviours, inputs.relations).map { fingerprint in
        switch StepKind(of: fingerprint) {
        case .align: try forecast(fingerprint, files: \AlignmentResult.files).step
        case .transfer: try forecast(fingerprint, files: \TransferResult.files).step
        default: try forecast(fingerprint, files: { (_: AnyResult) in [] }).step
        }
      }
  }

  private func forecastImport(_ model: StudyInputs.ModelFile) throws -> (
    model: ModelSummary, step: PlannedStep
  ) {
    let path = steps.storePath(model.name)
    if let checkpoint = model.checkpoint, !FileManager.default.fileExists(atPath: path) {
      return (
        try ModelSummary(model.name, expectedFrom: checkpoint, hash: model.hash, at: path),
        PlannedStep(name: "\(StepKind.import)/\(model.name)", fate: .due(why: []), seconds: nil)
      )
    }
    let store = try EmbeddingStore.open(path)
    let found = try forecast(steps.importStep(model.name, store), files: { (_: ModelSummary) in [] })
    return (try found.result ?? steps.summary(model.name, store), found.step)
  }

  private func forecast<Result: Codable>(
    _ fingerprint: Fingerprint, files: (Result) -> [String]
  ) throws -> (result: Result?, step: PlannedStep) {
    let found = try cache.forecast(fingerprint, files: files)
    let fate: PlannedStep.Fate =
      switch found.fate {
      case .reused: .kept
      case .done(let changes): .due(why: changes)
      case .damaged(let reason): .due(why: [reason])
      }
    return (found.result, PlannedStep(name: fingerprint.step, fate: fate, seconds: found.seconds))
  }
}

/// The result of a step of any kind, of which nothing is read.
private struct AnyResult: Codable {}

/// A step that a run would take.
public struct PlannedStep: Sendable, Equatable {
  /// What would become of it.
  public enum Fate: Sendable, Equatable {
    /// The result of an earlier run would be taken.
    case kept
    /// It would be done; what has changed since it was last done, where it was.
    case due(why: [String])
  }

  /// Such as `align/A--B/ridge`.
  public let name: String
  public let fate: Fate
  /// What it took when it was last done, maybe with other options; nil where it never was.
  public let seconds: Double?

  package init(name: String, fate: Fate, seconds: Double?) {
    (self.name, self.fate, self.seconds) = (name, fate, seconds)
  }
}
