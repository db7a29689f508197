internal import Geometry
internal import Tokenizers
public import Vocabularies

/// Two vocabularies and the tokens that both have.
public struct VocabularyMatch: Sendable {
  package let a: (name: String, rows: TokenRows)
  package let b: (name: String, rows: TokenRows)
  /// Before any filter.
  public let match: TokenMatch

  init(_ a: (name: String, rows: TokenRows), _ b: (name: String, rows: TokenRows)) {
    (self.a, self.b) = (a, b)
    match = TokenMatch(a.rows.tokens, b.rows.tokens)
  }

  /// Matched tokens whose row training has not told apart, or is a copy, in either model.
  package var untrainedPairs: Int {
    match.pairs.count {
      a.rows.untrained.kinds[$0.rowA] != nil || b.rows.untrained.kinds[$0.rowB] != nil
    }
  }
}
