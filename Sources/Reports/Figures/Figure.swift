/// A figure as a value: its words, its size and the gnuplot commands that draw it on any terminal.
///
/// Made by `doseResponse`, `heatMap`, `histogram`, `groupedBars`, `dendrogram` and `scatter`; drawn by
/// ``Gnuplot``. The script depends on nothing but the arguments: equal figures are equal bytes.
public struct Figure: Sendable, Equatable {
  /// What the figure shows, in a few words above it.
  public let title: String
  /// Size in points of the SVG.
  public let width: Int
  public let height: Int
  /// gnuplot commands from the first `set` to the last `plot`, without terminal and output.
  let body: [String]

  init(title: String, width: Int = 900, height: Int = 480, body: [String]) {
    self.title = title
    self.width = width
    self.height = height
    self.body = body
  }
}

/// An axis: what it measures and in which unit.
public struct FigureAxis: Sendable, Equatable {
  public let name: String
  public let unit: String?

  public init(_ name: String, unit: String? = nil) {
    self.name = name
    self.unit = unit
  }

  var label: String { unit.map { "\(name) (\($0))" } ?? name }
}

/// Colours, quoting and the parts that all figures share.
enum FigureStyle {
  /// Okabe and Ito (2008): told apart with every common kind of colour vision.
  static let palette = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C6D31", "#555555",
  ]
  static let ink = "#222222"
  static let faint = "#8A8A8A"
  static let grid = "#E4E4E4"

  static func colour(_ index: Int) -> String { palette[index % palette.count] }

  /// A string that gnuplot takes literally. Single quotes: no escapes, no command substitution.
  static func quoted(_ text: String) -> String {
    let visible = MarkdownText.visible(text, keepingLineBreaks: false)
    return "'" + visible.replacing("'", with: "''") + "'"
  }

  /// Open axes below and left, a quiet horizontal grid, the title on the left.
  static func frame(title: String, x: FigureAxis, y: FigureAxis) -> [String] {
    [
      "set border 3 linewidth 1 linecolor rgb '\(faint)'",
      "set tics nomirror out scale 0.6 textcolor rgb '\(ink)'",
      "set grid ytics linetype 1 linewidth 0.7 linecolor rgb '\(grid)' back",
      heading(title),
      "set xlabel \(quoted(x.label)) noenhanced textcolor rgb '\(ink)' offset 0,-0.3",
      "set ylabel \(quoted(y.label)) noenhanced textcolor rgb '\(ink)' offset -0.6,0",
      "set lmargin 10", "set bmargin 4.2", "set tmargin 2.8",
    ]
  }

  /// - Parameter lines: how far above the drawn area.
  static func heading(_ title: String, above lines: Double = 1.3) -> String {
    "set label 1000 \(quoted(title)) at graph 0, graph 1 offset 0,\(lines) left noenhanced "
      + "font ',15' textcolor rgb '\(ink)' front"
  }

  /// A key to the right of the plot, one series a line, wide enough for the longest name.
  static func keyOutside(names: [String]) -> [String] {
    let longest = names.map { $0.count }.max() ?? 0
    return [
      "set key outside right top vertical Left reverse noenhanced samplen 2 spacing 1.35 width 0 "
        + "textcolor rgb '\(ink)'",
      "set rmargin \(max(14, longest * 19 / 20 + 8))",
    ]
  }

  /// A rounded number as the axes write it, with a true minus sign.
  static func number(_ value: Double, _ format: NumberFormat) -> String? {
    format.text(value)?.replacing("-", with: "\u{2212}")
  }

  /// A named block of numbers, one row a line; an empty row interrupts a line.
  static func data(_ name: String, _ rows: [[Double]]) -> [String] {
    ["$\(name) << EOD"] + rows.map { row in row.map { "\($0)" }.joined(separator: " ") } + ["EOD"]
  }
}
