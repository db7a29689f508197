internal import Foundation

/// The room around what is plotted: title, key, axes and a note, each measured before anything is drawn, so that a figure fits its
/// page at any width and size of letters.
struct FigureFrame {
  /// Pixels from the left and the top edge of the page.
  let left: Double
  let right: Double
  let top: Double
  let bottom: Double
  let height: Double
  private let page: FigurePage
  private let title: [String]
  private let key: Key?
  private let x: [String]
  private let y: [String]
  private let note: [String]
  private let ticsBelow: Double

  /// Names of series in rows above the plot.
  private struct Key {
    let rows: Int
    let room: Double
  }

  /// - Parameters:
  ///   - key: the names of what is plotted; none, no key.
  ///   - ticsLeft, ticsBelow: room for what stands at the axes, in em.
  ///   - beside, above: room right of the plot and above it, in em.
  ///   - widest: the plot is no wider, in pixels.
  ///   - note: a sentence below, such as how well a map fits.
  ///   - plotHeight: how high the plot is for its width, in pixels.
  init(
    _ page: FigurePage, title: String, x: FigureAxis? = nil, y: FigureAxis? = nil, key: [String] = [],
    ticsLeft: Double = 3.7, ticsBelow: Double = 2, beside: Double = 1, widest: Double = .infinity,
    above: Double = 0, note: String? = nil, plotHeight: (Double) -> Double = { 90 + 0.36 * $0 }
  ) {
    let em = page.em
    self.page = page
    self.ticsBelow = ticsBelow
    // A label may need several lines, which take from the width: by the height of a plot without them.
    let firstWidth = page.width - (2.2 + ticsLeft + beside) * em
    let guess = plotHeight(min(widest, firstWidth))
    self.y = y.map { FigureText.lines($0.label, room: max(8, 1.1 * guess / em)) } ?? []
    left = (0.6 + 1.25 * Double(self.y.count) + ticsLeft) * em
    right = min(page.width - beside * em, left + widest)
    let width = right - left
    self.title = page.hasTitle ? FigureText.lines(title, room: (page.width / em - 1) / 1.1) : []
    self.x = x.map { FigureText.lines($0.label, room: width / em) } ?? []
    self.note = note.map { FigureText.lines($0, room: (page.width / em - 1) / 0.85, atMost: 4) } ?? []
    self.key = key.isEmpty ? nil : Self.key(key, room: page.width / em - 1 - Self.keyLeft)
    top = (0.5 + 1.45 * Double(self.title.count) + 1.3 * Double(self.key?.rows ?? 0) + 0.8 + above) * em
    bottom = top + plotHeight(width).rounded()
    let below = ticsBelow + 0.4 + 1.25 * Double(self.x.count) + 1.05 * Double(self.note.count) + 0.3
    height = (bottom + below * em).rounded(.up)
  }

  /// Where the key begins, in em.
  private static let keyLeft = 3.0

  private static func key(_ names: [String], room: Double) -> Key {
    let longest = min(names.map(FigureText.width).max() ?? 0, room - 3.5)
    let columns = max(1, min(names.count, Int(room / (longest + 3.5))))
    return Key(rows: (names.count + columns - 1) / columns, room: room / Double(columns) - 3.5)
  }

  /// A name of the key, quoted, without its middle where the page is too narrow for it.
  func named(_ name: String) -> String {
    "title " + FigureStyle.quoted(FigureText.fitted(name, room: key?.room ?? 0))
  }

  /// Pixels of the page as gnuplot counts them, from the lower left.
  func place(_ x: Double, _ y: Double) -> String {
    "screen \(Self.rounded(x / page.width)), screen \(Self.rounded(1 - y / height))"
  }

  static func rounded(_ share: Double) -> Double { (share * 1e5).rounded() / 1e5 }

  /// Margins, title, labels and note.
  var words: [String] {
    let em = page.em
    let ink = FigureStyle.ink
    var commands = [
      "set lmargin at screen \(Self.rounded(left / page.width))",
      "set rmargin at screen \(Self.rounded(right / page.width))",
      "set tmargin at screen \(Self.rounded(1 - top / height))",
      "set bmargin at screen \(Self.rounded(1 - bottom / height))",
    ]
    if !title.isEmpty {
      commands.append(
        "set label 1000 \(FigureStyle.quoted(title)) at \(place(0.6 * em, 1.1 * em)) left noenhanced "
          + "\(page.font(1.1)) textcolor rgb '\(ink)' front")
    }
    let xPlace = bottom + (ticsBelow + 0.9) * em
    if !x.isEmpty {
      commands.append(
        "set label 1001 \(FigureStyle.quoted(x)) at \(place((left + right) / 2, xPlace)) center noenhanced "
          + "textcolor rgb '\(ink)'")
    }
    if !y.isEmpty {
      commands.append(
        "set label 1002 \(FigureStyle.quoted(y)) at \(place(0.9 * em, (top + bottom) / 2)) center rotate by 90 "
          + "noenhanced textcolor rgb '\(ink)'")
    }
    if !note.isEmpty {
      commands.append(
        "set label 1003 \(FigureStyle.quoted(note)) at \(place(0.6 * em, xPlace + 1.3 * Double(x.count) * em)) left "
          + "noenhanced \(page.font(0.85)) textcolor rgb '\(FigureStyle.soft)'")
    }
    guard let key else { return commands + ["unset key"] }
    let keyTop = (0.5 + 1.45 * Double(title.count)) * em
    return commands + [
      "set key at \(place(min(left, Self.keyLeft * em), keyTop)) left top vertical maxrows \(key.rows) Left reverse noenhanced "
        + "samplen 1.6 spacing rows width 1 textcolor rgb '\(ink)'"
    ]
  }

  /// Tics at a round step, as many as there is room for.
  static func tics(_ axis: String, _ range: (low: Double, high: Double), atMost most: Double) -> String {
    let least = (range.high - range.low) / max(2, most)
    guard least > 0, least.isFinite else { return "set \(axis)tics autofreq" }
    let unit = pow(10, log10(least).rounded(.down))
    let step = [1, 2, 2.5, 5, 10].map { $0 * unit }.first { $0 >= least * 0.999 } ?? 10 * unit
    return "set \(axis)tics \(step)"
  }

  /// Open axes below and left, a quiet horizontal grid.
  var axes: [String] {
    [
      "set border 3 linewidth 1 linecolor rgb '\(FigureStyle.faint)'",
      "set tics nomirror out scale 0.6 textcolor rgb '\(FigureStyle.ink)'",
      "set grid ytics linetype 1 linewidth 0.7 linecolor rgb '\(FigureStyle.grid)' back",
    ] + words
  }
}
