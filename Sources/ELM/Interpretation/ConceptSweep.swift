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
/// The mean τ over items, with the bootstrap's interval over items, beside points that are moved along random directions of equal length: the same
/// attribute read back along the same g. τ is 0 where answers have nothing to do with λ, and near 0 where they follow it to somewhere else.
public struct ConceptSweep: Sendable, Equatable, Codable {
  public let attribute: String
  public let method: ConceptDirection.Method
  /// On items held out: see ``ConceptDirection/heldOut``.
  public let heldOut: Double?
  public let lambdas: [Double]
  /// Mean τ over items.
  public let kendall: Evaluation
  /// The same along random directions, whose τ is averaged over directions item by item.
  public let random: Evaluation
  /// Mean a(λ) of every λ over the items whose answer can be encoded.
  public let readings: [Evaluation]
  /// Mean SC of the answer and the moved point, of every λ.
  public let consistency: [Evaluation]
  /// The median over items of ``DomainStanding/percentile`` of the moved point, of every λ, bootstrap over items: where sense can end.
  public let offManifold: [Estimate]
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
    _ standardisation: ElmRecord.Standardisation, randomDirections: Int = 5,
    options: JudgeOptions = JudgeOptions()
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

    /// What was found at every item, λ by λ.
    struct Found {
      /// a(λ), nil where an answer can't be encoded.
      var readings: [[Double?]] = []
      /// SC of the answer and the moved point.
      var consistency: [[Double?]] = []
      var points: [[Float]] = []
      /// Answers to the first item.
      var first: [String] = []
    }
    func read(_ direction: [Float]) throws -> Found {
      var found = Found()
      found.points = items.flatMap { item in
        lambdas.map { lambda in
          zip(domain.vectors.row(item), direction).map { $0 + Float(lambda) * standardisation.scale * $1 }
        }
      }
      let said = try speaker.answers(
        to: found.points.map { question.prompt(about: [$0]) }, generation
      ).map(\.text)
      found.first = Array(said.prefix(lambdas.count))
      for (index, item) in items.enumerated() {
        let places = index * lambdas.count..<(index + 1) * lambdas.count
        let texts = try meter.encode(Array(said[places]), leavingOut: places.map { _ in [item] })
        found.readings.append(
          texts.map { text in
            text.value.map { ConceptDirection.reading(of: $0, along: concept.direction, standardisation) }
          })
        found.consistency.append(
          zip(texts, places).map { meter.consistency(of: $0, with: found.points[$1]).value?.cosine })
      }
      return found
    }
    /// τ of every item; 0 where all its answers read alike, which says nothing of λ.
    func trends(_ readings: [[Double?]]) -> [Double?] {
      readings.map { item in
        let known = item.indices.filter { item[$0] != nil }
        guard known.count > 1 else { return nil }
        return Statistics.kendall(known.map { lambdas[$0] }, known.compactMap { item[$0] }) ?? 0
      }
    }
    JobProgress.current.tell("moving along \(concept.attribute)")
    let own = try read(concept.direction)
    var others: [[Double]] = items.map { _ in [] }
    for draw in 0..<randomDirections {
      JobProgress.current.tell(draw, of: randomDirections, "random directions")
      let direction = ConceptDirection.random(width: domain.width, seed: options.seed &+ UInt64(draw) &* 7919)
      for (item, trend) in trends(try read(direction).readings).enumerated() {
        if let trend { others[item].append(trend) }
      }
    }
    let standings = DomainGround(
      domain, training: split.items(of: .training),
      heldOut: split.items(of: .validation) + split.items(of: .test)
    ).standings(of: own.points, nearest: 1)
    return ConceptSweep(
      attribute: concept.attribute, method: concept.method, heldOut: concept.heldOut, lambdas: lambdas,
      kendall: mean(trends(own.readings).compactMap(\.self), resampling),
      random: mean(
        others.filter { !$0.isEmpty }.map { $0.reduce(0, +) / Double($0.count) }, resampling),
      readings: lambdas.indices.map { place in mean(own.readings.compactMap { $0[place] }, resampling) },
      consistency: lambdas.indices.map { place in
        mean(own.consistency.compactMap { $0[place] }, resampling)
      },
      offManifold: lambdas.indices.map { place in
        medianEstimate(
          items.indices.map { standings[$0 * lambdas.count + place].percentile }, resampling)
      },
      answers: own.first, item: items.first.map { domain.names[$0] } ?? "")
  }
}
