extension Table {
  /// The table as GitHub-flavoured Markdown: caption, heading, rows, and the reasons of what is not evaluable.
  ///
  /// Numbers are rounded to the digits of their column; an estimate reads `0.43 [0.41, 0.45]`; `n/e (1)`
  /// points to the first reason below the table. Words are escaped (``MarkdownText/escaped(_:)``).
  public func markdown() -> String {
    var reasons: [String] = []
    var lines: [String] = []
    if !caption.isEmpty { lines += ["**\(MarkdownText.escaped(caption))**", ""] }
    lines.append(line(columns.map { MarkdownText.escaped($0.heading) }))
    lines.append(line(columns.map { $0.alignment.rule }))
    for row in rows {
      lines.append(
        line(
          zip(columns, row).map { column, cell in
            let words = column.words(cell, reasons: &reasons)
            return if case .text = cell { MarkdownText.escaped(words) } else { words }
          }))
    }
    if rows.isEmpty { lines.append(line(["*no rows*"] + columns.dropFirst().map { _ in "" })) }
    if !reasons.isEmpty {
      let list = reasons.enumerated().map { "(\($0 + 1)) \(MarkdownText.escaped($1))" }
      lines += ["", "n/e: not evaluable, because " + list.joined(separator: "; ") + "."]
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }
}

extension Table.Alignment {
  fileprivate var rule: String {
    switch self {
    case .left: ":---"
    case .right: "---:"
    case .centre: ":---:"
    }
  }
}

extension Table.Column {
  /// What readers see of a cell: numbers rounded, and where there is none a number of the list of reasons.
  func words(_ cell: Table.Cell, reasons: inout [String]) -> String {
    switch cell {
    case .text(let text): return text
    case .integer(let value): return String(value)
    case .number(let value): return format.text(value) ?? "n/e"
    case .estimate(let value, let lower, let upper):
      guard let middle = format.text(value) else { return "n/e" }
      guard let low = format.text(lower), let high = format.text(upper) else { return middle }
      return "\(middle) [\(low), \(high)]"
    case .notEvaluable(let reason):
      let index = reasons.firstIndex(of: reason) ?? reasons.endIndex
      if index == reasons.endIndex { reasons.append(reason) }
      return "n/e (\(index + 1))"
    }
  }

  private var format: NumberFormat {
    switch kind {
    case .number(let format), .estimate(let format): format
    case .text, .integer: .decimals(0)
    }
  }
}
