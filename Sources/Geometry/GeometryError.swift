public import Files

/// What can be wrong with the data that a measure was given: place, reason, expected and actual.
public enum GeometryError: Failure, Equatable {
  /// A matrix holds NaN or an infinity; cosines and distances with that row mean nothing.
  case notFinite(matrix: String, row: Int)
  /// There are fewer tokens than the measure needs.
  case tooFewTokens(measure: String, needed: Int, actual: Int)
  /// A matrix decomposition did not converge.
  case decomposition(measure: String, reason: String)
  /// A distance between two models of a set is missing or is none.
  case distance(first: String, second: String, reason: String)
  /// A point that is not as wide as the rows of the space.
  case width(point: Int, rows: Int)
  /// An option outside its range.
  case option(name: String, expected: String, actual: String)

  public var description: String {
    switch self {
    case .notFinite(let matrix, let row):
      "\(matrix): row \(row) holds NaN or infinity, expected finite numbers; import the model again or drop the row"
    case .tooFewTokens(let measure, let needed, let actual):
      "\(measure): needs at least \(needed) tokens, got \(actual); loosen the token filter or lower k"
    case .decomposition(let measure, let reason):
      "\(measure): \(reason); look for rows of extreme size in the embedding"
    case .distance(let first, let second, let reason):
      "distance of \(first) and \(second): \(reason), expected one finite number of at least 0; compare the pair, or leave one of the two out"
    case .width(let point, let rows):
      "point: \(point) numbers, expected \(rows), the width of the space; take a point of this space, or carry it over by an alignment"
    case .option(let name, let expected, let actual): "option \(name): expected \(expected), got \(actual)"
    }
  }

  public var kind: FailureKind {
    switch self {
    case .notFinite: .badInput
    case .tooFewTokens, .decomposition, .distance: .notEvaluable
    case .width: .misfit
    case .option: .usage
    }
  }
}

/// Throws `GeometryError.option` for an option that is not allowed.
func requireOption(
  _ name: String, _ actual: some CustomStringConvertible, _ expected: String, _ isAllowed: Bool
) throws(GeometryError) {
  guard isAllowed else { throw .option(name: name, expected: expected, actual: "\(actual)") }
}
