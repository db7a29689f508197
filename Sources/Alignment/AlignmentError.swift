public import Files
public import LinearAlgebra

/// Why a map could not be fitted or scored; shapes that do not fit are preconditions.
public enum AlignmentError: Failure, Equatable {
  /// NaN or an infinity in a row of the source or the target.
  case notFinite(side: String, row: Int)
  /// Too few matched tokens for what was asked.
  case tooFewTokens(purpose: String, needed: Int, actual: Int)
  /// All rows of a side are equal (or zero, without centring), so there is nothing to fit or to explain.
  case noVariance(side: String)
  /// An option outside its range.
  case option(name: String, expected: String, actual: String)
  /// A LAPACK routine could not finish.
  case linearAlgebra(LinearAlgebraError)

  public var description: String {
    switch self {
    case .notFinite(let side, let row):
      "\(side) row \(row) holds NaN or an infinity; drop the token or import the model again"
    case .tooFewTokens(let purpose, let needed, let actual):
      "\(purpose) needs at least \(needed) matched tokens, got \(actual); loosen the token filter"
    case .noVariance(let side):
      "the \(side) rows do not vary, so no map can be judged on them; check which matrix was imported"
    case .option(let name, let expected, let actual):
      "option \(name): expected \(expected), got \(actual)"
    case .linearAlgebra(let error): error.description
    }
  }

  public var kind: FailureKind {
    switch self {
    case .notFinite: .badInput
    case .tooFewTokens, .noVariance: .notEvaluable
    case .option: .usage
    case .linearAlgebra(let error): error.kind
    }
  }
}

/// Runs a LAPACK computation, its failure told as ours.
func solving<Result>(
  _ body: () throws(LinearAlgebraError) -> Result
) throws(AlignmentError) -> Result {
  do throws(LinearAlgebraError) { return try body() } catch { throw .linearAlgebra(error) }
}
