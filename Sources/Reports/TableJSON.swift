extension Table {
  /// The rows as objects under the names of the CSV columns, in full precision; null where a cell is not evaluable, beside its
  /// reason.
  public var json: JSONValue {
    .array(
      rows.map { row in
        var members: [String: JSONValue] = [:]
        for (column, cell) in zip(columns, row) {
          let name = column.csvName
          switch cell {
          case .text(let text): members[name] = .string(text)
          case .integer(let value): members[name] = .integer(value)
          case .number(let value): members[name] = .number(value)
          case .estimate(let value, let lower, let upper):
            members[name] = .number(value)
            if lower.isFinite && upper.isFinite {
              (members["\(name)_lower"], members["\(name)_upper"]) = (.number(lower), .number(upper))
            }
          case .notEvaluable(let reason):
            (members[name], members["\(name)_note"]) = (.null, .string(reason))
          }
        }
        return .object(members)
      })
  }
}
