internal import Files
public import Geometry
public import Stores
internal import Tokenizers
public import Vocabularies

/// The tokens that two models share: the compared ones, in the order of what measures say of each token, then those that are left out
/// because a row is untrained or a copy.
public struct MatchedTokens: Sendable {
  /// The stores that they are rows of.
  public let stores: (a: StoreReference, b: StoreReference)
  /// How many are compared; they come first.
  public let compared: Int
  /// The bytes that each stands for, escaped (`EscapedText`); a special token's name.
  public let texts: [String]
  public let rowsA: [Int]
  public let rowsB: [Int]
  public let reasons: [MatchReason]
  /// By surface form.
  public let classes: [TokenClass]
  /// What is wrong with its row in a model; nil for nothing.
  public let untrainedA: [UntrainedTokens.Kind?]
  public let untrainedB: [UntrainedTokens.Kind?]

  /// - Parameter leavesOutUntrained: whether the untrained pairs of the match are beside its compared ones, or among them.
  init(
    _ match: PairMatch, _ a: TokenRows, _ b: TokenRows, stores: (a: StoreReference, b: StoreReference),
    leavesOutUntrained: Bool
  ) {
    self.stores = stores
    let pairs = match.pairs + (leavesOutUntrained ? match.untrained : [])
    let tokens = pairs.map { a.tokens[$0.rowA] }
    compared = match.pairs.count
    texts = tokens.map { token in
      EscapedText.of(token.kind == .control ? Array(token.form.utf8) : token.bytes)
    }
    (rowsA, rowsB, reasons) = (pairs.map(\.rowA), pairs.map(\.rowB), pairs.map(\.reason))
    classes = tokens.map(TokenClass.init)
    untrainedA = pairs.map { a.untrained.kinds[$0.rowA] }
    untrainedB = pairs.map { b.untrained.kinds[$0.rowB] }
  }
}
