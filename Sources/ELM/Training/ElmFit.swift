internal import Checkpoints
internal import Distribution
public import Domains
internal import Files
internal import Foundation
public import Stores
internal import Tensors
internal import Tokenizers
internal import Training
public import Transformers

/// Trains an embedding language model: an adapter alone, then or at once with weights of the language model.
///
/// ```swift
/// let fit = try ElmFit(
///   on: model, reference, domain, domainReference, tasks, options: options, keepingIn: "models/.blocks/words",
///   toolVersion: "mine 1.0")
/// let record = try fit.run()
/// try record.write(to: "models/words.elm.h5")
/// fit.removeKept()
/// ```
/// Next-token loss of the answers of training items (Tennenholtz et al. 2024), AdamW. At times the validation items are
/// looked at; the parameters that were best there are the result, and a stage ends where several looks in a row have
/// brought nothing better. The state is kept in files, at least every two minutes, and a run that was killed goes on
/// from there to the same bits.
public struct ElmFit {
  /// What is told of a look at the validation items.
  public struct Look: Sendable {
    /// The stage: `adapter`, `lora`, `joint` or `all`.
    public let stage: String
    public let evaluation: ElmRecord.Evaluation
    /// The mean training loss since the look before; nil for the first.
    public let loss: Float?
    /// Whether nothing was better so far.
    public let isBest: Bool
  }

  /// As they were given, with the start that was taken.
  public let options: ElmOptions
  public let isChat: Bool
  /// The task by whose answers held-out items are told apart.
  public let watched: String
  /// Examples of training items.
  public let exampleCount: Int
  /// Tokens of a training example on average, pseudo-tokens and what is predicted included.
  public let meanLength: Double
  /// Words that domain and model share, where the adapter starts there.
  public let shared: SharedTokens?
  /// Pairs that the map is fitted on where the adapter starts at one: shared words, or answers of the task that is watched.
  public let startPairCount: Int?
  /// Answers among which an item's own has to come first.
  public var candidateCount: Int { measure.candidateCount }
  /// Items that are told from others at each look.
  public var lookedAtCount: Int { measure.itemCount }

  /// Words, or answers, without which there is no map to fit.
  package static let leastPairs = StartPairs.least
  private let model: Model
  private let reference: StoreReference
  private let domain: StoreReference
  private let tasks: TaskSet
  private let standardisation: ElmRecord.Standardisation
  private let adapter: Adapter
  /// The adapter at the map.
  private let mapped: ParameterSet?
  private let points: Matrix<Float>
  private let examples: [PseudoTokenExample]
  private let measure: HeldOutMeasure
  private let kept: String
  private let interval: Duration
  private let toolVersion: String

