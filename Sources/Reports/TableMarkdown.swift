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
    if let note = Self.note(on: reasons.map(MarkdownText.escaped)) { lines += ["", note] }
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
