extension Figure {
  /// The colours of a heat map.
  public enum ColourScale: Sendable, Equatable {
    /// Light to dark, for values from a natural low end.
    case sequential(low: Double, high: Double)
    /// Red – white – blue around zero, for values in −`extent` … `extent`.
    case diverging(extent: Double)
  }

  /// A cell that deserves the eye.
  public struct HeatMapMark: Sendable, Equatable {
    /// How a cell is pointed out.
    public enum Kind: Sendable, Equatable {
      /// A frame around the cell, for the best.
      case frame
      /// A dot in the cell, for those that hold (beyond chance, say).
      case dot
    }

    public let row: Int
    public let column: Int
    public let kind: Kind

    public init(row: Int, column: Int, kind: Kind) {
      self.row = row
      self.column = column
      self.kind = kind
    }
  }

  /// A matrix of coloured cells; the first row is at the top.
  ///
  /// Up to 12 rows and columns carry their numbers; more become small squares without, as layers × layers are.
  /// Names that would make cells wide are turned; of many names every second, fifth or tenth is written.
  /// `nil` and non-finite cells are grey and read `n/e` where there are numbers.
  /// - Parameters:
  ///   - rowAxis, columnAxis: what rows and columns are, such as the layers of a model; nil where names say it.
  ///   - marks: cells to point out.
  /// - Throws: ``ReportError/notDrawable(figure:reason:)`` if `values` is not `rows` × `columns` or is empty.
  public static func heatMap(
    title: String, rows: [String], columns: [String], values: [[Double?]], measure: FigureAxis,
    scale: ColourScale, format: NumberFormat = .decimals(2), rowAxis: FigureAxis? = nil,
    columnAxis: FigureAxis? = nil, marks: [HeatMapMark] = []
  ) throws(ReportError) -> Figure {
    guard !rows.isEmpty, !columns.isEmpty, values.count == rows.count,
      values.allSatisfy({ $0.count == columns.count })
    else {
      throw .notDrawable(
        figure: title,
        reason:
          "\(rows.count) row and \(columns.count) column names for \(values.map(\.count)) cells in each row")
    }
    let (low, high) = scale.ends
    guard low.isFinite, high.isFinite, low < high else {
      throw .notDrawable(figure: title, reason: "the colour scale runs from \(low) to \(high)")
    }
    for mark in marks where !rows.indices.contains(mark.row) || !columns.indices.contains(mark.column) {
      throw .notDrawable(
        figure: title,
        reason: "a mark on cell \(mark.row), \(mark.column) of \(rows.count) x \(columns.count)")
    }
    let layout = HeatMapLayout(
      title: title, rows: rows, columns: columns, rowAxis: rowAxis, columnAxis: columnAxis)
    var body = layout.frame(title: title, measure: measure, scale: scale)
    var cells: [[Double]] = []
    var missing: [[Double]] = []
    for (y, row) in values.enumerated() {
      for (x, value) in row.enumerated() {
        let number = value.flatMap { FigureStyle.number($0, format) }
        let position = min(1, max(0, ((value ?? .nan) - low) / (high - low)))
        if number != nil, let value {
          cells.append([Double(x), Double(y), value])
        } else {
          missing.append([Double(x), Double(y)])
        }
        guard layout.hasNumbers else { continue }
        let colour = number == nil ? "#666666" : scale.inkIsLight(position) ? "#FFFFFF" : FigureStyle.ink
        body.append(
          "set label \(FigureStyle.quoted(number ?? "n/e")) at \(x),\(y) center noenhanced front textcolor rgb '\(colour)'"
        )
      }
    }
    guard !cells.isEmpty else { throw .notDrawable(figure: title, reason: "no cell is finite") }
    body += FigureStyle.data("cells", cells)
    let half = layout.hasNumbers ? 0.485 : 0.47
    var plots = [
      "$cells using 1:2:(\(half)):(\(half)):3 with boxxyerror fillcolor palette fillstyle solid noborder notitle"
    ]
    if !layout.hasNumbers, !missing.isEmpty {
      body += FigureStyle.data("missing", missing)
      plots.append(
        "$missing using 1:2:(\(half)):(\(half)) with boxxyerror fillcolor rgb '#C8C8C8' fillstyle solid noborder notitle"
      )
    }
    if !marks.isEmpty {
      let (commands, plot) = layout.drawn(marks) { row, column in
        scale.inkIsLight(min(1, max(0, ((values[row][column] ?? low) - low) / (high - low))))
      }
      body += commands
      plots += plot
    }
    body.append("plot " + plots.joined(separator: ", \\\n  "))
    return Figure(title: title, width: layout.width, height: layout.height, body: body)
  }
}

