internal import Alignment
internal import Checkpoints
internal import Foundation
internal import Geometry
public import Steering
internal import Stores
internal import Tensors
internal import Transformers

extension StudyRunner {
  /// Carries every behaviour's vector along an alignment and validates it in the target.
  func transfers(
    of sets: [ContrastSet], along alignment: AlignmentResult, among models: [ModelSummary],
    _ seconds: inout [String: Double]
  ) throws -> [TransferResult] {
    guard let source = models.first(where: { $0.name == alignment.source }),
      let target = models.first(where: { $0.name == alignment.target })
    else { return [] }
    // Models and control maps are shared by the behaviours, and not loaded when all are done.
    let bench = Once {
      try TransferBench(runner: self, alignment: alignment, source: source, target: target)
    }
    let transfers = try sets.map { set in
      let fingerprint = try transferStep(source, target, set)
      return try step(fingerprint, &seconds, files: \TransferResult.files) {
        try bench.value.transfer(set, named: fingerprint.step)
      }
    }
    return zip(transfers, study.steer.verdict.judge(transfers.map(\.validation))).map { transfer, judgement in
      var judged = transfer
      judged.judgement = judgement
      return judged
    }
  }
}

extension Study.SteerOptions {
  /// The rule that turns a family of validations into verdicts.
  var verdict: VerdictOptions {
    var options = VerdictOptions()
    options.margin = margin
    return options
  }
}

/// The map that carries vectors of one direction, and its controls.
private struct TransferMaps {
  let map: LinearMap
  /// What it is, for the vector's provenance.
  let name: String
  /// Its own hash; nil where it was not kept.
  var hash: String?
  /// What it is, in file names.
  let file: String
  /// A source direction through that many maps fitted on shuffled pairs.
  let throughShuffled: (_ direction: [Float], _ count: Int) throws -> [[Float]]
  /// The same fit from the target to itself.
  let toItself: LinearMap
}

/// Two loaded models and the maps between them: what all transfers of one direction share.
private struct TransferBench {
  let runner: StudyRunner
  let source: ModelSummary
  let target: ModelSummary
  let sourceModel: Model
  let targetModel: Model
  let embeddingMaps: TransferMaps

  init(
    runner: StudyRunner, alignment: AlignmentResult, source: ModelSummary, target: ModelSummary
  ) throws {
    self.runner = runner
    self.source = source
    self.target = target
    let study = runner.study
    sourceModel = try runner.loadModel(source.name)
    targetModel = try runner.loadModel(target.name)
    let method = try linearMethod(study.steer.method)
    let spaces = try runner.matched(source, target, study.align.space)
    let split = try runner.heldOutSplit(runner.matchedTokens(spaces, source))
    guard let path = alignment.path else {
      throw StudyError.study(
        path: "study", place: "steer.method", expected: "a method with a matrix", actual: method.name)
    }
    let store = try AlignmentStore.open(path)
    guard store.identity == alignment.identity else {
      throw StoreError.misfit(
        path: path, what: "the map \(source.name)--\(target.name)", expected: alignment.identity ?? "one",
        actual: store.identity, hint: "another map has taken its place; delete it, and run the study again")
    }
    let map = LinearMap(
      weights: store.record.weights, sourceMean: store.record.meanA, targetMean: store.record.meanB,
      method: store.record.method)
    let options = alignmentOptions(study)
    let x = spaces.a.selecting(rows: split.training)
    let y = spaces.b.selecting(rows: split.training)
    embeddingMaps = TransferMaps(
      map: map, name: "\(method.name) map \(source.name)--\(target.name) (\(store.identity))",
      hash: store.identity, file: map.method,
      throughShuffled: try Self.shuffled(method, alignment, x, y, seed: study.seed, options),
      toItself: try method.fit(source: y, target: y, options: options).map)
  }

  /// Ridge and least squares carry a direction through a shuffled map without fitting it; another method is fitted each time.
  private static func shuffled(
    _ method: any LinearMethod, _ alignment: AlignmentResult, _ x: Matrix<Float>, _ y: Matrix<Float>,
    seed: UInt64, _ options: Alignment.AlignmentOptions
  ) throws -> ([Float], Int) throws -> [[Float]] {
    if let lambda = method.shuffledLambda(chosen: alignment.lambda) {
      let maps = try ShuffledMaps(source: x, target: y, lambda: lambda, options: options)
      return { maps.carried($0, count: $1, seed: seed) }
    }
    return { direction, count in
      try (0..<count).map { index in
        try method.fitShuffled(source: x, target: y, seed: seed &+ UInt64(index), options: options).map
          .applied(toDirection: direction)
      }
    }
  }

  /// Maps of hidden states from the output of a block to that of the target's, fitted without the behaviour's texts.
  private func layerMaps(_ set: ContrastSet, from block: Int, to targetBlock: Int) throws -> TransferMaps {
    let study = runner.study
    let texts = try LayerTexts.bundled(excluding: [set.name])
    let layers = LayerPair(a: block + 1, b: targetBlock + 1)
    let own = LayerPair(a: layers.b, b: layers.b)
    let model = (name: target.name, model: targetModel)
    let across = try LayerBench((source.name, sourceModel), model, seed: study.seed)
      .pairedStates(texts, layers: [layers])
    let fitted = try across.map(layers)
    let map = fitted.map.map
    return TransferMaps(
      map: map,
      name: "\(map.method) map of hidden states \(source.name)--\(target.name), layer \(layers.a) to "
        + "layer \(layers.b)",
      file: layers.mapName,
      throughShuffled: { try across.carriedThroughShuffled($0, fitted, count: $1, seed: study.seed) },
      toItself: try LayerBench(model, model, seed: study.seed).pairedStates(texts, layers: [own])
        .map(own).map.map)
  }

