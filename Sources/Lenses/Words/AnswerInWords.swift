/// What a model says in a point's place, beside what it says without the point, and how well the words tell the point from others.
public struct AnswerInWords: Sendable, Equatable, Codable {
  public let place: PatchPlace
  /// By name.
  public let prompt: String
  /// The text that the model continued, the point marked by ``WordsPrompt/point``.
  public let promptText: String
  public let insertion: Insertion
  /// The point's length in the residual stream, before it is inserted.
  public let pointNorm: Double
  /// The length of the state that stands in the placeholder's position.
  public let standingNorm: Double
  /// Tokens that the point decodes to without any prompt: nearest rows of the embedding, or the logit lens's first.
  public let decodesTo: [String]
  /// What the other points are, in words.
  public let others: String
  /// One of each ``WordsArm``, in that order.
  public let arms: [ArmInWords]

  /// Whether the words tell the point from others and from noise of its length, and better than the controls' words do.
  public var verdict: WordsVerdict {
    guard let point = self[.point]?.identified.identification else { return .notEvaluable }
    let controls = arms.dropFirst().compactMap { $0.identified.identification?.rank }
    let noise = self[.point]?.identifiedAmongShuffled.identification?.pValue ?? 1
    if point.pValue > 0.05 || noise > 0.05 { return .notIdentified }
    if controls.contains(where: { $0 <= point.rank }) { return .noBetterThanControls }
    return self[.point]?.identifiedBeyondCopies.identification.map { $0.pValue <= 0.05 } == true
      ? .identified : .onlyCopied
  }

  /// The arm of that kind.
  public subscript(arm: WordsArm) -> ArmInWords? { arms.first { $0.arm == arm } }
}

/// What an answer is worth, at 5 %.
public enum WordsVerdict: String, Sendable, Codable, CaseIterable {
  /// The words tell the point from others and from noise, also without those that it decodes to anyhow, and better than all controls' words.
  case identified
  /// They do, but only by words that the point decodes to without any prompt.
  case onlyCopied
  /// The point ranks well, but as well by the words of a control: they come from the prompt, or the point lies near all words.
  case noBetterThanControls
  /// The point does not rank well by its words.
  case notIdentified
  /// No answer holds a word.
  case notEvaluable

  /// As reports print it.
  public var words: String {
    switch self {
    case .identified: "the words tell the point from others, better than every control's do"
    case .onlyCopied:
      "the words name what the point decodes to without a prompt; beyond that they do not tell it from others"
    case .noBetterThanControls: "the words are no better than the controls': they do not speak of the point"
    case .notIdentified: "the words do not tell the point from others"
    case .notEvaluable: "the model wrote no words"
    }
  }
}

/// What stands in the placeholder's position.
public enum WordsArm: String, Sendable, Codable, CaseIterable {
  case point
  /// The placeholder as it is: what the prompt says by itself.
  case noPoint
  /// A random point of the same place.
  case anotherPoint
  /// The point's coordinates in random order: equal length and numbers, no direction.
  case shuffled

  /// As reports print it.
  public var words: String {
    switch self {
    case .point: "the point"
    case .noPoint: "no point"
    case .anotherPoint: "another point"
    case .shuffled: "the point shuffled"
    }
  }
}

/// The answers of one arm; all ranks are the point's, whatever stood in its place.
public struct ArmInWords: Sendable, Equatable, Codable {
  public let arm: WordsArm
  /// The most probable answer, then the drawn ones.
  public let answers: [WordsAnswer]
  /// The point's rank by the cosine between re-embedded answers and points.
  public let identified: Identified
  /// The same without the words that repeat what the point decodes to anyhow.
  public let identifiedBeyondCopies: Identified
  /// The point's rank among as many copies of it with the coordinates in random order. Exact where a point is nothing but noise: such a
  /// point lies near no words at all, and so ahead of all words that an answer happens to be far from.
  public let identifiedAmongShuffled: Identified
  /// The point's rank by ln p(first eight tokens of the most probable answer | point); its score is the pointwise mutual information
  /// ln p(answer | point) − ln mean p(answer | other point), nats. Nil where it was not asked for.
  public let likelihood: Identified?
}

/// One answer.
public struct WordsAnswer: Sendable, Equatable, Codable {
  public let text: String
  /// The token ids.
  public let tokens: [Int]
  /// Words of ``AnswerInWords/decodesTo`` that it repeats.
  public let copies: [String]
}
