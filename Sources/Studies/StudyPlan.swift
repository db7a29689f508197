internal import Checkpoints
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
    return try plan(
      measures, of: models, checkedBehaviours(), study.relations(), study.askedPoints(),
      study.askedElms(in: folders.models), sizes: [:]
    ).map(\.step)
  }

  /// - Parameter sizes: of the models, by name; others are as large as their embeddings.
  private func plan(
    _ measures: [any Measure.Type], of models: [ModelSummary], _ behaviours: [ContrastSet],
    _ relations: RelationFile?, _ points: AskedPoints, _ elms: AskedElms, sizes: [String: ModelSize]
  ) throws -> [(step: Fingerprint, cost: StepCost?)] {
    func size(_ model: ModelSummary) -> ModelSize {
      sizes[model.name] ?? ModelSize(rows: model.vocabularySize, width: model.width)
    }
    var plan: [(step: Fingerprint, cost: StepCost?)] = []
    let options = study.options
    for (a, b, space) in comparedPairs(models) {
      for model in try steps.matchedModels(a, b) {
        let step = try steps.vocabularyStep(model, space)
        guard !plan.contains(where: { $0.step == step }) else { continue }
        plan.append((step, options.vocabularyCost(size(model))))
      }
      let pair = PairSizes(size(a), size(b))
      plan.append((try steps.matchStep(a, b, space), options.matchCost(pair)))
      if space == study.align.space {
        for (source, target) in directions(a, b) {
          let pair = PairSizes(size(source), size(target))
          plan += try study.align.methods.map {
            (try steps.alignStep(source, target, method: $0), options.alignCost($0, pair))
          }
          plan += try study.align.learningCurve.map {
            (try steps.curveStep(source, target, method: $0), nil)
          }
        }
        for (source, target) in directions(a, b) {
          let cost = options.transferCost(PairSizes(size(source), size(target)))
          plan += try behaviours.map { (try steps.transferStep(source, target, $0), cost) }
        }
      }
      guard !options.compare.spaces.isEmpty else { continue }
      plan.append((try steps.pictureStep(a, b, space), StepCost()))
      plan.append((try steps.untrainedStep(a, b, space), StepCost()))
      plan += try Measures.readings(of: measures, also: study.compare.also).map {
        (try steps.readingStep($0, a, b, space, relations), options.cost(of: $0, pair))
      }
    }
    if let layers = study.compare.layers {
      plan += try layerPairs(models).map { a, b in
        (try steps.layersStep(a, b, layers), options.layersCost(layers, PairSizes(size(a), size(b))))
      }
    }
    return plan + (try pointPlan(points, models, size: size)) + (try elmPlan(elms, models, size: size))
  }

  /// The names of the steps that a run tells of, in order: the measures of a pair are one.
  func toldSteps(_ inputs: StudyInputs) throws -> [String] {
    let other = forecaster
    let models = try inputs.models.map { try other.forecastImport($0).model }
    for model in models { try other.steps.assume(model) }
    let plan = try other.plan(
      Measures.all, of: models, inputs.behaviours, inputs.relations, inputs.points, inputs.elms, sizes: [:])
    return (inputs.models.map { "\(StepKind.import)/\($0.name)" } + plan.map(\.step.step.told))
      .reduce(into: []) { names, name in
        if names.last != name { names.append(name) }
      }
  }

  /// What is assumed of stores that are not there must not outlive the plan.
  private var forecaster: StudyRunner {
    StudyRunner(study, folders: folders, catalog: library.catalog, workspace: Workspace(), warn: steps.warn)
  }

  /// Every step of a run, in order, and what would become of it; nothing is written, and every input is checked as a run checks it.
  ///
  /// Models that are not imported yet are known by their checkpoints. A search for neighbours in a small matrix says how fast
  /// the machine is.
  /// - Throws: as `run` before its first step.
  public func planned() throws -> [PlannedStep] {
    try forecaster.forecast()
  }

  private func forecast() throws -> [PlannedStep] {
    let inputs = try checkedInputs()
    let imports = try inputs.models.map(forecastImport)
    let models = imports.map(\.model)
    for model in models { try steps.assume(model) }
    var sizes: [String: ModelSize] = [:]
    for model in inputs.models { sizes[model.name] = try model.checkpoint.map { try ModelSize($0) } }
    let speed = try StepCost.measuredSpeed()
    let plan = try plan(
      Measures.all, of: models, inputs.behaviours, inputs.relations, inputs.points, inputs.elms, sizes: sizes)
    let imported = imports.map { model, step in
      let cost = sizes[model.name].map(study.options.importCost)
      return step.estimated(by: step.fate == .kept || !model.storeIdentity.isEmpty ? StepCost() : cost, speed)
    }
    return try imported
      + plan.map { fingerprint, cost in
        let step =
          switch StepKind(of: fingerprint) {
          case .align: try forecast(fingerprint, files: \AlignmentResult.files).step
          case .transfer: try forecast(fingerprint, files: \TransferResult.files).step
          default: try forecast(fingerprint, files: { (_: AnyResult) in [] }).step
          }
        return step.estimated(by: cost, speed)
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
  /// What it will take, by a formula of the models' sizes and the speed of this machine; nil where no formula is known.
  public var estimate: Double?
  /// Bytes of memory at its peak, by formula.
  public var bytes: Double?

  package init(
    name: String, fate: Fate, seconds: Double?, estimate: Double? = nil, bytes: Double? = nil
  ) {
    (self.name, self.fate, self.seconds) = (name, fate, seconds)
    (self.estimate, self.bytes) = (estimate, bytes)
  }

  /// - Parameter speed: multiplications a second.
  fileprivate func estimated(by cost: StepCost?, _ speed: Double) -> PlannedStep {
    var step = self
    (step.estimate, step.bytes) = (cost?.seconds(at: speed), cost?.bytes)
    return step
  }

  /// What a run tells of: the step, or the comparison or group of points that it is a part of.
  package var told: String { name.told }
}

extension String {
  /// A step's name, or that of the comparison or group of points that it is a part of.
  fileprivate var told: String {
    let words = split(separator: "/")
    switch words.first {
    case "compare": return words.prefix(2).joined(separator: "/")
    case "points", "carried", "elm": return words.prefix(3).joined(separator: "/")
    default: return self
    }
  }
}
