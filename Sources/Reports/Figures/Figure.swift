/// A figure as a value: its title, and how it is drawn on any page.
///
/// Made by `doseResponse`, `heatMap`, `histogram`, `groupedBars`, `dendrogram`, `scatter`, `density` and `maps`; drawn by
/// ``Gnuplot``. What is drawn depends on nothing but the arguments and the ``FigureOptions``.
public struct Figure: Sendable {
  /// What the figure shows, in a few words above it.
  public let title: String
  let drawn: @Sendable (FigurePage) -> FigureDrawing

  init(title: String, _ drawn: @escaping @Sendable (FigurePage) -> FigureDrawing) {
    (self.title, self.drawn) = (title, drawn)
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
  /// Okabe and Ito (2008): told apart with every common kind of colour vision; neighbours differ in lightness too.
  static let palette = [
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#8C6D31", "#555555",
  ]
  static let ink = "#222222"
  static let soft = "#666666"
  static let faint = "#8A8A8A"
  static let grid = "#E4E4E4"
  /// Light to dark, evenly, so that it reads in grey too.
  static let sequential = ["#F7FBFF", "#D6E6F4", "#ABCFE5", "#6AAED6", "#3787C0", "#105BA4", "#08306B"]

  static func colour(_ index: Int) -> String { palette[index % palette.count] }

  /// A string that gnuplot takes literally, in blocks too: what could be code, an escape or a bracket is a number.
  static func quoted(_ text: String) -> String {
    // Few fonts have the pictures of control characters.
    let line = String(text.map { $0.isWhitespace || $0.isNewline ? " " : $0 })
    let visible = MarkdownText.visible(line, keepingLineBreaks: false)
    return "\""
      + visible.unicodeScalars.reduce(into: "") { result, scalar in
        if special.contains(scalar) {
          let digits = String(scalar.value, radix: 8)
          result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      } + "\""
  }

  private static let special = Set("\"'\\`$@#{}".unicodeScalars)

  /// The name of a place on an axis, which gnuplot would take for a format.
  static func tic(_ lines: [String], at place: Int) -> String {
    "\(quoted(lines.map { $0.replacing("%", with: "%%") })) \(place)"
  }

  /// Several lines as one string.
  static func quoted(_ lines: [String]) -> String {
    lines.map { String(quoted($0).dropFirst().dropLast()) }.joined(separator: "\\n").wrapped
  }

  /// Gives gnuplot's `plot` its parts.
  static func plot(_ parts: [String]) -> String { "plot " + parts.joined(separator: ", \\\n  ") }

  /// A rounded number as the axes write it, with a true minus sign.
  static func number(_ value: Double, _ format: NumberFormat) -> String? {
    format.text(value)?.replacing("-", with: "\u{2212}")
  }
}

extension String {
  fileprivate var wrapped: String { "\"\(self)\"" }
}
