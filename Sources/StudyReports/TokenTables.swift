internal import Geometry
public import Stores
internal import Studies
internal import Tokenizers
internal import Vocabularies
public import Workflow

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
