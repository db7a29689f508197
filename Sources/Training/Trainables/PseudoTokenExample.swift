internal import Files

/// A text to be written after pseudo-tokens: vectors that enter the model as the rows of tokens do, but are none.
///
/// The model reads `before`, K pseudo-tokens, `after`, and is to go on with `target`.
public struct PseudoTokenExample: Sendable, Equatable {
  /// Tokens in front of the pseudo-tokens, a begin of sequence where the model wants one.
  public var before: [Int]
  /// Tokens between them and the target.
  public var after: [Int]
  /// Tokens that are to follow, each counted in the loss.
  public var target: [Int]

  public init(before: [Int] = [], after: [Int] = [], target: [Int]) {
    (self.before, self.after, self.target) = (before, after, target)
  }
}

extension [PseudoTokenExample] {
  /// SHA-256 over all tokens, hexadecimal.
  var sha256: String {
    let numbers = flatMap { example in
      [example.before, example.after, example.target].flatMap { [Int64($0.count)] + $0.map(Int64.init) }
    }
    var hash = SHA256()
    hash.update(numbers.span)
    return hexadecimal(hash.finalized())
  }
}
