/// The kinds of picture that figures are written as.
public enum FigureFormat: String, Sendable, CaseIterable, Codable {
  case svg, pdf, png
}

/// How figures are drawn, the same for all of a report.
public struct FigureOptions: Sendable, Equatable {
  /// Each figure is written once for each.
  public var formats = [FigureFormat.svg]
  public var width = FigureWidth(millimetres: 170)
  /// A family that the machine has; another one is replaced in PDF and PNG (``fontNotes(text:fonts:)``).
  public var font = "sans-serif"
  /// Points.
  public var fontSize = 9.0
  /// A paper has captions and needs no titles.
  public var hasTitles = true
  /// What figures call a model, by its name everywhere else.
  public var labels: [String: String] = [:]

  public init() {}

  /// What figures call a model: its label, or else its name.
  public func label(_ model: String) -> String { labels[model] ?? model }
}

/// How wide a figure is on paper: 85 mm fill a column of most journals, 170 mm the width of their text.
public struct FigureWidth: Sendable, Equatable {
  /// 40 to 400.
  public let millimetres: Double

  public init(millimetres: Double) { self.millimetres = millimetres }

  /// A number with its unit, such as `85mm` or `3.35in`; nil for anything else.
  public init?(_ text: String) {
    let bare = text.filter { $0 != " " }
    guard let number = Double(bare.dropLast(2)), number.isFinite else { return nil }
    switch bare.suffix(2) {
    case "mm": self.init(millimetres: number)
    case "in": self.init(millimetres: 25.4 * number)
    default: return nil
    }
  }

  /// Which widths are allowed, in words.
  public static let range = "40mm to 400mm, or in inches: 3.35in"

  /// Whether a figure can be drawn so.
  public var isAllowed: Bool { (40...400).contains(millimetres) }

  /// As it is read.
  public var text: String {
    let number = "\(millimetres)"
    return (number.hasSuffix(".0") ? number.dropLast(2) : number[...]) + "mm"
  }
}

extension FigureWidth: Encodable {
  /// As it is read.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(text)
  }
}
