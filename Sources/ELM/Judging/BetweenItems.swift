public import Domains
internal import Files
public import Statistics
internal import Stores
internal import Tensors
internal import Transformers

/// What a model says of points that no item has: on the straight way between two held-out items.
///
/// ```
/// v(t) = (1 - t) a + t b
/// SC of the answer to v(t), with v(t)    beside SC with v(t) of what is said of a and b, and of their true texts: of the better of both
/// ```
/// A model that only names the nearer end is no better than the better end's answer.
public struct BetweenItems: Sendable, Equatable, Codable {
  /// The prompt, with its placeholder.
  public let question: String
  /// Pairs of items.
  public let pairs: Int
  public let steps: [Step]
  /// Answers along the first way, step by step.
  public let answers: [String]
  /// The two ends of the first way.
  public let ends: [String]

  /// A place on the way.
  public struct Step: Sendable, Equatable, Codable {
    /// t.
    public let share: Double
    /// Mean over pairs, bootstrap.
    public let consistency: Evaluation
    /// Of the better of the answers to both ends.
    public let ends: Evaluation
    /// What the answer has more than that, pair by pair.
    public let moreThanEnds: Evaluation
    /// What it has more than the better of both ends' true texts.
    public let moreThanTexts: Evaluation
    /// The share of answers that are, word by word, that to one of the ends.
    public let repeated: Estimate
    /// The median of ``DomainStanding/percentile`` of the points, bootstrap over pairs.
    public let offManifold: Estimate
  }
}

extension BetweenItems {
  /// t of the places where nothing is said.
  public static let shares: [Double] = [0, 0.25, 0.5, 0.75, 1]
}

extension ElmJudge {
  /// Asks about points between items of the test.
  ///
  /// Cost: `items · shares` answers.
  /// - Parameters:
  ///   - task: of one vector; its question is asked, and its true texts are those of the ends.
  ///   - shares: t of the places; those of both ends are asked in any case.
  /// - Throws: ``ElmError/notEvaluable(what:reason:)`` for fewer than two examples; ``ElmError/option(name:expected:actual:)`` for a task of two vectors; as
  ///   ``EmbeddingLanguageModel/answers(to:_:)``.
  public func between(
    _ task: ElmTask, shares: [Double] = BetweenItems.shares, options: JudgeOptions = JudgeOptions()
  ) throws -> BetweenItems {
    try options.validate()
    guard task.arity == .one else {
      throw ElmError.option(
        name: "task", expected: "a task of one vector", actual: "\(task.name), which has two")
    }
    let pool = JudgePool(
      try examples(of: task, .test), in: domain, items: options.items, texts: 0, seed: options.seed)
    let ends = pool.examples
    guard ends.count > 1 else {
      throw ElmError.notEvaluable(
        what: "points between items", reason: "the test has \(ends.count) examples of \(task.name)")
    }
    JobProgress.current.tell("points between \(ends.count) pairs of items")
    // Every item is the first of one pair and the second of another.
    let pairs = ends.indices.map { [$0, ($0 + 1) % ends.count] }
    let vectors = ends.map { $0.vectors(in: domain)[0] }
    let points: [[Float]] = pairs.flatMap { pair in
      shares.map { share in
        let (a, b) = (Float(1 - share), Float(share))
        return zip(vectors[pair[0]], vectors[pair[1]]).map { a * $0 + b * $1 }
      }
    }
    let generation = GenerationOptions(maximumTokens: options.maximumTokens)
    let prompt = ends[0].prompt(in: domain)
    let said = try speaker.answers(to: (vectors + points).map { prompt.about([$0]) }, generation).map(\.text)
    let standings = DomainGround(
      domain, training: split.items(of: .training),
      heldOut: split.items(of: .validation) + split.items(of: .test)
    ).standings(of: points, nearest: 1)
    var resampling = Resampling()
    (resampling.confidence, resampling.seed) = (options.confidence, options.seed)

    // Of a pair what is said of its ends, their own texts, and what is said on the way, as vectors: the names of both left out.
    let texts = try pairs.enumerated().map { index, pair in
      let way = ends.count + index * shares.count
      let texts = pair.map { said[$0] } + pair.map { ends[$0].answer } + said[way..<way + shares.count]
      return try meter.encode(texts, leavingOut: texts.map { _ in pair.flatMap { ends[$0].items } })
    }

    func step(_ place: Int) -> BetweenItems.Step {
      var (own, best, moreThanEnds, moreThanTexts): ([Double], [Double], [Double], [Double]) = (
        [], [], [], []
      )
      var repeated: [Double] = []
      for (index, pair) in pairs.enumerated() {
        let point = points[index * shares.count + place]
        let answer = said[ends.count + index * shares.count + place]
        func consistency(_ text: Int) -> Double? {
          meter.consistency(of: texts[index][text], with: point).value?.cosine
        }
        repeated.append(
          pair.contains { TextWords.words(of: said[$0]) == TextWords.words(of: answer) } ? 1 : 0)
        let (ofEnds, ofTexts) = (
          (0..<2).compactMap(consistency).max(), (2..<4).compactMap(consistency).max()
        )
        if let ofEnds { best.append(ofEnds) }
        guard let found = consistency(4 + place) else { continue }
        own.append(found)
        if let ofEnds { moreThanEnds.append(found - ofEnds) }
        if let ofTexts { moreThanTexts.append(found - ofTexts) }
      }
      let percentiles = pairs.indices.map { standings[$0 * shares.count + place].percentile }
      return BetweenItems.Step(
        share: shares[place], consistency: mean(own, resampling), ends: mean(best, resampling),
        moreThanEnds: mean(moreThanEnds, resampling), moreThanTexts: mean(moreThanTexts, resampling),
        repeated: wilsonMean(repeated, confidence: options.confidence) ?? Estimate(value: 0, n: 0),
        offManifold: medianEstimate(percentiles, resampling))
    }
    return BetweenItems(
      question: task.prompt.source, pairs: pairs.count, steps: shares.indices.map(step),
      answers: Array(said[ends.count..<ends.count + shares.count]),
      ends: pairs[0].map { domain.names[ends[$0].items[0]] })
  }

  /// The mean over items, or why there is none.
  func mean(_ values: [Double], _ resampling: Resampling) -> Evaluation {
    guard values.isEmpty else { return .estimate(itemMean(values, resampling)) }
    return .notEvaluable(
      reason: meter.encoder == nil ? DomainEncoder.reason(against: domain) : "no answer can be encoded")
  }
}
