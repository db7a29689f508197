public import Tensors

/// Two rows or more of both sides: row i of the source and row i of the target are the same token.
public struct MatchedRows: Sendable, Equatable {
  /// n x d_S.
  public let source: Matrix<Float>
  /// n x d_T.
  public let target: Matrix<Float>

  /// - Parameter purpose: what needs the rows, in the error's words.
  /// - Throws: `AlignmentError.tooFewTokens` for fewer than two.
  /// - Precondition: equally many rows.
  public init(
    source: Matrix<Float>, target: Matrix<Float>, for purpose: String
  ) throws(AlignmentError) {
    precondition(
      source.rows == target.rows, "matched rows: \(source.rows) of the source, \(target.rows) of the target")
    guard source.rows >= 2 else {
      throw .tooFewTokens(purpose: purpose, needed: 2, actual: source.rows)
    }
    (self.source, self.target) = (source, target)
  }
}