  /// Reads the examples; the map that the adapter starts at is fitted here.
  ///
  /// - Parameters:
  ///   - reference: the model's name and the SHA-256 of its checkpoint.
  ///   - domainReference: the domain's name and the identity of its content.
  ///   - kept: where the run's files go: this path with endings. Its folder is made.
  ///   - interval: the longest time between two states that are kept.
  /// - Throws: ``ElmError``; `DomainError` for tasks without examples, texts that are longer than the context, and
  ///   domains too small to hold items out; `AlignmentError` where too few names are tokens.
  public init(
    on model: Model, _ reference: StoreReference, _ domain: Domain, _ domainReference: StoreReference,
    _ tasks: TaskSet, options: ElmOptions, keepingIn kept: String, every interval: Duration = .seconds(90),
    toolVersion: String
  ) throws {
    try options.validate()
    // The file keeps the tasks as text, which has to be read again.
    _ = try TaskSet(yaml: tasks.yaml, name: tasks.name, file: tasks.name)
    (self.model, self.reference, self.domain, self.tasks) = (model, reference, domainReference, tasks)
    (self.kept, self.interval, self.toolVersion) = (kept, interval, toolVersion)
    var options = options
    isChat = options.isChat ?? (model.tokenizer.chatTemplateSource != nil)
    watched = try tasks.watched(options.watched)
    let split = try DomainSplit(domain, options: options.split)
    let items = split.items(of: .training)
    standardisation = try ElmRecord.Standardisation(of: domain.vectors.selecting(rows: items))
    adapter = Adapter(
      options.hidden == 0 ? .linear : .two(hidden: options.hidden), inputWidth: domain.width,
      tokenCount: options.tokens, modelWidth: model.configuration.width, norm: model.medianTokenNorm)
    let writer = try PromptWriter(model.tokenizer, isChat: isChat)
    var reader = ElmExamples(
      of: domain, standardisation, writer, context: model.configuration.contextLength,
      pseudoTokens: options.tokens)
    let taught = try tasks.examples(of: domain, split, .training)
    examples = try reader.read(taught)
    let heldOut = try tasks.examples(of: domain, split, .validation)
    let read = try reader.read(heldOut)
    points = reader.points
    measure = HeldOutMeasure(
      Array(zip(heldOut.map(\.task), read)), watched: watched, points: points, options)
    exampleCount = examples.count
    meanLength =
      Double(examples.reduce(0) { $0 + $1.length(pseudoTokens: options.tokens) })
      / Double(max(1, examples.count))
    var pairs: StartPairs?
    if options.start != .random, options.start != .answers {
      let words = SharedTokens(domain, model, among: items)
      pairs = StartPairs(words, standardisation.applied(to: domain.vectors), model)
    }
    if options.start == .answers || options.start == nil && pairs?.suffices == false {
      let answers = taught.filter { [watched] in $0.task == watched }
      pairs = StartPairs(answersOf: answers, in: domain, standardisation, model)
    }
    if let found = pairs, !found.suffices {
      guard options.start == nil else {
        throw ElmError.notEvaluable(
          what: "the map to the model's own words",
          reason: found.shared == nil
            ? "\(found.count) answers of \(watched) are about one vector, at least \(StartPairs.least) are needed; watch another task"
            : "\(found.count) names of \(domain.name) are one token of \(model.name), at least \(StartPairs.least) are needed; "
              + "start at answers, or at random")
      }
      pairs = nil
    }
    options.start = options.start ?? pairs.map { $0.shared == nil ? .answers : .emb2emb } ?? .random
    (self.options, shared, startPairCount) = (options, pairs?.shared, pairs?.count)
    mapped = try pairs.map { [adapter] in try adapter.mapped(through: $0, seed: options.training.seed) }
  }

  // MARK: - Stages

  /// A part of the training with what learns in it.
  private struct Stage {
    let name: String
    let trainable: AdapterTraining
    let options: TrainingOptions
  }

  /// Trains until the end, from the files that are kept where there are some.
  ///
  /// - Parameter look: told of each look at the validation items, those of a killed run not again.
  /// - Throws: `TrainingError`, ``ElmError`` with `.otherRun` for files of another run; what `look` throws, which stops
  ///   the run as a kill would.
  public func run(_ look: (Look) throws -> Void = { _ in }) throws -> ElmRecord {
    var first = mapped
    var record: ElmRecord?
    let progress = JobProgress.current
    for name in stageNames {
      progress.begin(name)
      let stage = try stage(name, startingFrom: first)
      let next = try train(stage, look)
      first = ParameterSet(
        next.adapter.map { Parameter($0.name, $0.values, isDecayed: $0.values.rows > 1) })
      record = record.map { next.following($0) } ?? next
    }
    if let record { return record }
    // Nothing learns: a map that stays as it is.
    let parameters = mapped ?? adapter.initialParameters(seed: options.training.seed)
    let evaluation = try measure.evaluate(adapter, parameters, on: model, step: 0)
    try look(Look(stage: AdapterStart.fixed.rawValue, evaluation: evaluation, loss: nil, isBest: true))
    var fixed = self.record(adapter: parameters, trained: parameters, step: 0)
    fixed.evaluations = [evaluation]
    return fixed
  }

