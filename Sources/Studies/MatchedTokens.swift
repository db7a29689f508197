internal import Foundation
public import Geometry
internal import Reports
public import Stores
internal import Tokenizers

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

extension PairResult {
  /// Every matched token with what measures say of it, for programs: nothing is measured.
  public var tokenTable: TokenTable {
    func missing(_ kinds: [UntrainedTokens.Kind?]) -> TokenTable.Values {
      .texts(kinds.map { $0?.rawValue ?? "" })
    }
    let count = tokens.texts.count
    let leftOut = [Float](repeating: .nan, count: count - tokens.compared)
    let described: [TokenTable.Column] = [
      .init(
        "text", "the bytes that the token stands for, escaped as in a string of Python", .texts(tokens.texts)),
      .init("row_a", "row in \(self.a)", .integers(tokens.rowsA.map { Int32($0) })),
      .init("row_b", "row in \(self.b)", .integers(tokens.rowsB.map { Int32($0) })),
      .init("match", "why the rows are the same token", .texts(tokens.reasons.map(\.rawValue))),
      .init("class", "kind of text", .texts(tokens.classes.map(\.rawValue))),
      .init(
        "untrained_a", "what is wrong with the row in \(self.a); empty for nothing",
        missing(tokens.untrainedA)),
      .init(
        "untrained_b", "what is wrong with the row in \(self.b); empty for nothing",
        missing(tokens.untrainedB)),
      .init(
        "compared", "1 for tokens of every measure, 0 for those left out as untrained or copies",
        .integers((0..<count).map { $0 < tokens.compared ? 1 : 0 })),
    ]
    let measured = findings.tokenNumbers(count: tokens.compared).map { column in
      TokenTable.Column(
        column.name, column.title,
        .numbers(column.values.map { $0.map { Float($0) } ?? .nan } + leftOut))
    }
    return TokenTable(
      tokens.stores.a, tokens.stores.b, space: space.rawValue, columns: described + measured,
      toolVersion: toolVersion)
  }
}
