public import Files

/// A LAPACK routine that could not finish; the arguments' shapes are preconditions, never errors.
public enum LinearAlgebraError: Failure, Equatable {
  /// An iterative routine did not converge.
  case notConverged(routine: String, info: Int)
  /// A Cholesky factorisation met a leading minor that is not positive.
  case notPositiveDefinite(routine: String, minor: Int)

  public var description: String {
    switch self {
    case .notConverged(let routine, let info):
      "\(routine) did not converge (info \(info)): look for NaN or infinite numbers in the input"
    case .notPositiveDefinite(let routine, let minor):
      "\(routine): the leading minor of order \(minor) is not positive; add a ridge or drop dependent columns"
    }
  }

  public var kind: FailureKind { .notEvaluable }
}