  /// Removes the files that a run keeps, and their folder where nothing else is in it; after its result is written.
  public func removeKept() {
    let files = FileManager.default
    for path in stageNames.flatMap({ [checkpointPath($0), bestPath($0)] }) {
      try? files.removeItem(atPath: path)
    }
    OutputFile.removeFolderIfEmpty(keptFolder)
  }

  private var stageNames: [String] {
    let isFixed = options.start == .fixed
    return switch options.stages {
    case .adapter: isFixed ? [] : ["adapter"]
    case .twoStage: isFixed ? ["lora"] : ["adapter", "lora"]
    case .joint: ["joint"]
    case .all: ["all"]
    }
  }

  private func stage(
    _ name: String, startingFrom first: ParameterSet?
  ) throws(TransformerError) -> Stage {
    var options = options.training
    guard name != "adapter" else {
      return Stage(name: name, trainable: training([], on: model, first), options: options)
    }
    options.learningRate = self.options.weightLearningRate
    guard name != "all" else {
      return Stage(name: name, trainable: training(model.weights, on: model, first), options: options)
    }
    let lora = try model.addingLowRank(
      to: self.options.layers, rank: self.options.rank, alpha: self.options.alpha, seed: options.seed)
    return Stage(name: name, trainable: training(lora.lowRankWeights, on: lora, first), options: options)
  }

  private func training(
    _ weights: [Weight], on model: Model, _ first: ParameterSet?
  ) -> AdapterTraining {
    AdapterTraining(
      adapter, startingFrom: first, isFixed: options.start == .fixed, weights: weights,
      dropout: options.dropout.map { LowRankDropout(rate: Float($0), seed: options.training.seed) },
      for: model, modelHash: reference.identity, inputs: points, examples: examples)
  }

  // MARK: - One stage

  private var keptFolder: String { (kept as NSString).deletingLastPathComponent }
  private func checkpointPath(_ stage: String) -> String { "\(kept).\(stage).training.h5" }
  private func bestPath(_ stage: String) -> String { "\(kept).\(stage).best.h5" }

  private func train(_ stage: Stage, _ look: (Look) throws -> Void) throws -> ElmRecord {
    let path = checkpointPath(stage.name)
    let kept = try keptLosses(path)
    var best = try keptBest(stage.name)
    let workers = Workers.current.withoutKeeping
    // No rank writes before all have read.
    workers.wait()
    // Looks that a kill has cut off from the state that they were taken at.
    best?.evaluations.removeAll { $0.step > kept.count }
    func judge(_ parameters: ParameterSet, losses: ArraySlice<Float>, step: Int) throws {
      let own = stage.trainable.adapterParameters(of: parameters)
      let model = try stage.trainable.model(at: parameters)
      let evaluation = try measure.evaluate(adapter, own, on: model, step: step, by: workers)
      let before = best?.evaluations ?? []
      let isBest = before.best.map(evaluation.isBetter) ?? true
      if isBest { best = record(adapter: own, trained: parameters, step: step) }
      best?.evaluations = before + [evaluation]
      // Another run that ended meanwhile has removed the folder, where it was empty.
      try OutputFile.makeFolder(keptFolder)
      guard workers.isRoot else { return }
      // What is kept is no step of the work that is shown.
      try JobProgress.$current.withValue(JobProgress()) {
        try elmErrors { () throws(StoreError) in try best?.keep(at: bestPath(stage.name)) }
      }
      try look(
        Look(
          stage: stage.name, evaluation: evaluation,
          loss: losses.isEmpty ? nil : losses.reduce(0, +) / Float(losses.count), isBest: isBest))
    }
    func isOver() -> Bool { best?.evaluations.isExhausted(patience: options.patience) ?? false }
    if best?.evaluations.isEmpty ?? true {
      best = nil
      try judge(stage.trainable.initialParameters(seed: stage.options.seed), losses: [], step: 0)
    }
    var losses = kept
    if !isOver() {
      losses = try Training.train(
        stage.trainable, options: stage.options,
        checkpoint: CheckpointPlace(path: path, interval: interval, writer: toolVersion)
      ) { point, state in
        guard point.step % options.evaluationInterval == 0 || point.step == stage.options.steps else {
          return true
        }
        let last = best?.evaluations.last?.step ?? 0
        try judge(state.parameters, losses: state.curve[last...].map(\.loss)[...], step: point.step)
        return !isOver()
      }.curve.map(\.loss)
    }
    guard var result = best else { throw TrainingError.noExamples(what: stage.trainable.identity.what) }
    result.losses = losses
    return result
  }

