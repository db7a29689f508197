internal import Alignment
internal import Checkpoints
internal import Files
internal import Foundation
public import Steering
internal import Stores
package import Transformers

extension Steps {
  /// Carries every behaviour's vector along an alignment and validates it in the target.
  ///
  /// - Parameter load: finds a model by its name and loads it.
  package func transfers(
    of sets: [ContrastSet], along alignment: AlignmentResult, among models: [ModelSummary],
    loading load: @escaping (String) throws -> Model, keep: Keep<TransferResult>
  ) throws -> [TransferResult] {
    guard let source = models.first(where: { $0.name == alignment.source }),
      let target = models.first(where: { $0.name == alignment.target })
    else { return [] }
    // Models and control maps are shared by the behaviours, and not loaded when all are done.
    let bench = Once {
      try TransferBench(steps: self, alignment: alignment, source: source, target: target, load)
    }
    let transfers = try sets.map { set in
      let fingerprint = try transferStep(source, target, set)
      return try keep(fingerprint) { try bench.value.transfer(set) }
    }
    return zip(transfers, options.steer.verdict.judge(transfers.map(\.validation))).map {
      transfer, judgement in
      var judged = transfer
      judged.judgement = judgement
      return judged
    }
  }
}

extension SteerOptions {
  /// The rule that turns a family of validations into verdicts.
  var verdict: VerdictOptions {
    var options = VerdictOptions()
    options.margin = margin
    return options
  }

  /// How one vector is carried and tested.
  ///
  /// - Throws: `WorkflowError.option` for an unknown extraction.
  public func trial(seed: UInt64) throws -> TrialOptions {
    var options = TrialOptions()
    options.extraction.estimator = try directionEstimator(extraction)
    options.extraction.positions = position
    (options.permutedLabels, options.shuffledMaps) = (permutedLabels, shuffledMaps)
    options.validation.residualNoiseDraws = randomVectors
    options.validation.maximumItems = items == 0 ? .max : items
    options.validation.generatedTokens = generatedTokens
    options.validation.calibration.targetDivergence = divergence
    options.validation.seed = seed
    options.verdict = verdict
    return options
  }
}

/// The estimator of a name; the error lists the names.
func directionEstimator(_ name: String) throws -> any DirectionEstimator {
  guard let estimator = DirectionEstimators.named(name) else {
    let known = DirectionEstimators.all.map { $0.word }
    throw WorkflowError.option(
      of: "steer", name: "extraction", expected: known.joined(separator: ", "),
      actual: name + suggestion(for: name, among: known))
  }
  return estimator
}

/// Two loaded models and the kept map between them: what all transfers of one direction share.
private struct TransferBench {
  let steps: Steps
  let source: NamedModel
  let target: NamedModel
  let kept: KeptMap
  /// Those of the kept map; a map of hidden states has its own for each behaviour.
  let rowControls: Once<RowControls>

  init(
    steps: Steps, alignment: AlignmentResult, source: ModelSummary, target: ModelSummary,
    _ load: (String) throws -> Model
  ) throws {
    self.steps = steps
    self.source = NamedModel(try load(source.name), source.identity)
    self.target = NamedModel(try load(target.name), target.identity)
    guard let path = alignment.path else {
      throw WorkflowError.option(
        of: "steer", name: "method", expected: "a method with a matrix", actual: alignment.method)
    }
    let kept = try KeptMap(path)
    guard kept.store.identity == alignment.identity else {
      throw StoreError.misfit(
        path: path, what: "the map \(source.name)--\(target.name)", expected: alignment.identity ?? "one",
        actual: kept.store.identity,
        hint: "another map has taken its place; delete it, and run the study again")
    }
    self.kept = kept
    rowControls = Once {
      let space = steps.options.align.space
      return try kept.controls(
        source: steps.workspace.rows(source, space), target: steps.workspace.rows(target, space),
        lambda: alignment.lambda)
    }
  }

  func transfer(_ set: ContrastSet) throws -> TransferResult {
    let steer = steps.options.steer
    let options = try steer.trial(seed: steps.options.seed)
    let sourceBlocks = source.model.configuration.blockCount
    let vector = try extractVectors(
      set, from: source.model, blocks: [LayerPolicy.block(atDepth: steer.depth, of: sourceBlocks)],
      identity: source.identity, options: options.extraction)[0]
    let block = try kept.carrier.targetBlock(
      of: vector, in: target.model, by: steer.layer, sourceBlocks: sourceBlocks, on: set,
      positions: steer.position)
    let trial = try trial(of: set, from: vector.point.block, to: block)
    let names = "\(source.identity.name)--\(target.identity.name)"
    let stem = "\(steps.folders.alignments)/\(names).\(trial.carrier.mapName).\(set.name)"
    return try trial.result(
      of: vector, on: set, at: block, layer: steer.layer, options: options
    ) { carried in
      // llama.cpp cannot reach block 0.
      (
        try VectorFile.keep(carried, stem: stem),
        block > 0 ? try keepControlVector([carried], stem: stem) : nil
      )
    }
  }

  private func trial(of set: ContrastSet, from block: Int, to targetBlock: Int) throws -> TransferTrial {
    switch steps.options.steer.map {
    case .embedding:
      return TransferTrial(
        from: source, to: target, through: kept.carrier, controls: try rowControls.value)
    case .layer:
      let controls = try StateControls(
        from: source, to: target, layers: LayerSpace(sourceBlock: block, targetBlock: targetBlock),
        without: set, seed: steps.options.seed)
      return TransferTrial(from: source, to: target, through: controls.carrier, controls: controls)
    }
  }
}

extension TransferTrial {
  /// Carries a vector over and tests it, and says what a report needs.
  ///
  /// - Parameters:
  ///   - layer: how the block was found; nil where it was given.
  ///   - keep: writes the carried vector at dose 1, and gives the paths of the file and of the control vector.
  /// - Throws: as `test`; what `keep` throws.
  public func result(
    of vector: SteeringVector, on set: ContrastSet, at block: Int, layer: LayerPolicy?,
    options: TrialOptions,
    keeping keep: (SteeringVector) throws -> (vector: String?, control: String?)
  ) throws -> TransferResult {
    let progress = JobProgress.current
    let tested = try test(vector, on: set, at: block, options: options) { done, total in
      progress.tell(done, of: total, "\(done) of \(total) directions of the nulls")
    }
    let paths = try keep(tested.vector)
    return TransferResult(
      source: source.identity.name, target: target.identity.name, method: carrier.mapName,
      sourceBlock: vector.point.block, layer: layer,
      extraction: vector.provenance.extraction?.estimator.word ?? vector.provenance.method,
      sourceLargestShare: vector.largestShare, vectorPath: paths.vector, controlVectorPath: paths.control,
      validation: tested.validation, judgement: tested.judgement)
  }
}

extension ContrastSet {
  /// A bundled set by name, which goes before a file called so, or the set in a file (JSON or JSON Lines) by its path.
  ///
  /// - Parameter seed: splits a list of pairs.
  public static func named(_ name: String, seed: UInt64) throws -> ContrastSet {
    FileManager.default.fileExists(atPath: name) && !bundledNames.contains(name)
      ? try load(name, seed: seed) : try bundled(name)
  }

  package static func load(_ path: String, seed: UInt64) throws -> ContrastSet {
    var split = SplitOptions()
    split.seed = seed
    return try load(URL(filePath: path), options: split)
  }
}
