internal import Checkpoints
internal import Files
internal import Foundation
internal import Stores
public import Workflow

/// What a run will do, before it does anything: each step, whether it is kept, and estimates of seconds and memory.
public struct StudyOutline: Sendable {
  /// One step.
  public struct Step: Sendable, Equatable {
    /// `align/A--B/ridge`, as in results.json.
    public let name: String
    /// Whether an earlier run's result will be taken.
    public let isKept: Bool
    /// nil where nothing is known.
    public let seconds: Seconds?
    /// At the peak; nil where no formula is known.
    public let bytes: Double?
  }

  /// An estimate of what a step will take.
  public struct Seconds: Sendable, Equatable {
    /// Where an estimate is from.
    public enum Source: String, Sendable, Equatable {
      /// The step, with other options, in an earlier run.
      case earlierRun = "an earlier run"
      /// A formula of the models' sizes, and the speed of this machine.
      case formula = "a formula"
    }

    public let value: Double
    public let source: Source
    /// Whether a part of the step has no formula.
    public let isLeast: Bool
  }

  public let steps: [Step]

  /// Of all that is not kept and has an estimate.
  public var seconds: Double { steps.reduce(0) { $0 + ($1.isKept ? 0 : $1.seconds?.value ?? 0) } }
  /// Steps that are not kept and have no whole estimate.
  public var unestimated: Int { steps.count { !$0.isKept && $0.seconds?.isLeast ?? true } }
  /// At the peak of those that are not kept and have a formula.
  public var bytes: Double { steps.filter { !$0.isKept }.compactMap(\.bytes).max() ?? 0 }
}

extension StudyRunner {
  /// What a run will do. Nothing is imported, measured or written.
  ///
  /// Cost: opens all files as a run does, but hashes none; a search for neighbours in a small matrix says how fast the machine is.
  /// - Throws: as ``run()`` before its first step, but for what only a hash tells: one model under two names, a store of another
  ///   model.
  public func outline() throws -> StudyOutline {
    let inputs = try openedInputs()
    let plan = try plan(
      of: plannedModels(inputs.checkpoints), behaviours: inputs.behaviours, relations: inputs.relations)
    let speed = try StepCost.measuredSpeed()
    return StudyOutline(steps: try plan.map { try outlined($0, speed) })
  }

  /// Models as they are known before the imports: where the store is there, by it.
  func plannedModels(_ checkpoints: [Checkpoint]) throws -> [PlannedModel] {
    try zip(study.models, checkpoints).map { model, checkpoint in
      let (path, size) = (steps.storePath(model.name), try ModelSize(checkpoint))
      guard FileManager.default.fileExists(atPath: path) else {
        return PlannedModel(model.name, isTied: try checkpoint.unembedding == nil, size: size)
      }
      let store = try EmbeddingStore.open(path)
      // The cosine of two matrices is found by reading both; an earlier run has it.
      let fingerprint = try steps.importStep(model.name, store)
      return PlannedModel(
        try cache.kept(fingerprint) ?? ModelSummary((model.name, store)), store, size: size)
    }
  }

  private func outlined(_ step: PlannedStep, _ speed: Double) throws -> StudyOutline.Step {
    let parts = try step.parts.map { part in (earlier: try earlier(part, of: step.kind), cost: part.cost) }
    let isKept = parts.allSatisfy { $0.earlier?.isKept == true }
    // What kept parts took, or what the others will take.
    let counted = isKept ? parts : parts.filter { $0.earlier?.isKept != true }
    let seconds = counted.map { $0.earlier?.seconds ?? $0.cost?.seconds(at: speed) }
    let known = seconds.compactMap { $0 }
    return StudyOutline.Step(
      name: step.name, isKept: isKept,
      seconds: known.isEmpty
        ? nil
        : .init(
          value: known.reduce(0, +),
          source: counted.allSatisfy { $0.earlier != nil } ? .earlierRun : .formula,
          isLeast: known.count < seconds.count),
      bytes: counted.compactMap { $0.cost?.bytes }.max())
  }

  private func earlier(_ part: PlannedStep.Part, of kind: StepKind) throws -> StepCache.Earlier? {
    guard let fingerprint = part.fingerprint else { return nil }
    return switch kind {
    case .align: try cache.earlier(fingerprint, files: \AlignmentResult.files)
    case .transfer: try cache.earlier(fingerprint, files: \TransferResult.files)
    default: try cache.earlier(fingerprint)
    }
  }
}
