package import Domains
public import Stores
internal import Tensors
public import Transformers

/// Asks a model about points of its domain, with the controls beside every answer.
///
/// An answer costs a prompt and its tokens; so do each point's answer to another item's vector, and once for all points those to the mean and
/// to no vector. Deterministic in the seeds.
public struct ElmInterview: Sendable {
  public let domain: Domain
  private let speaker: any VectorSpeaker
  private let meter: ConsistencyMeter
  private let ground: DomainGround
  private let options: GenerationOptions

  /// A point that is asked about, and the second where a question is of two.
  public struct Subject: Sendable, Equatable {
    public var point: DomainPoint
    public var second: DomainPoint?
    /// How far the point was moved along a concept.
    public var lambda: Double?

    public init(_ point: DomainPoint, second: DomainPoint? = nil, lambda: Double? = nil) {
      (self.point, self.second, self.lambda) = (point, second, lambda)
    }

    var points: [DomainPoint] { [point] + (second.map { [$0] } ?? []) }
  }

  /// - Parameters:
  ///   - file: of the model.
  ///   - options: the seed also draws the other items.
  /// - Throws: as ``ElmFile/encoder()``.
  public init(
    _ model: EmbeddingLanguageModel, _ file: ElmFile, options: GenerationOptions = GenerationOptions()
  ) throws {
    self.init(
      speaker: model, mean: file.record.standardisation.mean, domain: file.domain, split: file.split,
      encoder: try file.encoder(), options: options)
  }

  package init(
    speaker: any VectorSpeaker, mean: [Float], domain: Domain, split: DomainSplit,
    encoder: DomainEncoder?, options: GenerationOptions = GenerationOptions()
  ) {
    let training = split.items(of: .training)
    (self.speaker, self.domain, self.options) = (speaker, domain, options)
    meter = ConsistencyMeter(domain, encoder: encoder, mean: mean)
    ground = DomainGround(
      domain, training: training, heldOut: split.items(of: .validation) + split.items(of: .test))
  }

  /// - Precondition: subjects of as many points as the question has places.
  /// - Throws: as ``EmbeddingLanguageModel/answers(to:_:)``.
  public func ask(_ question: ElmQuestion, about subjects: [Subject]) throws -> [ElmReply] {
    var random = SeededRandom(seed: options.seed ^ 0x0A5C)
    let others = subjects.map { subject in
      let spoken = Set(subject.points.flatMap(\.items))
      return subject.points.map { _ in Self.item(outside: spoken, of: domain.count, &random) }
    }
    let means = subjects.first.map { $0.points.map { _ in meter.mean } } ?? []
    let prompts =
      [question.prompt(about: means), question.promptWithoutVectors]
      + subjects.map { question.prompt(about: $0.points.map(\.vector)) }
      + others.map { items in question.prompt(about: items.map { domain.vectors.row($0) }) }
    let answers = try speaker.answers(to: prompts, options)
    let standings = ground.standings(
      of: subjects.flatMap { $0.points.map(\.vector) },
      madeOf: subjects.flatMap { $0.points.map(\.items) })
    var place = 0
    return try subjects.enumerated().map { index, subject in
      let points = subject.points
      defer { place += points.count }
      func said(_ answer: ElmAnswer) throws -> ElmReply.Said {
        ElmReply.Said(
          text: answer.text, hasEnded: answer.hasEnded,
          consistency: try meter.consistency(
            of: answer.text, with: points.map(\.vector).middle, leavingOut: points.flatMap(\.items)))
      }
      let controls = try ElmControl.allCases.map { control -> ElmReply.Control in
        switch control {
        case .mean: .init(control: control, item: nil, said: try said(answers[0]))
        case .none: .init(control: control, item: nil, said: try said(answers[1]))
        case .shuffled:
          .init(
            control: control, item: others[index].map { domain.names[$0] }.joined(separator: ", "),
            said: try said(answers[2 + subjects.count + index]))
        }
      }
      return ElmReply(
        point: subject.point.words, second: subject.second?.words, lambda: subject.lambda,
        question: question.words, answer: try said(answers[2 + index]), controls: controls,
        standings: Array(standings[place..<place + points.count]),
        isDirection: points.contains(where: \.isDirection))
    }
  }

  private static func item(outside spoken: Set<Int>, of count: Int, _ random: inout SeededRandom) -> Int {
    let others = (0..<count).filter { !spoken.contains($0) }
    return others.isEmpty ? 0 : others[Int(random.next(upperBound: UInt64(others.count)))]
  }
}

extension [[Float]] {
  /// Their mean: what an answer about several vectors is held against.
  var middle: [Float] {
    guard let first else { return [] }
    return first.indices.map { index in reduce(0) { $0 + $1[index] } / Float(count) }
  }
}
