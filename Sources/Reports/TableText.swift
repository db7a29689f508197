internal import Files

extension Table {
  /// The table for a terminal: columns padded to the display width of their text, nothing escaped.
  ///
  /// Where it is too wide, headings, then intervals, then the widest column of words go into several lines; and where that is
  /// not enough, columns follow below with the first one before them again.
  /// - Parameter width: the columns of the terminal; nil never wraps.
  public func text(width: Int? = nil) -> String {
    var reasons: [String] = []
    let cells = rows.map { row in
      zip(columns, row).map { column, cell in
        TerminalText.line(column.words(cell, reasons: &reasons))
          .replacing(", ", with: ",\(Self.fixedSpace)", onlyIf: column.isEstimate)
      }
    }
    let headings = columns.map { TerminalText.line($0.heading) }
    func wrapped(_ text: String) -> [String] {
      width.map { TerminalText.wrapped(text, to: $0) } ?? [text]
    }
    var lines: [String] = []
    if !caption.isEmpty { lines += wrapped(TerminalText.line(caption)) + [""] }
    let grid = TextGrid(headings: headings, cells: cells, columns: columns)
    for (number, part) in grid.parts(width: width).enumerated() {
      if number > 0 { lines.append("") }
      lines += part
    }
    if rows.isEmpty { lines.append("no rows") }
    if let note = Self.note(on: reasons.map(TerminalText.line)) { lines += [""] + wrapped(note) }
    return lines.joined(separator: "\n").replacing(Self.fixedSpace, with: " ") + "\n"
  }

  /// Keeps an interval in one line.
  private static let fixedSpace = "\u{A0}"
}

extension String {
  fileprivate func replacing(_ text: String, with other: String, onlyIf condition: Bool) -> String {
    condition ? replacing(text, with: other) : self
  }
}

extension Table.Column {
  var isEstimate: Bool { if case .estimate = kind { true } else { false } }
}

/// Headings and cells in words, laid out in columns.
private struct TextGrid {
  let headings: [String]
  let cells: [[String]]
  let columns: [Table.Column]

  private static let gap = "  "
  /// Columns of words are not made narrower.
  private static let least = 12

  /// The lines of each part: one where the table fits.
  func parts(width: Int?) -> [[String]] {
    let all = Array(headings.indices)
    guard let width, total(natural(all)) > width else { return [lines(all, natural(all))] }
    var parts: [[Int]] = []
    for index in all {
      if let last = parts.last, total(narrowest(last + [index])) <= width {
        parts[parts.count - 1].append(index)
      } else {
        parts.append(parts.isEmpty || index == 0 ? [index] : [0, index])
      }
    }
    return parts.map { lines($0, fitted($0, width)) }
  }

  private func total(_ widths: [Int]) -> Int {
    widths.reduce(0, +) + Self.gap.count * max(0, widths.count - 1)
  }

  private func natural(_ indices: [Int]) -> [Int] {
    indices.map { index in ([headings[index]] + cells.map { $0[index] }).map(TerminalText.width).max() ?? 0 }
  }

  private func narrowest(_ indices: [Int]) -> [Int] { indices.map(narrowest) }

  /// The longest word; of columns of words, no more than the least.
  private func narrowest(_ index: Int) -> Int {
    let words = ([headings[index]] + cells.map { $0[index] }).map { text in
      text.split(separator: " ").map { TerminalText.width(String($0)) }.max() ?? 0
    }
    let longest = words.max() ?? 0
    return columns[index].kind == .text ? min(longest, Self.least) : longest
  }

  /// Headings narrow first, then intervals, then the widest column of words, as far as is needed.
  private func fitted(_ indices: [Int], _ width: Int) -> [Int] {
    var widths = natural(indices)
    let narrowest = narrowest(indices)
    func shrink(_ place: Int, to least: Int) {
      let excess = total(widths) - width
      if excess > 0 { widths[place] = max(min(widths[place], least), widths[place] - excess) }
    }
    for (place, index) in indices.enumerated() where columns[index].kind != .text {
      let cells = cells.map { TerminalText.width($0[index]) }.max() ?? 0
      shrink(place, to: max(cells, narrowest[place]))
    }
    while total(widths) > width {
      let texts = indices.indices.filter {
        columns[indices[$0]].kind == .text && widths[$0] > narrowest[$0]
      }
      guard let widest = texts.max(by: { widths[$0] < widths[$1] }) else { break }
      // As wide as the next, so that two long columns share what is missing.
      let next = texts.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
      let target = min(widths[widest] - 1, max(narrowest[widest], next))
      shrink(widest, to: target)
    }
    for (place, index) in indices.enumerated() where columns[index].isEstimate {
      shrink(place, to: narrowest[place])
    }
    return widths
  }

  private func lines(_ indices: [Int], _ widths: [Int]) -> [String] {
    let head = rows(indices.map { headings[$0] }, indices, widths)
    let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: Self.gap)
    return head + [rule] + cells.flatMap { row in rows(indices.map { row[$0] }, indices, widths) }
  }

  /// The lines of one row.
  private func rows(_ row: [String], _ indices: [Int], _ widths: [Int]) -> [String] {
    let wrapped = zip(row, widths).map { text, width in
      TerminalText.width(text) <= width ? [text] : TerminalText.wrapped(text, to: width)
    }
    return (0..<(wrapped.map(\.count).max() ?? 1)).map { number in
      let padded = indices.indices.map { place in
        let part = number < wrapped[place].count ? wrapped[place][number] : ""
        return columns[indices[place]].alignment.padded(part, to: widths[place])
      }
      let line = padded.joined(separator: Self.gap)
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}

extension Table.Alignment {
  fileprivate func padded(_ text: String, to width: Int) -> String {
    let space = max(0, width - TerminalText.width(text))
    let before =
      switch self {
      case .left: 0
      case .right: space
      case .centre: space / 2
      }
    return String(repeating: " ", count: before) + text + String(repeating: " ", count: space - before)
  }
}
