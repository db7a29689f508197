/// The tree of a regular expression.
indirect enum PatternNode: Sendable {
  case empty
  case set(ScalarRule)
  case sequence([PatternNode])
  case choice([PatternNode])
  case `repeat`(PatternNode, least: Int, most: Int, Manner)
  case look(PatternNode, ahead: Bool, negated: Bool)
  case atomic(PatternNode)
  case lineStart
  case lineEnd
  case textStart
  case textEnd
  case wordBoundary(negated: Bool)

  /// How a repeat takes its turns: as many as it can, as few, or as many and none given back.
  enum Manner: Sendable { case greedy, lazy, possessive }

  /// Whether it matches without taking anything.
  var canBeEmpty: Bool {
    switch self {
    case .empty, .look, .lineStart, .lineEnd, .textStart, .textEnd, .wordBoundary: true
    case .set: false
    case .sequence(let parts): parts.allSatisfy(\.canBeEmpty)
    case .choice(let parts): parts.contains(where: \.canBeEmpty)
    case .repeat(let body, let least, _, _): least == 0 || body.canBeEmpty
    case .atomic(let body): body.canBeEmpty
    }
  }
}