/// How large cells are, what stands beside them and how much room it takes.
///
/// In points: a letter is about 8.6 wide, and so is the unit of the margins; a line is about 17 high.
private struct HeatMapLayout {
  static let mostWithNumbers = 12

  private let rows: [String]
  private let columns: [String]
  private let rowAxis: FigureAxis?
  private let columnAxis: FigureAxis?
  let hasNumbers: Bool
  private let turnsNames: Bool
  private let cell: (width: Int, height: Int)
  private let longestRow: Int
  private let longestColumn: Int
  private let titleRoom: Int

  init(title: String, rows: [String], columns: [String], rowAxis: FigureAxis?, columnAxis: FigureAxis?) {
    (self.rows, self.columns, self.rowAxis, self.columnAxis) = (rows, columns, rowAxis, columnAxis)
    hasNumbers = max(rows.count, columns.count) <= Self.mostWithNumbers
    longestRow = rows.map(\.count).max() ?? 0
    longestColumn = columns.map(\.count).max() ?? 0
    titleRoom = 9 * title.count - 100
    let wide = max(96, 24 + 9 * longestColumn)
    if hasNumbers {
      turnsNames = columns.count > 4 && wide > 110
      cell = turnsNames || columns.count > 6 && wide == 96 ? (72, 54) : (wide, 78)
    } else {
      turnsNames = longestColumn > 3
      let side = max(12, min(26, 760 / max(rows.count, columns.count)))
      cell = (side, side)
    }
  }

  private var leftMargin: Int { max(6, longestRow + 3) + (rowAxis == nil ? 0 : 3) }
  /// In lines: names turned by 40 degrees reach sin 40° of their length below.
  private var bottomMargin: Double {
    let names = turnsNames ? 1.5 + 0.34 * Double(longestColumn) : 2.3
    return names + (columnAxis == nil ? 0 : 1.7)
  }

  var width: Int { 9 * (leftMargin + 13) + max(cell.width * columns.count, titleRoom) }
  var height: Int {
    let beyond = Int(17 * (bottomMargin - 2.3))
    return max(hasNumbers ? 260 : 320, 110 + beyond + cell.height * rows.count)
  }

  /// Every name, or every second, fifth, tenth …, so that those written do not touch.
  private func tics(_ names: [String], room: Int, needs: Int) -> String {
    let step = [1, 2, 5, 10, 20, 50, 100].first { $0 * room >= needs } ?? 200
    return names.indices.filter { $0.isMultiple(of: step) }
      .map { "\(FigureStyle.quoted(names[$0])) \($0)" }.joined(separator: ", ")
  }

