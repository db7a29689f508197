extension Table {
  /// The names of the CSV columns, in order.
  ///
  /// A column is named with its unit (`log_odds_nats`); an estimate is followed by its `_lower` and `_upper`
  /// ends; a column in which some cell is not evaluable by a `_note` with the reasons.
  public var csvHeader: [String] {
    columns.indices.flatMap { index in
      let name = columns[index].csvName
      var names = [name]
      if case .estimate = columns[index].kind { names += [name + "_lower", name + "_upper"] }
      if hasNotes(index) { names.append(name + "_note") }
      return names
    }
  }

  /// The table as CSV (RFC 4180: CRLF line ends, quotes doubled), numbers in full precision.
  ///
  /// Each number is the shortest decimal that reads back as the same Double; a missing value is an empty field. Words that
  /// begin with `=`, `+`, `-` or `@` have an apostrophe in front, so that no spreadsheet runs them.
  public func csv() -> String {
    let body = rows.map { row in
      columns.indices.flatMap { fields(row[$0], kind: columns[$0].kind, note: hasNotes($0)) }
    }
    return CSV.text([csvHeader] + body)
  }

  /// The caption as a CSV row of its own.
  var csvCaption: String { CSV.text([[CSV.words(caption)]]) }

  private func hasNotes(_ column: Int) -> Bool {
    rows.contains { if case .notEvaluable = $0[column] { true } else { false } }
  }

  private func fields(_ cell: Cell, kind: Kind, note: Bool) -> [String] {
    let width = if case .estimate = kind { 3 } else { 1 }
    let values: [String]
    var reason = ""
    switch cell {
    case .text(let text): values = [CSV.words(text)]
    case .integer(let value): values = [String(value)]
    case .number(let value): values = [CSV.number(value)]
    case .estimate(let value, let lower, let upper): values = [value, lower, upper].map { CSV.number($0) }
    case .notEvaluable(let why):
      values = Array(repeating: "", count: width)
      reason = CSV.words(why)
    }
    return note ? values + [reason] : values
  }
}