  func transfer(_ set: ContrastSet, named name: String) throws -> TransferResult {
    let study = runner.study
    let sourceBlocks = sourceModel.configuration.blockCount
    let sourceBlock = min(
      sourceBlocks - 1, max(0, Int((study.steer.depth * Double(sourceBlocks)).rounded()) - 1))
    var extraction = ExtractionOptions()
    extraction.positions = study.steer.position
    let found = try extractVectors(
      set, from: sourceModel, blocks: [sourceBlock], identity: source.identity, options: extraction)
    let targetBlock = try targetBlock(for: found[0], set)
    let maps =
      study.steer.map == .layer
      ? try layerMaps(set, from: sourceBlock, to: targetBlock) : embeddingMaps
    let native = try extractVectors(
      set, from: targetModel, blocks: [targetBlock], identity: target.identity, options: extraction)
    func carried(
      _ vector: SteeringVector, _ map: LinearMap, _ alignment: String, hash: String? = nil
    ) throws -> SteeringVector {
      try Steering.transfer(
        vector, through: map, into: targetModel, identity: target.identity, at: targetBlock,
        alignment: alignment, alignmentHash: hash)
    }
    let transferred = try carried(found[0], maps.map, maps.name, hash: maps.hash)
    let labellings = try permutedLabelVectors(
      set, from: sourceModel, block: sourceBlock,
      count: NullSlopes.directions(for: study.steer.permutedLabels), seed: study.seed,
      identity: source.identity,
      positions: study.steer.position)
    let shuffled = try maps.throughShuffled(
      found[0].direction, NullSlopes.directions(for: study.steer.shuffledMaps))
    let vectors = ValidationVectors(
      transferred: transferred, native: native[0],
      selfTransferred: try carried(
        native[0], maps.toItself, "\(maps.toItself.method) map of \(target.name) to itself"),
      permutedLabels: try labellings.map { try carried($0, maps.map, maps.name) },
      shuffledMaps: shuffled.map { transferred.with(direction: $0) },
      labellingsAreExhausted: labellings.count < NullSlopes.directions(for: study.steer.permutedLabels))
    let validation = try validate(
      vectors, on: set, in: targetModel, neutralTexts: ContrastSet.neutralTexts(), options: validationOptions
    ) { done, total in
      runner.progress("\(name): \(done) of \(total) directions of the nulls")
    }
    let stem = "\(runner.folders.alignments)/\(source.name)--\(target.name).\(maps.file).\(set.name)"
    var calibrated = vectors.transferred.scaled(toNorm: validation.calibration.norm)
    calibrated.provenance.calibration = validation.calibration
    // By itself: the correction for the other behaviours is the report's.
    let judgement = study.steer.verdict.judge([validation])[0]
    calibrated.provenance.testedOn =
      "\(set.name) alone: \(judgement.verdict.word), \(judgement.verdict.reason) (seed \(study.seed))"
    let vectorPath = try VectorFile.keep(calibrated, stem: stem)
    // llama.cpp cannot reach block 0.
    let controlVector = targetBlock > 0 ? try keepControlVector([calibrated], stem: stem) : nil
    return TransferResult(
      source: source.name, target: target.name, method: maps.file, sourceBlock: sourceBlock,
      layer: study.steer.layer,
      sourceLargestShare: found[0].largestShare, vectorPath: vectorPath,
      controlVectorPath: controlVector, validation: validation,
      judgement: judgement)
  }

  private func targetBlock(for vector: SteeringVector, _ set: ContrastSet) throws -> Int {
    let count = targetModel.configuration.blockCount
    switch runner.study.steer.layer {
    case .sameDepth:
      return LayerPolicy.sameDepthBlock(
        source: vector.point.block, sourceBlocks: sourceModel.configuration.blockCount, targetBlocks: count)
    case .bestSeparation:
      return try bestBlock(
        for: embeddingMaps.map.applied(toDirection: vector.direction), on: set, in: targetModel,
        positions: runner.study.steer.position)
    }
  }

  private var validationOptions: ValidationOptions {
    let steer = runner.study.steer
    var options = ValidationOptions()
    options.residualNoiseDraws = steer.randomVectors
    options.maximumItems = steer.items == 0 ? .max : steer.items
    options.generatedTokens = steer.generatedTokens
    options.seed = runner.study.seed
    options.calibration.targetDivergence = steer.divergence
    return options
  }
}

extension StudyRunner {
  /// Loads a model for inference by the name that the study's steps use.
  func loadModel(_ name: String) throws -> Model {
    let model = study.models.first { $0.name == name } ?? Study.Model(name)
    return try Model.load(Checkpoint.open(resolved(model)))
  }
}

extension ContrastSet {
  /// A bundled set by name, which goes before a file called so, or the set in a file (JSON or JSON Lines) by its path.
  public static func named(_ name: String) throws -> ContrastSet {
    FileManager.default.fileExists(atPath: name) && !bundledNames.contains(name)
      ? try ContrastSet.load(URL(filePath: name)) : try bundled(name)
  }
}
