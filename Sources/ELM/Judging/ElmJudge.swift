public import Domains
internal import Files
internal import LinearAlgebra
internal import Statistics
public import Stores
internal import Tensors
internal import Transformers

/// Judges a model on the items that nothing was trained or chosen on, each number beside its controls.
///
/// Cost of a task: `items · texts` likelihoods (texts of one prompt share its cost), as many again by name, and `2 · items` answers.
public struct ElmJudge: Sendable {
  public let domain: Domain
  public let split: DomainSplit
  public let tasks: TaskSet
  let speaker: any VectorSpeaker
  /// The model as its checkpoint has it.
  private let frozen: any VectorSpeaker
  let meter: ConsistencyMeter

  /// - Parameter file: of the model.
  /// - Throws: as ``ElmFile/encoder()``.
  public init(_ model: EmbeddingLanguageModel, _ file: ElmFile) throws {
    self.init(
      speaker: model, frozen: model.onFrozenModel, mean: file.record.standardisation.mean,
      domain: file.domain, split: file.split, tasks: file.tasks, encoder: try file.encoder())
  }

  package init(
    speaker: any VectorSpeaker, frozen: any VectorSpeaker, mean: [Float], domain: Domain, split: DomainSplit,
    tasks: TaskSet, encoder: DomainEncoder?
  ) {
    (self.speaker, self.frozen, self.domain, self.split, self.tasks) = (speaker, frozen, domain, split, tasks)
    meter = ConsistencyMeter(domain, encoder: encoder, mean: mean)
  }

  /// - Parameter chosen: some of the tasks; nil for all.
  /// - Throws: ``ElmError/option(name:expected:actual:)``; as ``EmbeddingLanguageModel/answers(to:_:)``.
  public func judge(
    _ name: String, on chosen: [ElmTask]? = nil, options: JudgeOptions = JudgeOptions()
  ) throws -> ElmJudgement {
    let texts = try trainingTexts()
    return ElmJudgement(
      name: name, options: options, encoder: DomainEncoder.method(of: domain),
      tasks: try (chosen ?? tasks.tasks).map { try judge($0, besides: texts, options: options) })
  }

  /// What the model was trained to say, in all tasks.
  package func trainingTexts() throws -> TrainingTexts {
    TrainingTexts(try tasks.tasks.flatMap { try examples(of: $0, .training) }.map(\.answer))
  }

  /// One task.
  ///
  /// - Parameter texts: among which copies are looked for, ``trainingTexts()``.
  /// - Throws: as ``judge(_:on:options:)``.
  package func judge(
    _ task: ElmTask, besides texts: TrainingTexts, options: JudgeOptions
  ) throws -> ElmJudgement.Task {
    try options.validate()
    let held = try examples(of: task, .test)
    let pool = JudgePool(
      held, in: domain, items: options.items, texts: options.texts, seed: options.seed)
    guard pool.examples.count > 1 else {
      return ElmJudgement.Task(
        name: task.name, items: pool.examples.count, texts: pool.texts.count, recognition: [],
        consistency: [], examples: [],
        reason:
          "the test has \(held.count) examples of it with \(pool.examples.count) different texts: two are needed"
      )
    }
    JobProgress.current.tell("task \(task.name): \(pool.examples.count) items")
    return try TaskJudge(
      task.name, pool, examples(of: task, .training), texts, domain: domain, meter: meter, speaker: speaker,
      frozen: frozen, options: options
    ).judge()
  }

  /// None where no item has the texts.
  func examples(of task: ElmTask, _ part: DomainSplit.Part) throws -> [ElmExample] {
    do throws(DomainError) {
      return try TaskSet(name: tasks.name, tasks: [task]).examples(of: domain, split, part)
    } catch {
      if case .empty = error { return [] }
      throw error
    }
  }
}

/// Judges one task.
private struct TaskJudge {
  let name: String
  let pool: JudgePool
  let learned: [ElmExample]
  let copied: TrainingTexts
  let domain: Domain
  let meter: ConsistencyMeter
  let speaker: any VectorSpeaker
  let frozen: any VectorSpeaker
  let options: JudgeOptions

  init(
    _ name: String, _ pool: JudgePool, _ learned: [ElmExample], _ copied: TrainingTexts, domain: Domain,
    meter: ConsistencyMeter, speaker: any VectorSpeaker, frozen: any VectorSpeaker, options: JudgeOptions
  ) {
    (self.name, self.pool, self.learned, self.copied) = (name, pool, learned, copied)
    (self.domain, self.meter, self.speaker, self.frozen, self.options) = (
      domain, meter, speaker, frozen, options
    )
  }

  private var resampling: Resampling {
    var resampling = Resampling()
    (resampling.confidence, resampling.seed) = (options.confidence, options.seed)
    return resampling
  }

  /// The item whose vector stands in for that of item i: the next one, in an order that the seed has drawn.
  private func other(_ index: Int) -> Int { (index + 1) % pool.examples.count }

