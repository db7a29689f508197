public import Statistics
public import Tokenizers

/// What is known of the compared tokens beside their rows: which are forms of one word, and of which kind they are.
public struct TokenStructure: Sendable {
  /// Forms of one word, which intervals keep together.
  public let forms: TokenGroups
  /// Kinds of tokens, within which nulls permute; nil permutes all.
  public let strata: TokenStrata?

  /// - Parameters:
  ///   - tokens: the compared tokens, as the first model spells them.
  ///   - isStratified: whether nulls permute within strata.
  public init(_ tokens: [Token], isStratified: Bool) {
    forms = .forms(of: tokens)
    strata = isStratified ? TokenStrata(tokens) : nil
  }
}

extension Resampling {
  /// The same for tokens of a structure.
  public func keeping(_ structure: TokenStructure) -> Resampling {
    var options = self
    (options.groups, options.strata) = (structure.forms, structure.strata?.groups)
    return options
  }
}
