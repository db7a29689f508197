internal import Domains
internal import Files
public import Statistics
public import Stores
internal import Tensors
internal import Transformers

/// Whether a concept can be turned up: points are moved along its direction, and the attribute is read back from what the model says of them.
///
/// ```
/// for each item v and each λ:   a(λ) = gᵀ (E_D(answer to v + λ · step) - μ) / scale
/// τ of an item = Kendall's τ of λ and a(λ)
/// ```
/// The mean τ over items, with the bootstrap's interval over items, beside that of random directions of equal length, each read back along itself. τ is 0
/// where answers have nothing to do with λ.
public struct ConceptSweep: Sendable, Equatable, Codable {
  public let attribute: String
  public let method: ConceptDirection.Method
  /// On items held out: see ``ConceptDirection/heldOut``.
  public let heldOut: Double?
  public let lambdas: [Double]
  /// Mean τ over items.
  public let kendall: Evaluation
  /// The same along random directions, over items and directions.
  public let random: Evaluation
  /// Mean a(λ) of every λ over the items whose answer can be encoded.
  public let readings: [Evaluation]
  /// Answers to the first item, λ by λ.
  public let answers: [String]
  /// The first item.
  public let item: String
}

extension ElmJudge {
  /// Turns a concept up and down on items of the test, and reads it back.
  ///
  /// Cost: `items · lambdas · (1 + randomDirections)` answers.
  /// - Parameters:
  ///   - question: of one point.
  ///   - randomDirections: that the control is drawn from.
  /// - Throws: as ``EmbeddingLanguageModel/answers(to:_:)``.
  public func sweep(
    _ concept: ConceptDirection, question: ElmQuestion, lambdas: [Double],
    _ standardisation: ElmRecord.Standardisation, randomDirections: Int = 5, options: JudgeOptions = JudgeOptions()
  ) throws -> ConceptSweep {
    try options.validate()
    guard Set(lambdas).count > 1, lambdas.allSatisfy(\.isFinite) else {
      throw ElmError.option(name: "lambda", expected: "two different numbers or more", actual: "\(lambdas)")
    }
    var random = SeededRandom(seed: options.seed ^ 0xCA5)
    let test = split.items(of: .test)
    let items = random.sample(min(options.items, test.count), of: test.count).map { test[$0] }
    var resampling = Resampling()
    (resampling.confidence, resampling.seed) = (options.confidence, options.seed)
    let generation = GenerationOptions(maximumTokens: options.maximumTokens)

    /// a(λ) of every item, nil where an answer can't be encoded, and what was said of the first.
    func read(_ direction: [Float]) throws -> (readings: [[Double?]], first: [String]) {
      let prompts = items.flatMap { item in
        lambdas.map { lambda in
          question.prompt(about: [
            zip(domain.vectors.row(item), direction).map { $0 + Float(lambda) * standardisation.scale * $1 }
          ])
        }
      }
      let said = try speaker.answers(to: prompts, generation)
      let readings = items.enumerated().map { index, item in
        lambdas.indices.map { place -> Double? in
          meter.encode(said[index * lambdas.count + place].text, leavingOut: [item]).value.map {
            ConceptDirection.reading(of: $0, along: direction, standardisation)
          }
        }
      }
      return (readings, said.prefix(lambdas.count).map(\.text))
    }
    func trends(_ readings: [[Double?]]) -> [Double] {
      readings.compactMap { item in
        let known = item.indices.filter { item[$0] != nil }
        // Answers that are all the same say nothing of λ.
        let values = known.compactMap { item[$0] }
        guard known.count > 1 else { return nil }
        return Statistics.kendall(known.map { lambdas[$0] }, values) ?? 0
      }
    }
    func mean(_ values: [Double]) -> Evaluation {
      values.isEmpty
        ? .notEvaluable(reason: meter.encoder == nil
              ? DomainEncoder.reason(against: domain) : "no answer can be encoded") : .estimate(itemMean(values, resampling))
    }
    JobProgress.current.tell("moving along \(concept.attribute)")
    let own = try read(concept.direction)
    var others: [Double] = []
    for draw in 0..<randomDirections {
      JobProgress.current.tell(draw, of: randomDirections, "random directions")
      others += trends(
        try read(ConceptDirection.random(width: domain.width, seed: options.seed &+ UInt64(draw) &* 7919)).readings)
    }
    return ConceptSweep(
      attribute: concept.attribute, method: concept.method, heldOut: concept.heldOut, lambdas: lambdas,
      kendall: mean(trends(own.readings)), random: mean(others),
      readings: lambdas.indices.map { place in mean(own.readings.compactMap { $0[place] }) },
      answers: own.first, item: items.first.map { domain.names[$0] } ?? "")
  }
}