  func judge() throws -> ElmJudgement.Task {
    let recognitions = try recognitions()
    let (sources, said) = try answers()
    guard let own = recognitions.first?.1, let ownAnswers = sources.first?.1 else {
      return ElmJudgement.Task(
        name: name, items: 0, texts: 0, recognition: [], consistency: [], examples: [], reason: "no item")
    }
    return ElmJudgement.Task(
      name: name, items: pool.examples.count, texts: pool.texts.count,
      recognition: recognitions.map { $1.summary($0, beside: own, resampling) },
      consistency: sources.map { $1.summary($0, beside: ownAnswers, copiedFrom: copied, resampling) },
      examples: pool.examples.enumerated().map { index, example in
        ElmJudgement.Example(
          prompt: example.words(in: domain), truth: example.answer, answer: said[index].text,
          hasEnded: said[index].hasEnded, consistency: ownAnswers.measures[index],
          rank: own.textRanks[index])
      }, reason: nil)
  }

  // MARK: - Recognition

  private func recognitions() throws -> [(RecognitionSource, Recognition)] {
    let prompts = pool.examples.map { $0.prompt(in: domain) }
    let means = prompts[0].about(prompts[0].vectors.map { _ in meter.mean })
    let plain = try scores(speaker, prompts, "texts beside vectors")
    let mean = try scores(speaker, [means])[0]
    let none = try scores(speaker, [pool.examples[0].promptWithoutVectors])[0]
    let vector = Recognition.less(plain, mean)
    var found: [(RecognitionSource, Recognition)] = [
      (.vector, Recognition(scores: vector)), (.plain, Recognition(scores: plain)),
      (.shuffled, Recognition(scores: vector.indices.map { vector[other($0)] })),
      (.none, Recognition(scores: vector.map { _ in none })),
    ]
    if let reader = try LinearReader(learned, meter) {
      found.append((.linear, Recognition(scores: try reader.scores(pool.examples, pool.texts))))
    }
    if options.asksByName {
      let named = try scores(frozen, pool.examples.map { $0.promptByName(in: domain) }, "texts beside names")
      let without = try scores(frozen, [pool.examples[0].promptWithoutVectors])[0]
      found.append((.name, Recognition(scores: Recognition.less(named, without))))
    }
    return found
  }

  /// `ln p(text | prompt)` of every text behind every prompt, prompt by prompt: the texts behind one share its cost.
  private func scores(
    _ speaker: any VectorSpeaker, _ prompts: [ElmPrompt], _ note: String = ""
  ) throws -> [[Double]] {
    try prompts.enumerated().map { index, prompt in
      JobProgress.current.tell(index, of: prompts.count, "\(name): \(note)")
      return try speaker.logLikelihoods(of: pool.texts.map { (prompt, $0) }).map(\.total)
    }
  }

  // MARK: - Answers

  private func answers() throws -> (sources: [(AnswerSource, AnswerScores)], said: [ElmAnswer]) {
    JobProgress.current.tell("\(name): answers")
    let generation = GenerationOptions(maximumTokens: options.maximumTokens)
    let prompts = pool.examples.map { $0.prompt(in: domain) }
    let means = prompts[0].about(prompts[0].vectors.map { _ in meter.mean })
    let said = try speaker.answers(
      to: prompts + [means, pool.examples[0].promptWithoutVectors], generation)
    let count = prompts.count
    let own = said.prefix(count).map(\.text)
    var texts: [(AnswerSource, [String])] = [
      (.vector, own), (.truth, pool.examples.map(\.answer)),
      (.mean, own.map { _ in said[count].text }), (.shuffled, own.indices.map { own[other($0)] }),
      (.none, own.map { _ in said[count + 1].text }),
    ]
    if let nearest = retrieved() { texts.append((.retrieval, nearest)) }
    if options.asksByName {
      let named = try frozen.answers(to: pool.examples.map { $0.promptByName(in: domain) }, generation)
      texts.append((.name, named.map(\.text)))
    }
    let (vectors, items) = (
      pool.examples.map { $0.vectors(in: domain).middle }, pool.examples.map(\.items)
    )
    return (
      try texts.map { ($0, try AnswerScores($1, about: vectors, items: items, meter)) },
      Array(said.prefix(count))
    )
  }

  /// The texts of the training examples that are nearest by cosine about the mean; nil without any.
  private func retrieved() -> [String]? {
    guard !learned.isEmpty else { return nil }
    func rows(_ examples: [ElmExample]) -> Matrix<Float> {
      Matrix(
        rows: examples.count, columns: domain.width,
        elements: examples.flatMap { meter.unit($0.vectors(in: domain).middle) })
    }
    let products = multiply(rows(pool.examples), rows(learned), transposingB: true)
    return pool.examples.indices.map { row in
      let best = learned.indices.max { products[row, $0] < products[row, $1] } ?? 0
      return learned[best].answer
    }
  }
}
