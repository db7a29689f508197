/// A way to make a steering vector.
public enum ExtractionMethod: Sendable {
  /// Of contrast pairs.
  case pairs(any DirectionEstimator)
  /// Of tokens to promote: ``TokenDirection``.
  case tokens
  /// Of a text to be written: ``LatentVector``.
  case text

  /// What it is made of.
  public enum Kind: Sendable { case pairs, tokens, text }

  public var kind: Kind {
    switch self {
    case .pairs: .pairs
    case .tokens: .tokens
    case .text: .text
    }
  }

  /// The name in vector files, in camel case.
  public var name: String {
    switch self {
    case .pairs(let estimator): estimator.name
    case .tokens: TokenDirection.name
    case .text: LatentVector.name
    }
  }

  /// The name as the command line spells it: `token-direction` for `tokenDirection`.
  public var word: String { spelled(name) }
}

/// The list of methods.
public enum ExtractionMethods {
  /// Those of pairs, which studies take too, and those that need none; the standard one first.
  public static let all: [ExtractionMethod] = DirectionEstimators.all.map { .pairs($0) } + [.tokens, .text]

  /// The method of a name, as files or as the command line spell it; nil for an unknown one.
  public static func named(_ name: String) -> ExtractionMethod? {
    all.first { $0.name == name || $0.word == name }
  }
}

/// `mean-difference` for `meanDifference`.
func spelled(_ name: String) -> String {
  name.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
}