  /// The losses of the steps that a checkpoint has behind it.
  private func keptLosses(_ path: String) throws -> [Float] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try elmErrors { () throws(StoreError) in try TrainingCheckpoint.open(path).losses }
  }

  /// What a run that was killed has found best.
  private func keptBest(_ stage: String) throws -> ElmRecord? {
    let path = bestPath(stage)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    let found = try elmErrors { () throws(StoreError) in try ElmStore.open(path).record }
    for (what, expected, actual) in [
      ("the model (SHA-256)", reference.identity, found.model.identity),
      ("the domain's content", domain.identity, found.domain.identity),
      ("the tasks", tasks.yaml, found.tasks),
      ("the options", options.json, found.options),
    ] where expected != actual {
      throw ElmError.otherRun(path: path, what: what, expected: expected, actual: actual)
    }
    return found
  }

  /// - Parameter trained: the adapter's own parameters may be among them.
  private func record(adapter own: ParameterSet, trained: ParameterSet, step: Int) -> ElmRecord {
    let names = Set(own.parameters.map(\.name))
    let isLowRank = options.stages == .twoStage || options.stages == .joint
    return ElmRecord(
      model: reference, domain: domain, domainWidth: adapter.inputWidth, tokenCount: options.tokens,
      modelWidth: adapter.modelWidth, hidden: options.hidden, norm: adapter.norm,
      standardisation: standardisation, adapter: own.parameters.map { .init($0.name, $0.values) },
      weights: trained.parameters.filter { !names.contains($0.name) }.map { .init($0.name, $0.values) },
      alpha: isLowRank ? options.alpha : 0, isChat: isChat, tasksName: tasks.name, tasks: tasks.yaml,
      test: options.split.test, validation: options.split.validation, splitSeed: options.split.seed,
      seed: options.training.seed, step: step, options: options.json, losses: [], evaluations: [],
      toolVersion: toolVersion, date: Date().ISO8601Format())
  }
}

extension TaskSet {
  /// The task of this name, or the usual one.
  fileprivate func watched(_ name: String?) throws(ElmError) -> String {
    let names = tasks.map(\.name)
    guard let name else {
      return names.contains(ElmOptions.defaultWatched) ? ElmOptions.defaultWatched : names[0]
    }
    guard names.contains(name) else {
      throw .option(
        name: "watched", expected: "a task of \(self.name): \(names.joined(separator: ", "))", actual: name)
    }
    return name
  }
}

extension ElmRecord {
  /// With the curve of an earlier stage before its own.
  fileprivate func following(_ earlier: ElmRecord) -> ElmRecord {
    var both = self
    let offset = earlier.losses.count
    both.losses = earlier.losses + losses
    both.step = offset + step
    both.evaluations =
      earlier.evaluations
      + evaluations.filter { $0.step > 0 }.map {
        Evaluation(step: offset + $0.step, loss: $0.loss, identified: $0.identified)
      }
    return both
  }
}

/// Reports the failure of a file that a run keeps.
func elmErrors<Result>(_ body: () throws(StoreError) -> Result) throws(ElmError) -> Result {
  do throws(StoreError) { return try body() } catch { throw .file(error) }
}
