/// The paper under a figure. Lengths are pixels of 1/96 inch, as in SVG.
struct FigurePage: Sendable {
  static let pixelsPerInch = 96.0

  let width: Double
  /// The size of the letters.
  let em: Double
  let hasTitle: Bool

  init(_ options: FigureOptions) {
    width = (options.width.millimetres / 25.4 * Self.pixelsPerInch).rounded()
    em = (options.fontSize / 72 * Self.pixelsPerInch * 100).rounded() / 100
    hasTitle = options.hasTitles
  }

  /// Letters of a share of the usual size.
  func font(_ share: Double) -> String { "font ',\((share * em * 100).rounded() / 100)'" }
}

/// What a figure consists of once its page is known.
struct FigureDrawing {
  /// Of the whole picture, in pixels.
  let height: Double
  /// gnuplot commands from the first `set` to the last `plot`, without terminal and output; they read the blocks as
  /// `data index 'NAME'`.
  let commands: [String]
  let data: [FigureData]
}

/// A block of the figure's data file.
struct FigureData {
  let name: String
  /// What it holds, in words, and of each column.
  let meaning: String
  let columns: [String]
  /// An empty row interrupts a line.
  let rows: [[Double]]

  init(_ name: String, _ meaning: String = "", columns: [String], rows: [[Double]]) {
    (self.name, self.meaning, self.columns, self.rows) = (name, meaning, columns, rows)
  }

  /// Numbers in columns behind two lines of comment, of which the second is the name that gnuplot finds it by; two empty
  /// lines end it.
  var text: String {
    var lines: [String] = []
    for row in rows {
      // Two empty lines would end the block.
      if row.isEmpty, lines.last?.isEmpty ?? true { continue }
      lines.append(row.map { "\($0)" }.joined(separator: " "))
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    let head = (meaning.isEmpty ? [] : [MarkdownText.visible(meaning, keepingLineBreaks: false) + ": "])
    return "# \(head.joined())\(columns.joined(separator: ", "))\n# \(name)\n"
      + lines.map { "\($0)\n" }.joined() + "\n\n"
  }
}
