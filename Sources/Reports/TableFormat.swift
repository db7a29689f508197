internal import Files

/// How tables are printed.
public enum TableFormat: String, Sendable, CaseIterable {
  /// Columns that line up, for a terminal.
  case text
  /// GitHub-flavoured Markdown.
  case md
  /// Full precision, for programs. Of several tables each begins with its caption in a row, and an empty line lies between two.
  case csv
  /// Full precision, rows as objects; of several tables each with its caption.
  case json
}

extension [Table] {
  /// The tables one after the other, behind what must be said of them all.
  ///
  /// - Parameters:
  ///   - note: not in CSV, which has only what the tables hold.
  ///   - width: the columns of a terminal, for `.text`.
  public func formatted(_ format: TableFormat, note: String? = nil, width: Int? = nil) -> String {
    switch format {
    case .text:
      let words = note.map { "\(TerminalText.line($0))." }
      let lines = words.map { words in
        (width.map { TerminalText.wrapped(words, to: $0) } ?? [words]).joined(separator: "\n") + "\n"
      }
      return ([lines].compactMap { $0 } + map { $0.text(width: width) }).joined(separator: "\n")
    case .md:
      return ((note.map { ["\(MarkdownText.escaped($0)).\n"] } ?? []) + map { $0.markdown() })
        .joined(separator: "\n")
    case .csv:
      guard count > 1 else { return first?.csv() ?? "" }
      return map { $0.csvCaption + $0.csv() }
        .joined(separator: "\r\n")
    case .json:
      if let only = first, count == 1 { return only.json.text }
      return JSONValue.array(map { ["caption": .string($0.caption), "rows": $0.json] }).text
    }
  }
}