  func frame(title: String, measure: FigureAxis, scale: Figure.ColourScale) -> [String] {
    let (low, high) = scale.ends
    let ink = FigureStyle.ink
    let named = turnsNames ? "rotate by 40 right" : ""
    let columnRoom = turnsNames || hasNumbers ? 18 : 9 * longestColumn + 5
    var commands = [
      "unset border", "unset key", FigureStyle.heading(title),
      "set object 1 rectangle from graph 0, graph 0 to graph 1, graph 1 behind fillcolor rgb '\(hasNumbers ? "#F0F0F0" : "#FFFFFF")' "
        + "fillstyle solid noborder",
      "set xrange [-0.5:\(Double(columns.count) - 0.5)]", "set yrange [\(Double(rows.count) - 0.5):-0.5]",
      "set xtics (\(tics(columns, room: cell.width, needs: columnRoom))) \(named) scale 0 noenhanced textcolor rgb '\(ink)'",
      "set ytics (\(tics(rows, room: cell.height, needs: 17))) scale 0 noenhanced textcolor rgb '\(ink)'",
      "set cbrange [\(low):\(high)]", "set cbtics scale 0.4 textcolor rgb '\(ink)'",
      "set colorbox noborder",
      "set cblabel \(FigureStyle.quoted(measure.label)) noenhanced textcolor rgb '\(ink)' offset 0.5,0",
      "set palette defined (\(scale.palette))",
      "set lmargin \(leftMargin)", "set rmargin 13", "set tmargin 2.8", "set bmargin \(bottomMargin)",
    ]
    if let columnAxis {
      commands.append(
        "set xlabel \(FigureStyle.quoted(columnAxis.label)) noenhanced textcolor rgb '\(ink)' offset 0,-0.2")
    }
    if let rowAxis {
      commands.append("set ylabel \(FigureStyle.quoted(rowAxis.label)) noenhanced textcolor rgb '\(ink)'")
    }
    return commands
  }

  /// Frames as objects, dots as points, dark on light cells and light on dark ones.
  func drawn(
    _ marks: [Figure.HeatMapMark], isDark: (_ row: Int, _ column: Int) -> Bool
  ) -> (commands: [String], plots: [String]) {
    var commands: [String] = []
    var plots: [String] = []
    for (index, mark) in marks.filter({ $0.kind == .frame }).enumerated() {
      let (x, y) = (Double(mark.column), Double(mark.row))
      commands.append(
        "set object \(index + 2) rectangle from \(x - 0.5),\(y - 0.5) to \(x + 0.5),\(y + 0.5) front "
          + "fillstyle empty border linecolor rgb '\(FigureStyle.colour(1))' linewidth 2.4")
    }
    let dots = marks.filter { $0.kind == .dot }
    for (name, colour, dark) in [("light", "#FFFFFF", true), ("dark", FigureStyle.ink, false)] {
      let here = dots.filter { isDark($0.row, $0.column) == dark }
      guard !here.isEmpty else { continue }
      // Under the number where there is one.
      let below = hasNumbers ? 0.3 : 0
      commands += FigureStyle.data(name, here.map { [Double($0.column), Double($0.row) + below] })
      plots.append(
        "$\(name) using 1:2 with points pointtype 7 pointsize 0.35 linecolor rgb '\(colour)' notitle")
    }
    return (commands, plots)
  }
}

extension Figure.ColourScale {
  var ends: (low: Double, high: Double) {
    switch self {
    case .sequential(let low, let high): (low, high)
    case .diverging(let extent): (-extent, extent)
    }
  }

  /// Both palettes change evenly in lightness, so that they read in grey too.
  var palette: String {
    let colours =
      switch self {
      case .sequential: ["#F7FBFF", "#D6E6F4", "#ABCFE5", "#6AAED6", "#3787C0", "#105BA4", "#08306B"]
      case .diverging: ["#9B2226", "#D6604D", "#F4B79A", "#F7F7F7", "#A6CEE3", "#4393C3", "#1B4F8A"]
      }
    return colours.enumerated().map { "\($0) '\($1)'" }.joined(separator: ", ")
  }

  /// Whether white reads better than black at a position 0 … 1 of the scale.
  fileprivate func inkIsLight(_ position: Double) -> Bool {
    switch self {
    case .sequential: position > 0.55
    case .diverging: abs(position - 0.5) > 0.33
    }
  }
}
